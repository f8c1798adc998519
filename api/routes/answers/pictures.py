"""A question about a picture that a person sends: a page, a figure. Nothing of it is kept but a line of the
log."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, File, Form, UploadFile
from pydantic import BaseModel

from api.deps import AccessDep, LibraryDep
from api.errors import REFUSALS
from core.audit import record
from core.errors import FileTooLarge, FileTypeUnknown
from language.tokens import language_of
from llm.pictures import PictureReader, SeeingModel

router = APIRouter(tags=["questions"], responses=REFUSALS)

MOST_BYTES = 10 * 2**20
KINDS = {b"\x89PNG\r\n\x1a\n": "PNG", b"\xff\xd8\xff": "JPEG"}


class PictureAnswer(BaseModel):
    """What the model says it sees. `checked` is always false: a picture has no words to hold it against."""

    text: str
    model: str
    ended_by: str
    checked: bool = False


@router.post("/api/pictures/questions", summary="Ask about a picture")
def ask(
    library: LibraryDep,
    access: AccessDep,
    picture: Annotated[UploadFile, File(description="PNG or JPEG, at most 10 MB")],
    question: Annotated[str, Form()],
) -> PictureAnswer:
    """For models that see; without one the error says how to get one."""
    asked = library.answerer.check(question)
    content = picture.file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise FileTooLarge(name=picture.filename or "picture", limit="10 MB")
    if not any(content.startswith(sign) for sign in KINDS):
        raise FileTypeUnknown(
            name=picture.filename, media_type=picture.content_type, readable=", ".join(KINDS.values())
        )
    model, settings = library.answerer.model, library.settings
    reader: PictureReader = SeeingModel(model, tokens=settings.answer_tokens, seconds=settings.answer_seconds)
    with library.answerer.gate.place(access.user_id) as place:
        while not place.wait(1.0):
            pass
        generation = reader.look(content, asked, language_of(asked))
        text = "".join(generation.pieces)
    name = model.name if model is not None else "none"
    with library.sessions.write() as session:
        record(session, access.user_id, "picture.asked", name)
    return PictureAnswer(text=text.strip(), model=name, ended_by=str(generation.end))
