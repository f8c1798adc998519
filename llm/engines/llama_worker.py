"""The child process that holds the chat model; the only file that imports llama_cpp.

It speaks JSON lines over its standard input and output. The parent may kill it at any time, and it may
die at any time (a malformed file, an instruction the CPU lacks): nothing that matters lives here.

    in   {"op": "load", "path", "context_tokens", "threads", "flash_attention", "kv_type", "gpu_layers",
          "draft", "beginnings": lists of messages that prompts begin with, read while nobody asks}
    in   {"op": "count", "id", "texts"} | {"op": "count", "id", "messages"}: of the whole prompt
    in   {"op": "generate", "id", "messages", "grammar", "schema", "max_tokens", "temperature", "top_p",
          "seed", "frequency_penalty", "presence_penalty", "stop", "seconds"}
    in   {"op": "cancel", "id"}
    in   {"op": "measure", "path", "threads", "read", "written", "rounds"}: instead of "load"; then it ends
    out  {"event": "loaded", "context_tokens", "system", "gpu"} | {"event": "failed", "problem"}
    out  {"event": "alive", "id": the request it works on or 0}: once a second, also in the middle of a batch
    out  {"read", "written"}: of "measure", the best tokens a second
    out  {"id", "counts"} | {"id", "piece"} | {"id", "end", "prompt_tokens", "reused_tokens", "tokens",
          "timings_ms"} | {"id", "problem"}
"""

from __future__ import annotations

import codecs
import faulthandler
import json
import os
import queue
import secrets
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from llm.engines.beginnings import Beginnings, shared
from llm.engines.decoding import DRAFT, Decoder
from llm.gguf import check_gguf, read_gguf

PROMPT_BATCH = 256  # tokens read between two looks at the cancel flag: about a second on a slow CPU
BEAT_SECONDS = 1.0
KV_TYPES = {"f16": 1, "q8_0": 8, "q4_0": 2}  # ggml's numbers
THINKS = ("<think>", "<thinking>", "<thought>", "[THINK]")  # a template may open one for the model


class Worker:
    """One model in one context; generates one text at a time, counts tokens meanwhile."""

    def __init__(self, load: dict[str, Any]) -> None:
        # Whichever way the file came here, it is read once more before llama.cpp sees it.
        check_gguf(Path(load["path"]))
        if load.get("projector"):
            read_gguf(Path(load["projector"]))
        import llama_cpp
        from llama_cpp.llama_chat_format import Jinja2ChatFormatter

        self.engine = llama_cpp
        layers, kv = load.get("gpu_layers", 0), KV_TYPES[load.get("kv_type", "f16")]
        self.gpu = bool(llama_cpp.llama_supports_gpu_offload())
        if layers and not self.gpu:
            # llama.cpp itself would take the CPU without a word.
            raise RuntimeError(
                f"{layers} layers are to run on a GPU, and this engine was built without one."
                " Build it for the GPU, or set SHOKO_GPU_LAYERS=0"
            )
        self.llama = llama_cpp.Llama(
            model_path=load["path"],
            n_ctx=load["context_tokens"],
            n_batch=PROMPT_BATCH,
            n_threads=load["threads"],
            n_threads_batch=load["threads"],
            flash_attn=load["flash_attention"],
            n_gpu_layers=layers,
            type_k=kv,
            # llama.cpp quantises the values' half of the cache only with flash attention
            type_v=kv if load["flash_attention"] else KV_TYPES["f16"],
            verbose=True,  # its words on buffers and layers belong into the log
        )
        self.llama.verbose = False
        vocabulary = llama_cpp.llama_model_get_vocab(self.llama.model)
        self.vocabulary = vocabulary
        template = self.llama.metadata.get("tokenizer.chat_template")
        self.formatter = None
        if template:
            piece = self._special_piece
            self.formatter = Jinja2ChatFormatter(
                template=template,
                eos_token=piece(self.llama.token_eos()),
                bos_token=piece(self.llama.token_bos()),
            )
        self.cancelled: set[int] = set()
        self.decoder = Decoder(llama_cpp, self.llama, load.get("draft", DRAFT))
        self.beginnings = Beginnings(llama_cpp, self.llama)
        for messages in load.get("beginnings", ()):
            self.beginnings.add(self._beginning(messages))
        if load.get("projector"):
            from llama_cpp.llama_chat_format import MTMDChatHandler

            self.llama.chat_handler = MTMDChatHandler(load["projector"], verbose=False, use_gpu=bool(layers))

    def is_end(self, token: int) -> bool:
        """Whether that token ends a text."""
        return bool(self.engine.llama_vocab_is_eog(self.vocabulary, token))

    def _special_piece(self, token: int) -> str:
        if token < 0:
            return ""
        text: bytes = self.llama.detokenize([token], special=True)
        return text.decode("utf-8", "replace")

    def count(self, texts: list[str]) -> list[int]:
        """Tokens of each text, without special tokens."""
        return [len(self._tokens(text, special=False)) for text in texts]

    def _tokens(self, text: str, *, special: bool) -> list[int]:
        return list(self.llama.tokenize(text.encode(), add_bos=False, special=special))

    def prompt(self, messages: list[dict[str, str]]) -> list[int]:
        """The prompt's tokens. Only the template's own text may become special tokens: a message that
        contains "<|im_end|>" is read as those letters, so no document can end its own turn."""
        secret = secrets.token_hex(8)
        marks = {f"{secret}x{number}x": m["content"] for number, m in enumerate(messages)}
        named = [{"role": m["role"], "content": mark} for m, mark in zip(messages, marks, strict=True)]
        if self.formatter is not None:
            text = self._templated(named)
        else:
            text = "".join(f"{m['role']}: {m['content']}\n" for m in named) + "assistant: "
        tokens: list[int] = []
        rest = text
        for mark, content in marks.items():
            before, separator, after = rest.partition(mark)
            if not separator:
                continue  # a template that drops a message (some drop the system's) drops it here too
            tokens += self._tokens(before, special=True) + self._tokens(content, special=False)
            rest = after
        tokens += self._tokens(rest, special=True)
        begin = self.llama.token_bos()
        if begin >= 0 and tokens[:1] != [begin] and self._adds_begin():
            tokens.insert(0, begin)
        return tokens

    def _templated(self, messages: list[dict[str, str]]) -> str:
        """The messages in the model's own template. Some templates refuse a message of the system's (Gemma's
        does): it goes before the first of the user's then."""
        assert self.formatter is not None
        try:
            return str(self.formatter(messages=messages, enable_thinking=False).prompt)
        except Exception:  # whatever a template raises: it is a program of the model's makers
            if len(messages) < 2 or messages[0]["role"] != "system":
                raise
            system, first, *rest = messages
            joined = {"role": first["role"], "content": f"{system['content']}\n\n{first['content']}"}
            return str(self.formatter(messages=[joined, *rest], enable_thinking=False).prompt)

    def _beginning(self, messages: list[dict[str, str]]) -> list[int]:
        """The tokens that every prompt begins with which begins with these messages."""
        first, second = (self.prompt([*messages, {"role": "user", "content": text}]) for text in ("[1]", "a"))
        return first[: shared(first, second)]

    def _adds_begin(self) -> bool:
        return str(self.llama.metadata.get("tokenizer.ggml.add_bos_token", "false")) == "true"

    def generate(self, request: dict[str, Any]) -> None:
        """Generate and send the pieces, then the end with its figures."""
        if request.get("pictures"):
            self.see(request)
            return
        began = time.perf_counter()
        number, deadline = request["id"], began + request["seconds"]
        prompt = self.prompt(request["messages"])
        room = self.llama.n_ctx() - len(prompt)
        if room < 1:
            send(
                {
                    "id": number,
                    "problem": f"prompt of {len(prompt)} tokens, context {self.llama.n_ctx()}",
                }
            )
            return
        if request["seed"] is not None:
            self.llama.set_seed(request["seed"])
        if opened := self._opened_thinking(prompt):
            send({"id": number, "piece": opened})

        def stopped() -> str:
            if number in self.cancelled:
                return "cancelled"
            return "deadline" if time.perf_counter() > deadline else ""

        reused = self.beginnings.restore(prompt, self._common_prefix(prompt))
        end = self._read(prompt, reused, stopped)
        tokens, first_at = 0, 0.0
        if not end:
            most = min(request["max_tokens"], room)
            end, tokens, first_at = self._write(request, prompt, most, stopped)
        done = time.perf_counter()
        send(
            {
                "id": number,
                "end": end,
                "prompt_tokens": len(prompt),
                "reused_tokens": reused,
                "tokens": tokens,
                "timings_ms": {
                    "first_token": 1000 * ((first_at or done) - began),
                    "total": 1000 * (done - began),
                },
            }
        )
        self.cancelled.discard(number)

    def _tokens_behind(self, request: dict[str, Any], prompt: list[int]) -> Iterator[int]:
        """What follows that prompt, bound by the request's grammar or schema."""
        grammar = request["grammar"]
        if not grammar and request["schema"]:
            grammar = self.engine.llama_grammar.json_schema_to_gbnf(request["schema"])
        penalties = request["frequency_penalty"], request["presence_penalty"]
        if request["temperature"] == 0 and not any(penalties):
            return self.decoder.write(prompt, grammar)
        bound = self.engine.LlamaGrammar.from_string(grammar, verbose=False) if grammar else None
        tokens: Iterator[int] = self.llama.generate(
            prompt,
            temp=request["temperature"],
            top_p=request["top_p"],
            frequency_penalty=penalties[0],
            presence_penalty=penalties[1],
            grammar=bound,
        )
        return tokens

    def _write(
        self,
        request: dict[str, Any],
        prompt: list[int],
        most: int,
        stopped: Callable[[], str],
    ) -> tuple[str, int, float]:
        """Generate at most that many tokens behind a prompt that was read, and send the pieces. Returns why
        it ended, the number of tokens, and when the first one came (0 if none did)."""
        number, end, first_at = request["id"], "length", 0.0
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        text, sent, tokens = "", 0, list[int]()
        hold = max((len(stop) for stop in request["stop"]), default=1) - 1
        for token in self._tokens_behind(request, prompt):
            first_at = first_at or time.perf_counter()
            if self.is_end(token):
                end = "stop"
                break
            tokens.append(token)
            text += decoder.decode(self.llama.detokenize([token], prev_tokens=prompt + tokens[:-1]))
            cut = min((position for s in request["stop"] if (position := text.find(s)) >= 0), default=-1)
            if cut >= 0:
                text, end = text[:cut], "stop"
                break
            if len(text) - hold > sent:
                send({"id": number, "piece": text[sent : len(text) - hold]})
                sent = len(text) - hold
            if len(tokens) >= most:
                break
            if early := stopped():
                end = early
                break
        if text[sent:]:
            send({"id": number, "piece": text[sent:]})
        return end, len(tokens), first_at

    def see(self, request: dict[str, Any]) -> None:
        """Generate from pictures and text, through the engine's own handler of them."""
        began, first_at, number, end = time.perf_counter(), 0.0, request["id"], "stop"
        *before, last = request["messages"]
        parts: list[dict[str, Any]] = [{"type": "text", "text": last["content"]}]
        for picture in request["pictures"]:
            kind = "png" if picture.startswith("iVBOR") else "jpeg"
            address = f"data:image/{kind};base64,{picture}"
            parts.append({"type": "image_url", "image_url": {"url": address}})
        tokens = 0
        try:
            for chunk in self.llama.create_chat_completion(
                [*before, {"role": last["role"], "content": parts}],
                max_tokens=request["max_tokens"],
                temperature=request["temperature"],
                top_p=request["top_p"],
                stop=request["stop"],
                stream=True,
            ):
                choice = chunk["choices"][0]
                if text := choice["delta"].get("content"):
                    first_at = first_at or time.perf_counter()
                    tokens += 1
                    send({"id": number, "piece": text})
                end = {"length": "length"}.get(choice.get("finish_reason") or "", end)
                if number in self.cancelled or time.perf_counter() > began + request["seconds"]:
                    end = "cancelled" if number in self.cancelled else "deadline"
                    break
            read = self.llama.n_tokens
        finally:
            self.llama.reset()  # what stands for the pictures must not be taken for text that was read
        done = time.perf_counter()
        first = 1000 * ((first_at or done) - began)
        times = {"first_token": first, "total": 1000 * (done - began)}
        figures = {"prompt_tokens": read, "reused_tokens": 0, "tokens": tokens}
        send({"id": number, "end": end, **figures, "timings_ms": times})
        self.cancelled.discard(number)

    def _opened_thinking(self, prompt: list[int]) -> str:
        """The sign with which the template itself began the model's thinking, or empty."""
        end: bytes = self.llama.detokenize(prompt[-8:], special=True)
        text = end.decode("utf-8", "replace").rstrip()
        return next((sign for sign in THINKS if text.endswith(sign)), "")

    def _common_prefix(self, prompt: list[int]) -> int:
        """Tokens at the prompt's beginning that the context still holds; the last one is always read."""
        return shared(self.llama.input_ids[: self.llama.n_tokens].tolist(), prompt[:-1])

    def _read(self, prompt: list[int], reused: int, stopped: Any) -> str:
        """Read the prompt but for its last batch, in batches, so that it can be stopped in between. The last
        one is read with the first token: a batch of its own for that would cost a token's time more."""
        llama = self.llama
        if not llama._ctx.kv_cache_seq_rm(-1, reused, -1):
            # A hybrid model's state cannot be rolled back: it reads the prompt from the beginning.
            reused = 0
            llama.reset()
            llama._ctx.kv_cache_clear()
        llama.n_tokens = reused
        for start in range(reused, len(prompt) - PROMPT_BATCH, PROMPT_BATCH):
            if early := stopped():
                return str(early)
            llama.eval(prompt[start : start + PROMPT_BATCH])
        return str(stopped())


_out = sys.stdout
_writing = threading.Lock()


def send(message: dict[str, Any]) -> None:
    """Write one JSON line to the parent."""
    with _writing:
        _out.write(json.dumps(message, ensure_ascii=False) + "\n")
        _out.flush()


def main() -> None:
    """Serve the parent until it closes the pipe."""
    global _out
    # llama.cpp writes to the standard output too; the protocol keeps a copy of it for itself.
    _out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    from core.egress import guard, silence_telemetry

    silence_telemetry()
    guard()
    faulthandler.enable()  # a death by a signal leaves its stack in the log
    lines = (json.loads(line) for line in sys.stdin)
    load = next(lines, None)
    if load is None:
        return
    if load["op"] == "measure":
        measure(load)
        return
    working_on = _beat()
    try:
        worker = Worker(load)
    except Exception as error:  # noqa: BLE001  # whatever the engine says goes to the parent in words
        send({"event": "failed", "problem": f"{type(error).__name__}: {error}"})
        return
    send(
        {
            "event": "loaded",
            "context_tokens": worker.llama.n_ctx(),
            "system": worker.engine.llama_print_system_info().decode().strip(),
            "gpu": worker.gpu,
        }
    )
    requests: queue.Queue[dict[str, Any] | None] = queue.Queue()

    def listen() -> None:
        for message in lines:
            if message["op"] == "cancel":
                worker.cancelled.add(message["id"])
            elif message["op"] == "count":  # the vocabulary is read-only: no need to wait for the model
                send({"id": message["id"], "counts": _counts(worker, message)})
            else:
                requests.put(message)
        requests.put(None)

    threading.Thread(target=listen, daemon=True).start()
    while (request := requests.get()) is not None:
        working_on[0] = request["id"]
        try:
            worker.generate(request)
        except Exception as error:  # noqa: BLE001  # one bad request must not end the model
            send({"id": request["id"], "problem": f"{type(error).__name__}: {error}"})
        working_on[0] = 0
        # Only behind a request, so that the test after loading does not wait.
        while worker.beginnings.unread and requests.empty():
            worker.beginnings.read_some()


def measure(request: dict[str, Any]) -> None:
    """How fast the engine reads and writes with that file, which need not have a tokenizer."""
    check_gguf(Path(request["path"]))
    import llama_cpp

    llama = llama_cpp.Llama(
        request["path"],
        n_ctx=request["read"] + request["written"] + 16,
        n_batch=PROMPT_BATCH,
        n_threads=request["threads"],
        n_threads_batch=request["threads"],
        verbose=False,
    )
    read = written = 0.0
    for _ in range(request["rounds"]):
        llama.reset()
        llama._ctx.kv_cache_clear()
        began = time.perf_counter()
        llama.eval([1] * request["read"])
        read = max(read, request["read"] / (time.perf_counter() - began))
        began = time.perf_counter()
        for _ in range(request["written"]):
            llama.eval([1])
        written = max(written, request["written"] / (time.perf_counter() - began))
    send({"read": read, "written": written})


def _counts(worker: Worker, message: dict[str, Any]) -> list[int]:
    if "messages" in message:
        return [len(worker.prompt(message["messages"]))]
    return worker.count(message["texts"])


def _beat() -> list[int]:
    """Report to the parent every second that this process lives; the list's only number is the current
    request."""
    working_on = [0]

    def beat() -> None:
        while True:
            time.sleep(BEAT_SECONDS)
            try:
                send({"event": "alive", "id": working_on[0]})
            except (BrokenPipeError, ValueError):
                return  # the parent is gone; the closed pipe ends this process

    threading.Thread(target=beat, daemon=True, name="heartbeat").start()
    return working_on


if __name__ == "__main__":
    main()
