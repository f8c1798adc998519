"""`shoko personal …`: warnings about personal data in a space's documents."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.console import Data, Json, out, print_json, reports_errors
from cli.library import library_of, of_space

app = typer.Typer(no_args_is_help=True, help="Warnings about personal data, by space.")
Space = Annotated[str, typer.Argument(help="Name or id of the space.")]


@app.command("list")
@reports_errors
def list_found(space: Space, data: Data = None, as_json: Json = False) -> None:
    """Places that look like personal data, masked.  Example: shoko personal list General"""
    with library_of(data) as client:
        listing = client.get(of_space(space, "/personal-data"))
    if as_json:
        print_json(listing)
        return
    if not listing["on"]:
        out.print("Nobody asked to look through this space: shoko personal on SPACE")
    for datum in listing["found"]:
        place = f"{datum['document']}, p. {datum['page']} (version {datum['version']})"
        out.print(f"{place}: {datum['kind']}  {datum['shown']}", markup=False)
    if listing["on"]:
        print_count(len(listing["found"]) + listing["more"])


def print_count(count: int) -> None:
    """How many places there are, and what that does not say."""
    out.print(f"{count} places. A warning: what is written otherwise is not found.")


@app.command("on")
@reports_errors
def turn_on(space: Space, data: Data = None) -> None:
    """Search a space's documents now, and new ones as they are added.  Example: shoko personal on General"""
    with library_of(data) as client:
        listing = client.put(of_space(space, "/personal-data"), {"on": True})
    print_count(len(listing["found"]) + listing["more"])


@app.command("off")
@reports_errors
def turn_off(space: Space, data: Data = None) -> None:
    """Stop searching, and delete what was found.  Example: shoko personal off General"""
    with library_of(data) as client:
        client.put(of_space(space, "/personal-data"), {"on": False})
    out.print("What was found is forgotten.")
