"""What every prompt begins with, read once while nobody asks and kept; imports no engine.

The rules and worked examples of a language are some 300 to 450 tokens, five seconds on two cores, and the
same for each question. Their state (30 KB a token for a model of 1.5 billion weights) is put back where a
prompt begins so and the context holds something else.
"""

from __future__ import annotations

import ctypes
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

STEP = 64  # tokens read between two looks for a request
LEAST_GAIN = 32  # tokens: putting a state back for fewer is not worth it


@dataclass(frozen=True)
class _Kept:
    tokens: list[int]
    state: Any  # a ctypes array of bytes


class Beginnings:
    """The kept beginnings of prompts for one context."""

    def __init__(self, engine: Any, llama: Any) -> None:
        self.engine, self.llama = engine, llama
        self.unread: deque[list[int]] = deque()
        self.kept: list[_Kept] = []
        self.aside: _Kept | None = None  # what the context held of a question when reading began
        self.ours = False  # whether the context holds what was read here

    def add(self, tokens: list[int]) -> None:
        """Read these when there is time, if they leave room in the context for anything else."""
        if len(tokens) <= self.llama.n_ctx() // 2:
            self.unread.append(tokens)

    def read_some(self) -> None:
        """Read a step of the first one that is not kept yet; keep it when it is read. One that the engine
        cannot read or keep is left out: prompts are then read as they come."""
        tokens = self.unread.popleft()
        try:
            if not self.ours and self.llama.n_tokens > LEAST_GAIN:
                # A second question on the same quotes must still find them read.
                self.aside = self._state(self.llama.input_ids[: self.llama.n_tokens].tolist())
            self.ours = True
            if not self._read_step(tokens):
                self.unread.appendleft(tokens)
        except Exception:  # noqa: BLE001  # whatever the engine says, the model can do without
            self.llama.reset()
            self.llama._ctx.kv_cache_clear()

    def _read_step(self, tokens: list[int]) -> bool:
        """Whether they are all read, and kept."""
        llama = self.llama
        held = shared(llama.input_ids[: llama.n_tokens].tolist(), tokens)
        if held < llama.n_tokens and not llama._ctx.kv_cache_seq_rm(-1, held, -1):
            held = 0  # a state that cannot be rolled back
            llama.reset()
            llama._ctx.kv_cache_clear()
        llama.n_tokens = held
        if held < len(tokens):
            llama.eval(tokens[held : held + STEP])
        if llama.n_tokens < len(tokens):
            return False
        if (kept := self._state(tokens)) is not None:
            self.kept.append(kept)
        return True

    def _state(self, tokens: list[int]) -> _Kept | None:
        """The context's state, which holds these tokens."""
        size = self.engine.llama_state_seq_get_size(self.llama.ctx, 0)
        state = (ctypes.c_uint8 * size)()
        got = self.engine.llama_state_seq_get_data(self.llama.ctx, state, size, 0)
        return _Kept(tokens, state) if got else None

    def restore(self, prompt: Sequence[int], held: int) -> int:
        """Put back what has most of that prompt's beginning, where that is clearly more than the `held`
        tokens of it that the context has. Returns how many of them the context has then."""
        self.ours = False
        kept = [*self.kept, *([self.aside] if self.aside is not None else [])]
        shares = [shared(each.tokens, prompt[:-1]) for each in kept]
        self.aside = None  # what comes now is newer
        most = max(shares, default=0)
        if most < held + LEAST_GAIN:
            return held
        llama, longest = self.llama, kept[shares.index(most)]
        llama._ctx.kv_cache_clear()
        llama.n_tokens = 0
        if not self.engine.llama_state_seq_set_data(llama.ctx, longest.state, len(longest.state), 0):
            llama._ctx.kv_cache_clear()
            return 0
        llama.input_ids[: len(longest.tokens)] = longest.tokens
        llama.n_tokens = len(longest.tokens)
        return most


def shared(left: Sequence[int], right: Sequence[int]) -> int:
    """How many tokens both begin with. Pure."""
    common = 0
    for old, new in zip(left, right, strict=False):
        if old != new:
            break
        common += 1
    return common
