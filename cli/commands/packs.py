"""`shoko packs`: the rule packs that ship, the schema for editors, and packs learnt from sample documents."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.console import Json, out, print_json, told

app = typer.Typer(no_args_is_help=True, help="Rule packs for `shoko check`.")


@app.command("list")
@told
def packs_list(as_json: Json = False) -> None:
    """The packs that ship.  Example: shoko packs list"""
    from checks.packs.loading import load_pack, shipped

    packs = [load_pack(name) for name in shipped()]
    if as_json:
        print_json(
            {"packs": [{"name": one.name, "title": one.title, "rules": len(one.rules)} for one in packs]}
        )
        return
    for one in packs:
        out.print(f"{one.name:<18} {len(one.rules):>3}  {one.title.get('en', '')}", markup=False)


@app.command("schema")
@told
def packs_schema() -> None:
    """The JSON Schema of a pack, for editors.  Example: shoko packs schema > pack.schema.json"""
    from checks.packs.loading import json_schema

    sys.stdout.write(json.dumps(json_schema(), ensure_ascii=False, indent=1) + "\n")


@app.command("learn")
@told
def packs_learn(
    samples: Annotated[list[Path], typer.Argument(help="Documents that are as they should be.")],
    name: Annotated[str, typer.Option(help="The pack's name.")] = "learnt",
) -> None:
    """Propose a pack from sample documents.  Example: shoko packs learn good.docx > acme.yml"""
    from checks.packs.learning import learnt_pack
    from checks.readers.reading import read_document
    from core.errors import NotFound

    for sample in samples:
        if not sample.is_file():
            raise NotFound(what="file", name=sample)
    sys.stdout.write(learnt_pack(name, [read_document(sample) for sample in samples]))
