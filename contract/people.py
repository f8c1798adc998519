"""People, groups, rights and keys."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field, SecretStr

from contract.base import Schema
from contract.values import MOST_REQUESTS, Role, Scope

Name = Field(max_length=200)


class LinkAnswer(Schema):
    """The address of a one-time link."""

    address: str


class Me(Schema):
    """Who is signed in."""

    id: str
    name: str
    is_admin: bool
    source: str = Field(description="Who vouches for the person: local, oidc or ldap")
    manages: bool = Field(description="Whether they manage a space")


class SpaceOut(Schema):
    """A space that may be read."""

    id: str
    name: str
    writable: bool
    documents: int
    may_download: bool
    managed: bool
    administered: bool


class SignInRequest(Schema):
    """A one-time link's secret, or a name and a password."""

    link: str = Field("", max_length=200)
    name: str = Field("", max_length=200)
    password: SecretStr = Field(SecretStr(""), max_length=256)


class SignInAnswer(Schema):
    """A token for the `Authorization: Bearer` header; browsers get it as a cookie too."""

    token: str


class SignInWays(Schema):
    """What a sign-in page offers; `single_sign_on` is the address that begins it, or null."""

    password: bool
    directory: bool
    single_sign_on: str | None


class PasswordChange(Schema):
    """The current password (empty if there is none) and the new one."""

    current: SecretStr = Field(SecretStr(""), max_length=256)
    new: SecretStr = Field(max_length=1000)


class LinkRequest(Schema):
    """For whom the link is: name or id; empty for yourself."""

    user: str = Field("", max_length=200)


class UserOut(Schema):
    """A person, for administrators. `source`: local, oidc or ldap."""

    id: str
    name: str
    is_admin: bool
    source: str
    has_password: bool
    disabled: bool
    locked: bool
    groups: list[str]
    created_at: datetime
    last_sign_in_at: datetime | None


class NewUser(Schema):
    """A new person; without a password they sign in by a link."""

    name: str = Name
    is_admin: bool = False
    password: SecretStr | None = Field(None, max_length=1000)


class UserChange(Schema):
    """What changes; fields that are left out stay. A new password ends every sign-in of the user."""

    is_admin: bool | None = None
    disabled: bool | None = None
    password: SecretStr | None = Field(None, max_length=1000)


class InviteeIn(Schema):
    """Somebody to be invited: the name they sign in with (an address, say), and the names of groups."""

    name: str = Name
    groups: list[str] = Field([], max_length=100)


class Invitation(Schema):
    """People to be invited at once. `spaces` (names or ids) are those that all of them may read;
    `make_groups`: a group that is not there is made."""

    people: list[InviteeIn] = Field(max_length=500)
    spaces: list[str] = Field([], max_length=100)
    make_groups: bool = False


class InvitedOut(Schema):
    """A person who was invited, with the address of a one-time link. `is_new`: the account was made now."""

    id: str
    name: str
    address: str
    is_new: bool


class PersonalGrantOut(Schema):
    """A role of a person in a space; `group`: by which they have it, empty if it is their own."""

    space_id: str
    space: str
    role: str
    may_download: bool
    group: str


class GroupOut(Schema):
    """A group and the names of its members."""

    id: str
    name: str
    external_name: str | None
    members: list[str]


class NewGroup(Schema):
    """A group; with `external_name` its members come from the company's directory."""

    name: str = Name
    external_name: str = Field("", max_length=400)


class Holder(Schema):
    """A user or a group that can be given a right."""

    kind: str
    id: str
    name: str


class NewSpace(Schema):
    """A space's name."""

    name: str = Name


class GrantOut(Schema):
    """Who has which role in a space."""

    id: str
    kind: str
    holder_id: str
    holder: str
    role: str
    may_download: bool


class NewGrant(Schema):
    """A role in a space for a user or a group (name or id), in place of an earlier one."""

    kind: Literal["user", "group"]
    holder: str = Name
    role: Role
    may_download: bool = True


class Reader(Schema):
    """Someone on a reader list."""

    id: str
    name: str


class ReaderListOut(Schema):
    """Who reads a document: with `restricted` false everyone who reads its space."""

    restricted: bool
    users: list[Reader]
    groups: list[Reader]
    file_readers: list[str] | None = Field(
        description="Where its file's own rights narrow that: the people whom they let in. Null: they do not"
    )


class ReaderListIn(Schema):
    """Names or ids."""

    restricted: bool
    users: list[str] = Field([], max_length=1000)
    groups: list[str] = Field([], max_length=1000)


class KeyOut(Schema):
    """A key, without its secret. `spaces` null: every space of its user."""

    id: str
    name: str
    user: str
    scopes: list[str]
    spaces: list[str] | None
    requests_a_minute: int
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None


class NewKey(Schema):
    """What a new key may do."""

    name: str = Name
    scopes: list[Scope]
    spaces: list[str] | None = Field(None, max_length=1000, description="Ids; null: every space you read")
    days: int = Field(90, ge=1, le=400)
    requests_a_minute: int = Field(60, ge=1, le=MOST_REQUESTS)


class MadeKey(Schema):
    """A new key. Its secret is shown this once."""

    key: KeyOut
    secret: str
