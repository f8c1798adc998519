"""`shoko feeds …`: what is new in one's spaces, and the addresses by which feed readers see it."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

import typer

from cli.commands.tables import show
from cli.console import Data, Json, Language, out, print_json, reports_errors, settings_of
from core.errors import NotFound

app = typer.Typer(no_args_is_help=True, help="What is new, and feeds of it.")


@app.command("news")
@reports_errors
def news(
    days: Annotated[int, typer.Option(help="Of how many days, at most 365.")] = 30,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """What was added or changed in the spaces that you can read.  Example: shoko feeds news --days 7"""
    from cli.client import backend

    with backend(settings_of(data, model="none")) as client:
        entries = client.get("/api/news", days=days)["news"]
    show(entries, ("at", "space", "document", "version"), as_json)


@app.command("list")
@reports_errors
def list_feeds(data: Data = None, as_json: Json = False) -> None:
    """Your feeds.  Example: shoko feeds list"""
    from cli.client import backend

    with backend(settings_of(data, model="none")) as client:
        feeds = client.get("/api/feeds")
    show(feeds, ("id", "name", "language", "created_at", "last_used_at"), as_json)


@app.command("add")
@reports_errors
def add(
    name: Annotated[str, typer.Argument(help="What it is for.")],
    space: Annotated[list[str] | None, typer.Option(help="Name or id; may be given more than once.")] = None,
    language: Annotated[Language, typer.Option(help="Of the feed's own words.")] = Language.EN,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Make a feed; its addresses are shown only once.  Example: shoko feeds add reader --language ja"""
    from cli.client import backend

    with backend(settings_of(data, model="none")) as client:
        ids = None
        if space:
            known = client.get("/api/spaces")
            ids = []
            for wanted in space:
                matching = [shelf["id"] for shelf in known if wanted in (shelf["id"], shelf["name"])]
                if not matching:
                    raise NotFound(what="space", name=wanted)
                ids += matching
        body = {"name": name, "language": str(language), "spaces": ids}
        made = client.post("/api/feeds", body)
    if as_json:
        print_json(made)
        return
    out.print(f"Atom: {made['atom']}\nRSS:  {made['rss']}", markup=False)
    out.print("Whoever knows these addresses reads what you may read of the list. Shown this once.")


@app.command("rm")
@reports_errors
def remove(
    feed: Annotated[str, typer.Argument(help="Id of the feed.")],
    data: Data = None,
) -> None:
    """End a feed.  Example: shoko feeds rm 4f1d2c3b4a596877"""
    from cli.client import backend

    with backend(settings_of(data, model="none")) as client:
        client.delete(f"/api/feeds/{quote(feed, safe='')}")
    out.print("Its address opens nothing any more.")
