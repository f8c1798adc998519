"""Files as answers: pictures, and downloads that no browser opens by itself."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from fastapi import Response
from fastapi.responses import FileResponse

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def png(content: bytes, seconds: int = 600) -> Response:
    """A page's picture, which its reader's browser may keep for so long."""
    return Response(content, media_type="image/png", headers={"Cache-Control": f"private, max-age={seconds}"})


def download_headers(name: str) -> dict[str, str]:
    """The headers of a file to be saved under that name."""
    return {"Content-Disposition": f"attachment; filename*=utf-8''{quote(name)}"}


def word_file(name: str, content: bytes) -> Response:
    """A Word file as a download, so that no browser runs what is in it."""
    return Response(content, media_type=WORD, headers=download_headers(name))


def original_file(path: Path, name: str) -> FileResponse:
    """A file as it was sent; always as a download, whatever is in it."""
    headers = {"X-Content-Type-Options": "nosniff"}
    return FileResponse(path, media_type="application/octet-stream", filename=name, headers=headers)
