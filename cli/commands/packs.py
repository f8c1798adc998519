"""`shoko packs`: the rule packs that ship, the schema for editors, and packs learnt from sample documents."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.console import Json, out, print_json, reports_errors

app = typer.Typer(no_args_is_help=True, help="Rule packs for `shoko check`.")


@app.command("list")
@reports_errors
def packs_list(as_json: Json = False) -> None:
    """The packs that ship.  Example: shoko packs list"""
    from checks.packs.loading import load_pack, shipped

    packs = [load_pack(name) for name in shipped()]
    if as_json:
        print_json(
            {"packs": [{"name": pack.name, "title": pack.title, "rules": len(pack.rules)} for pack in packs]}
        )
        return
    for pack in packs:
        out.print(f"{pack.name:<18} {len(pack.rules):>3}  {pack.title.get('en', '')}", markup=False)


@app.command("schema")
@reports_errors
def packs_schema() -> None:
    """The JSON Schema of a pack, for editors.  Example: shoko packs schema > pack.schema.json"""
    from checks.packs.loading import json_schema

    sys.stdout.write(json.dumps(json_schema(), ensure_ascii=False, indent=1) + "\n")


@app.command("learn")
@reports_errors
def packs_learn(
    samples: Annotated[list[Path], typer.Argument(help="Documents that are as they should be.")],
    name: Annotated[str, typer.Option(help="The pack's name.")] = "learnt",
) -> None:
    """Propose a pack from sample documents.  Example: shoko packs learn good.docx > acme.yml"""
    from checks.readers.reading import read_document
    from checks.service.learning import learnt_pack
    from core.errors import NotFound

    for sample in samples:
        if not sample.is_file():
            raise NotFound(what="file", name=sample)
    sys.stdout.write(learnt_pack(name, [read_document(sample) for sample in samples]))
