"""Chat templates as models bring them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from llm.engines.llama_worker import Worker

pytestmark = pytest.mark.engines

REFUSING = (
    "{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
    "{% for message in messages %}<{{ message['role'] }}>{{ message['content'] }}{% endfor %}<model>"
)
RULES, QUESTION = {"role": "system", "content": "Answer briefly."}, {"role": "user", "content": "Which day?"}


@pytest.fixture
def worker(chat_model: Path) -> Iterator[Worker]:
    from llama_cpp.llama_chat_format import Jinja2ChatFormatter

    load = {"path": str(chat_model), "context_tokens": 256, "threads": 1, "flash_attention": False}
    worker = Worker(load)
    worker.formatter = Jinja2ChatFormatter(template=REFUSING, eos_token="", bos_token="")
    yield worker
    worker.llama.close()


def test_rules_go_before_the_question_where_a_template_refuses_a_system_message(worker: Worker) -> None:
    text = worker.llama.detokenize(worker.prompt([RULES, QUESTION])).decode()
    assert text.endswith("<user>Answer briefly.\n\nWhich day?<model>")


def test_a_template_that_refuses_a_message_of_the_user_says_why(worker: Worker) -> None:
    with pytest.raises(ValueError, match="System role not supported"):
        worker.prompt([RULES])
