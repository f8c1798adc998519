"""People at the screens without a browser: each speaks Streamlit's own protocol with the server that draws
the pages, so that ten of them can ask at once and only the server works for it, as where each sits at a
computer of their own."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

import httpx
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

QUOTE = (b"<blockquote", b'class="notice')  # in what is drawn: a quote, or the word that nothing answers
SECONDS = 60.0


class Asker:
    """One signed-in person with the first page open."""

    def __init__(self, sign_in_link: str) -> None:
        """Raises RuntimeError if no question box is drawn."""
        with httpx.Client(trust_env=False, timeout=SECONDS) as http:
            answer = http.get(sign_in_link)
            page = urlsplit(answer.headers["location"])
            cookie = "; ".join(f"{name}={value}" for name, value in http.cookies.items())
        self._stream: ClientConnection = connect(
            f"ws://{page.netloc}/_stcore/stream",
            origin=Origin(f"http://{page.netloc}"),
            subprotocols=[Subprotocol("streamlit")],
            additional_headers={"Cookie": cookie},
            compression=None,
            max_size=None,
        )
        self._box, self._script = "", ""
        self.open()

    def open(self) -> None:
        """Draw the page to its end: nothing earlier is followed."""
        order = BackMsg()
        order.rerun_script.query_string = ""
        self._stream.send(order.SerializeToString())
        while not (message := self._next()).HasField("script_finished"):
            if message.HasField("new_session"):
                self._script = message.new_session.page_script_hash
            element = message.delta.new_element
            if element.HasField("chat_input"):
                self._box = element.chat_input.id
        if not self._box:
            raise RuntimeError("no question box was drawn")

    def ask(self, question: str) -> float:
        """Milliseconds from the question to the message that draws the first quote; reads on to the end."""
        order = BackMsg()
        order.rerun_script.page_script_hash = self._script
        state = order.rerun_script.widget_states.widgets.add()
        state.id, state.chat_input_value.data = self._box, question
        began = time.perf_counter()
        self._stream.send(order.SerializeToString())
        waited = float("nan")
        while not (message := self._next()).HasField("script_finished"):
            drawn = message.delta.SerializeToString() if math.isnan(waited) else b""
            if any(sign in drawn for sign in QUOTE):
                waited = 1000 * (time.perf_counter() - began)
        return waited

    def close(self) -> None:
        """Leave the page."""
        self._stream.close()

    def _next(self) -> ForwardMsg:
        content = self._stream.recv(timeout=SECONDS)
        assert isinstance(content, bytes)
        message = ForwardMsg()
        message.ParseFromString(content)
        return message


def together(askers: Sequence[Asker], questions: Sequence[str], start: threading.Barrier) -> list[float]:
    """Each asks its question when the barrier opens, which the caller opens as one more; their waits are
    appended as they come."""
    waits: list[float] = []

    def ask(asker: Asker, question: str) -> None:
        start.wait()
        waits.append(asker.ask(question))

    for asker, question in zip(askers, questions, strict=True):
        threading.Thread(target=ask, args=(asker, question), daemon=True).start()
    return waits
