"""Several model servers as one model: each request goes to the healthy one that has least to do for its size,
and if that one fails before its first word, to the next."""

from __future__ import annotations

import logging
from collections.abc import Generator, Sequence

from core.errors import ModelDied, ModelUnfit
from llm.engines.server import OpenAiServer, ServerSettings
from llm.model import Generation, GenerationRequest, Message

log = logging.getLogger("shoko.server")


class ServerPool:
    """Servers behind one interface; each method says which of them it speaks for."""

    def __init__(self, servers: Sequence[OpenAiServer]) -> None:
        self.servers = list(servers)

    @property
    def name(self) -> str:
        """The names of those that answer, or of all."""
        return ", ".join(server.name for server in self._healthy() or self.servers)

    @property
    def languages(self) -> frozenset[str]:
        """The languages that the settings name."""
        return self.servers[0].languages

    @property
    def context_tokens(self) -> int:
        """The smallest context of those that answer: any of them may get the prompt."""
        return min(server.context_tokens for server in self._healthy() or self.servers)

    @property
    def small(self) -> bool:
        """Never: those who run a server run a model that is worth it."""
        return False

    @property
    def slots(self) -> int:
        """How many generations they do at once, together."""
        return max(1, sum(server.slots for server in self._healthy()))

    def _healthy(self) -> list[OpenAiServer]:
        return [server for server in self.servers if server.ready()]

    def least_busy(self) -> OpenAiServer:
        """The one that a request goes to now. Raises ModelUnfit when none answers."""
        healthy = self._healthy()
        if not healthy:
            raise ModelUnfit(name=self.name, problem=self.problem())
        return min(healthy, key=lambda server: server.running / server.slots)

    def start(self) -> None:
        """Ask all what they offer. Raises ModelUnfit when none answers."""
        self.least_busy()

    def ready(self) -> bool:
        """Whether one answers."""
        return bool(self._healthy())

    def problem(self) -> str:
        """Why none can work; empty while one can."""
        problems = [server.problem() for server in self.servers if server.problem()]
        return "; ".join(problems) if len(problems) == len(self.servers) else ""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """The number of tokens of each text, by the one that would answer now."""
        return self.least_busy().count_tokens(texts)

    def count_prompt(self, messages: Sequence[Message]) -> int:
        """The tokens of a whole prompt, by the one that would answer now."""
        return self.least_busy().count_prompt(messages)

    def generate(self, request: GenerationRequest) -> Generation:
        """Begin a generation with the least busy; one that fails before its first word gives way."""
        generation = Generation()
        generation.pieces = self._pieces(request, generation)
        return generation

    def _pieces(self, request: GenerationRequest, generation: Generation) -> Generator[str, None, None]:
        for attempt in range(len(self.servers)):
            server = self.least_busy()
            begun = False
            inner = server.generate(request)
            try:
                for piece in inner.pieces:
                    begun = begun or bool(piece)
                    yield piece
            except ModelDied as error:
                server.failed(str(error.values.get("problem", "")))
                if begun or attempt + 1 == len(self.servers):
                    raise
                log.warning("%s failed before its first word; the next server is asked", server.name)
                continue
            finally:
                inner.pieces.close()
                for figure in ("end", "prompt_tokens", "reused_tokens", "tokens", "thinking", "timings_ms"):
                    setattr(generation, figure, getattr(inner, figure))
            return

    def close(self) -> None:
        """Close all."""
        for server in self.servers:
            server.close()


def open_servers(addresses: str, *, key: str = "", context_tokens: int = 0) -> ServerPool:
    """The servers at those addresses, by comma. Raises BadValue and ConnectionRefusedByPolicy."""
    settings = [
        ServerSettings.parse(text, key=key, context_tokens=context_tokens)
        for text in addresses.split(",")
        if text.strip()
    ]
    return ServerPool([OpenAiServer(server) for server in settings])
