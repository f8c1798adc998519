"""`shoko users|groups|spaces|keys …`: who may sign in, and who does what where."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

import typer

from cli.commands.tables import new_password, show
from cli.console import Data, Json, out, print_json, reports_errors
from cli.library import library_of, of_space
from contract.values import Role, Scope
from core.errors import NotFound

users_app = typer.Typer(no_args_is_help=True, help="Who may sign in.")
groups_app = typer.Typer(no_args_is_help=True, help="Departments and teams.")
spaces_app = typer.Typer(no_args_is_help=True, help="Spaces, and who has which role in them.")
keys_app = typer.Typer(no_args_is_help=True, help="Keys by which programs act for you.")
GROUPS = {"users": users_app, "groups": groups_app, "spaces": spaces_app, "keys": keys_app}

Name = Annotated[str, typer.Argument(help="Name or id.")]
UserName = Annotated[str, typer.Argument(metavar="USER", help="Name or id of a user.")]
GroupName = Annotated[str, typer.Argument(metavar="GROUP", help="Name or id of a group.")]
SpaceName = Annotated[str, typer.Argument(metavar="SPACE", help="Name or id of a space.")]


@users_app.command("link")
@reports_errors
def users_link(
    user: Annotated[str, typer.Argument(help="Name or id; without one: the administrator.")] = "",
    data: Data = None,
) -> None:
    """Make a one-time sign-in link.  Example: shoko users link Mori"""
    with library_of(data, embedder=False) as client:
        out.print(client.post("/api/sign-in-links", {"user": user})["address"], markup=False)


@users_app.command("list")
@reports_errors
def users_list(data: Data = None, as_json: Json = False) -> None:
    """Everyone who may sign in.  Example: shoko users list"""
    with library_of(data, embedder=False) as client:
        rows = client.get("/api/users", limit=1000)
    show(rows, ("name", "is_admin", "source", "groups", "disabled", "locked", "last_sign_in_at"), as_json)


@users_app.command("add")
@reports_errors
def users_add(
    name: Name,
    admin: Annotated[bool, typer.Option("--admin", help="Make them an administrator.")] = False,
    password: Annotated[bool, typer.Option("--password", help="Ask for a password, twice.")] = False,
    data: Data = None,
) -> None:
    """Let a person in, by a link or a password.  Example: shoko users add Mori"""
    order = {"name": name, "is_admin": admin, "password": new_password() if password else None}
    with library_of(data, embedder=False) as client:
        user = client.post("/api/users", order)
        if not password:
            link = client.post("/api/sign-in-links", {"user": user["id"]})["address"]
            out.print(f"{user['name']} signs in, once, within a day:  {link}", markup=False)
        else:
            out.print(f"{user['name']} may sign in.", markup=False)


@users_app.command("password")
@reports_errors
def users_password(user: UserName, data: Data = None) -> None:
    """Give a user a new password; all their sign-ins end.  Example: shoko users password Mori"""
    with library_of(data, embedder=False) as client:
        changed = client.patch(f"/api/users/{quote(user, safe='')}", {"password": new_password()})
    out.print(f"{changed['name']} has a new password.", markup=False)


@users_app.command("admin")
@reports_errors
def users_admin(
    user: UserName,
    revoke: Annotated[bool, typer.Option("--revoke", help="Take the right away instead.")] = False,
    data: Data = None,
) -> None:
    """Make a user an administrator, or take that away.  Example: shoko users admin Mori"""
    with library_of(data, embedder=False) as client:
        changed = client.patch(f"/api/users/{quote(user, safe='')}", {"is_admin": not revoke})
    said = "is an administrator" if changed["is_admin"] else "is not an administrator"
    out.print(f"{changed['name']} {said}.", markup=False)


@users_app.command("disable")
@reports_errors
def users_disable(user: UserName, data: Data = None) -> None:
    """Lock a user out, at once and everywhere.  Example: shoko users disable Mori"""
    with library_of(data, embedder=False) as client:
        changed = client.patch(f"/api/users/{quote(user, safe='')}", {"disabled": True})
    out.print(f"{changed['name']} is shut out; what they did stays.", markup=False)


@users_app.command("enable")
@reports_errors
def users_enable(user: UserName, data: Data = None) -> None:
    """Let a user in again, and unlock the account.  Example: shoko users enable Mori"""
    with library_of(data, embedder=False) as client:
        client.patch(
            f"/api/users/{quote(user, safe='')}", {"disabled": True}
        )  # an open account may be locked: both are undone
        changed = client.patch(f"/api/users/{quote(user, safe='')}", {"disabled": False})
    out.print(f"{changed['name']} may sign in.", markup=False)


@groups_app.command("list")
@reports_errors
def groups_list(data: Data = None, as_json: Json = False) -> None:
    """Groups and their members.  Example: shoko groups list"""
    with library_of(data, embedder=False) as client:
        show(client.get("/api/groups"), ("name", "external_name", "members"), as_json)


@groups_app.command("add")
@reports_errors
def groups_add(
    name: Name,
    directory: Annotated[
        str, typer.Option(help="Its name in the company's directory, where its members come from.")
    ] = "",
    data: Data = None,
) -> None:
    """Make a group.  Example: shoko groups add Sales --directory sales"""
    with library_of(data, embedder=False) as client:
        group = client.post("/api/groups", {"name": name, "external_name": directory})
    out.print(f"{group['name']} is there.", markup=False)


@groups_app.command("rm")
@reports_errors
def groups_remove(group: GroupName, data: Data = None) -> None:
    """Remove a group, and what it gave its members.  Example: shoko groups rm Sales"""
    with library_of(data, embedder=False) as client:
        client.delete(f"/api/groups/{quote(group, safe='')}")
    out.print(f"{group} is removed.", markup=False)


@groups_app.command("join")
@reports_errors
def groups_join(group: GroupName, user: UserName, data: Data = None) -> None:
    """Put a user into a group.  Example: shoko groups join Sales Mori"""
    with library_of(data, embedder=False) as client:
        joined = client.put(f"/api/groups/{group}/members/{quote(user, safe='')}")
    out.print(f"{joined['name']}: {', '.join(joined['members'])}", markup=False)


@groups_app.command("leave")
@reports_errors
def groups_leave(group: GroupName, user: UserName, data: Data = None) -> None:
    """Take a user out of a group.  Example: shoko groups leave Sales Mori"""
    with library_of(data, embedder=False) as client:
        left = client.delete(f"/api/groups/{group}/members/{quote(user, safe='')}")
    out.print(f"{left['name']}: {', '.join(left['members'])}", markup=False)


@spaces_app.command("list")
@reports_errors
def spaces_list(data: Data = None, as_json: Json = False) -> None:
    """Spaces, with the number of their documents.  Example: shoko spaces list"""
    with library_of(data, embedder=False) as client:
        show(client.get("/api/spaces"), ("name", "documents", "id"), as_json)


@spaces_app.command("add")
@reports_errors
def spaces_add(name: Name, data: Data = None) -> None:
    """Make an empty space that only administrators read.  Example: shoko spaces add Personnel"""
    with library_of(data, embedder=False) as client:
        out.print(f"{client.post('/api/spaces', {'name': name})['name']} is there.", markup=False)


@spaces_app.command("rename")
@reports_errors
def spaces_rename(
    space: SpaceName, name: Annotated[str, typer.Argument(help="The new name.")], data: Data = None
) -> None:
    """Give a space another name.  Example: shoko spaces rename Personnel "Human resources" """
    with library_of(data, embedder=False) as client:
        renamed = client.patch(of_space(space), {"name": name})
    out.print(f"It is {renamed['name']} now.", markup=False)


@spaces_app.command("rm")
@reports_errors
def spaces_remove(space: SpaceName, data: Data = None) -> None:
    """Remove an empty space.  Example: shoko spaces rm Personnel"""
    with library_of(data, embedder=False) as client:
        client.delete(of_space(space))
    out.print(f"{space} is removed.", markup=False)


@spaces_app.command("rights")
@reports_errors
def spaces_rights(space: SpaceName, data: Data = None, as_json: Json = False) -> None:
    """Who has which role in a space.  Example: shoko spaces rights Personnel"""
    with library_of(data, embedder=False) as client:
        show(
            client.get(of_space(space, "/grants")),
            ("holder", "kind", "role", "may_download"),
            as_json,
        )


@spaces_app.command("grant")
@reports_errors
def spaces_grant(
    space: SpaceName,
    role: Annotated[Role, typer.Argument(help="The role.")],
    user: Annotated[str, typer.Option(help="Name or id of the user who gets it.")] = "",
    group: Annotated[str, typer.Option(help="Name or id of the group that gets it.")] = "",
    download: Annotated[
        bool, typer.Option("--download/--no-download", help="With or without the originals.")
    ] = True,
    data: Data = None,
) -> None:
    """Give a role in a space.  Example: shoko spaces grant Personnel reader --group Sales --no-download"""
    kind, holder = _holder(user, group)
    order = {"kind": kind, "holder": holder, "role": role, "may_download": download}
    with library_of(data, embedder=False) as client:
        granted = client.put(of_space(space, "/grants"), order)
    out.print(f"{granted['holder']} is {granted['role']} of {space}.", markup=False)


@spaces_app.command("revoke")
@reports_errors
def spaces_revoke(
    space: SpaceName,
    user: Annotated[str, typer.Option(help="Name or id of the user who loses it.")] = "",
    group: Annotated[str, typer.Option(help="Name or id of the group that loses it.")] = "",
    data: Data = None,
) -> None:
    """Take a role in a space away.  Example: shoko spaces revoke Personnel --user Mori"""
    kind, holder = _holder(user, group)
    with library_of(data, embedder=False) as client:
        for grant in client.get(of_space(space, "/grants")):
            if grant["kind"] == kind and holder in (grant["holder"], grant["holder_id"]):
                client.delete(of_space(space, f"/grants/{grant['id']}"))
                out.print(f"{grant['holder']} is {grant['role']} of {space} no more.", markup=False)
                return
    raise NotFound(what=kind, name=holder)


def _holder(user: str, group: str) -> tuple[str, str]:
    if bool(user) == bool(group):
        raise typer.BadParameter("name a --user or a --group, one of the two")
    return ("user", user) if user else ("group", group)


@spaces_app.command("restrict")
@reports_errors
def spaces_restrict(
    document: Annotated[str, typer.Argument(help="Id of the document.")],
    user: Annotated[list[str] | None, typer.Option(help="A user on the list; may be repeated.")] = None,
    group: Annotated[list[str] | None, typer.Option(help="A group on the list; may be repeated.")] = None,
    lift: Annotated[bool, typer.Option("--lift", help="Everyone of the space reads it again.")] = False,
    data: Data = None,
) -> None:
    """Let only some readers read a document.  Example: shoko spaces restrict 49e64788df14e1fc --user Mori"""
    order = {"restricted": not lift, "users": user or [], "groups": group or []}
    with library_of(data, embedder=False) as client:
        readers = client.put(f"/api/documents/{quote(document, safe='')}/readers", order)
    names = [reader["name"] for reader in readers["users"] + readers["groups"]]
    who = (
        f"managers and {', '.join(names) or 'nobody else'}"
        if readers["restricted"]
        else "everyone of its space"
    )
    out.print(f"It is read by {who}.", markup=False)
    if readers["file_readers"] is not None:
        let_in = ", ".join(readers["file_readers"]) or "nobody"
        out.print(f"Of them, the rights of its file let in: {let_in}.", markup=False)


@keys_app.command("list")
@reports_errors
def keys_list(data: Data = None, as_json: Json = False) -> None:
    """Keys, without their secrets.  Example: shoko keys list"""
    columns = (
        "id",
        "name",
        "user",
        "scopes",
        "requests_a_minute",
        "expires_at",
        "revoked_at",
        "last_used_at",
    )
    with library_of(data, embedder=False) as client:
        show(client.get("/api/keys"), columns, as_json)


@keys_app.command("add")
@reports_errors
def keys_add(
    name: Name,
    scope: Annotated[list[Scope], typer.Option(help="What it may be used for; may be repeated.")],
    space: Annotated[list[str] | None, typer.Option(help="A space (name or id) it is for; else all.")] = None,
    days: Annotated[int, typer.Option(help="How long it is good for, in days.")] = 90,
    a_minute: Annotated[int, typer.Option(help="Most requests in a minute.")] = 60,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Make a key; it is shown only once.  Example: shoko keys add intranet --scope ask --days 30"""
    with library_of(data, embedder=False) as client:
        known = {row["name"]: row["id"] for row in client.get("/api/spaces")}
        spaces = [known.get(name_or_id, name_or_id) for name_or_id in space] if space else None
        order = {"name": name, "scopes": scope, "spaces": spaces, "days": days, "requests_a_minute": a_minute}
        made = client.post("/api/keys", order)
    if as_json:
        print_json(made)
        return
    out.print(made["secret"], markup=False)
    out.print("Keep it now: it is not shown again.")


@keys_app.command("rm")
@reports_errors
def keys_remove(key: Annotated[str, typer.Argument(help="Id of the key.")], data: Data = None) -> None:
    """Revoke a key, at once.  Example: shoko keys rm 49e64788df14e1fc"""
    with library_of(data, embedder=False) as client:
        client.delete(f"/api/keys/{quote(key, safe='')}")
    out.print("It opens nothing any more.")
