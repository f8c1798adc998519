"""Lets LibreOffice turn old office files (.doc, .xls, .ppt, .rtf) into today's, and today's into PDF, in a
folder that is thrown away, without macros and without a network. Knows nothing of their content."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from core.errors import ConverterMissing, FileDamaged, ReaderGaveUp
from ingest.formats import DOC, DOCX, PPT, PPTX, RTF, XLS, XLSB, XLSX

SECONDS = 240  # the outer limit on the whole file ends it too
KINDS = {DOC: ("doc", "docx"), RTF: ("rtf", "docx"), XLS: ("xls", "xlsx"), XLSB: ("xlsb", "xlsx"),
         PPT: ("ppt", "pptx")}  # fmt: skip
# How today's formats are printed: the file's ending, LibreOffice's filter.
PRINTED = {DOCX: ("docx", "writer_pdf_Export"), XLSX: ("xlsx", "calc_pdf_Export"),
           PPTX: ("pptx", "impress_pdf_Export")}  # fmt: skip
# No macros, no links that are followed, and a proxy that does not exist for whatever would be fetched.
PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="DisableMacrosExecution"><value>true</value></prop>
<prop oor:name="MacroSecurityLevel"><value>3</value></prop>
<prop oor:name="DisableActiveContent"><value>true</value></prop>
<prop oor:name="BlockUntrustedRefererLinks"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Content/Update">
<prop oor:name="Link"><value>2</value></prop></item>
<item oor:path="/org.openoffice.Office.Writer/Content/Update">
<prop oor:name="Link"><value>0</value></prop></item>
<item oor:path="/org.openoffice.Inet/Settings">
<prop oor:name="ooInetProxyType"><value>2</value></prop>
<prop oor:name="ooInetHTTPProxyName"><value>127.0.0.1</value></prop>
<prop oor:name="ooInetHTTPProxyPort"><value>9</value></prop>
<prop oor:name="ooInetHTTPSProxyName"><value>127.0.0.1</value></prop>
<prop oor:name="ooInetHTTPSProxyPort"><value>9</value></prop></item>
</oor:items>
"""


def converter() -> str | None:
    """Where LibreOffice is, or None."""
    return shutil.which("soffice") or shutil.which("libreoffice")


@contextmanager
def converted(path: Path, name: str, media_type: str) -> Iterator[Path]:
    """The file in today's format, for the time of the block. Raises ConverterMissing, FileDamaged."""
    old, new = KINDS[media_type]
    with _made(path, name, old, new, new) as file:
        yield file


@contextmanager
def made_again(path: Path, name: str, media_type: str) -> Iterator[Path]:
    """A file of today's format as LibreOffice would save it, for the time of the block: with the results of
    its formulas. Raises ConverterMissing, FileDamaged."""
    ending = PRINTED[media_type][0]
    with _made(path, name, ending, ending, ending) as file:
        yield file


@contextmanager
def printed(path: Path, name: str, media_type: str, pages: int) -> Iterator[Path]:
    """The file as PDF, at most its first `pages`, for the time of the block. Raises ConverterMissing,
    FileDamaged."""
    ending, rules = PRINTED[media_type]
    wanted = json.dumps({"PageRange": {"type": "string", "value": f"1-{pages}"}})
    with _made(path, name, ending, "pdf", f"pdf:{rules}:{wanted}") as file:
        yield file


@contextmanager
def _made(path: Path, name: str, old: str, new: str, filter_: str) -> Iterator[Path]:
    program = converter()
    if program is None:
        raise ConverterMissing(name=name, media_type=f".{old}", instead=f".{new}")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "profile" / "user").mkdir(parents=True)
        (folder / "profile" / "user" / "registrymodifications.xcu").write_text(PROFILE, encoding="utf-8")
        shutil.copyfile(path, folder / f"file.{old}")
        order = [
            *_without_network(), program, "--headless", "--norestore", "--nologo", "--nolockcheck",
            "--nodefault",
            f"-env:UserInstallation={(folder / 'profile').as_uri()}",
            "--convert-to", filter_, "--outdir", str(folder / "out"), str(folder / f"file.{old}"),
        ]  # fmt: skip
        environment = {"PATH": os.environ.get("PATH", ""), "HOME": scratch, "TMPDIR": scratch,
                       "LANG": "C.UTF-8", "SAL_USE_VCLPLUGIN": "svp"}  # fmt: skip
        try:
            subprocess.run(
                order, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                env=environment, timeout=SECONDS, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise ReaderGaveUp(name=name, limit=f"{SECONDS} seconds") from error
        result = folder / "out" / f"file.{new}"
        if not result.exists():
            raise FileDamaged(name=name, problem="LibreOffice cannot open it")
        yield result


@cache
def _without_network() -> tuple[str, ...]:
    """The words before a command that take its network away, if this system lets us (Linux)."""
    program = shutil.which("unshare")
    for words in ((program, "--net"), (program, "--user", "--map-root-user", "--net")) if program else ():
        tried = subprocess.run(
            [*words, "true"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            check=False,
        )  # fmt: skip
        if tried.returncode == 0:
            return tuple(str(word) for word in words)
    return ()
