"""What a person writes into a pack cannot hold the server: neither when it is read nor when it runs."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from checks.findings import RuleState
from checks.packs.loading import load_pack
from checks.patterns import Dialect, Pattern, PatternBad, PatternTooSlow, compiled, until
from checks.readers.text import read_text
from checks.service.runner import run_pack
from core.errors import RulesBad

PACK = "pack: acme\nrules:\n  - id: slow\n    kind: pattern\n    message: no\n"
ENDS = 60  # seconds of a child for what takes a second or two


def _loaded_in_a_child(path: Path) -> str:
    """What loading a pack says, where it may take a gigabyte: a limit that this process cannot have."""
    code = (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_AS, (2 * 2**30, 2 * 2**30))\n"
        "from pathlib import Path\n"
        "from checks.packs import load_pack\n"
        "from core.errors import RulesBad\n"
        "try:\n"
        "    load_pack(Path(sys.argv[1]))\n"
        "except RulesBad as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True,
                          timeout=ENDS, check=True)  # fmt: skip
    return done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on a process's memory")
@pytest.mark.parametrize(
    "pattern",
    ["(?:(?:a{999}){999}){999}", "(?:a{9999}b){9999}", "(?:a{1,9999}){1,9999}", "((x[]{}]{999}){999}y){9}"],
)
def test_a_pattern_that_unfolds_to_gigabytes_is_refused_by_name(tmp_path: Path, pattern: str) -> None:
    path = tmp_path / "acme.yml"
    path.write_text(f"{PACK}    pattern: '{pattern}'\n", encoding="utf-8")
    said = _loaded_in_a_child(path)
    assert "acme.yml:" in said
    assert "repeats within repeats" in said
    assert "smaller numbers" in said


@pytest.mark.parametrize(
    "pattern", [r"[^。]{0,2000}。", r"(?:[^。]{0,100}、){0,100}", r"\d{4}-\d{2}", "a{,3}", "{x}"]
)
def test_patterns_of_people_compile_as_before(pattern: str) -> None:
    assert compiled(pattern, Dialect.PYTHON) is not None


def test_an_exception_that_does_not_compile_is_refused_when_the_pack_is_read(tmp_path: Path) -> None:
    path = tmp_path / "acme.yml"
    path.write_text(f"{PACK}    pattern: a\n    except: ['(']\n", encoding="utf-8")
    with pytest.raises(RulesBad, match="does not compile"):
        load_pack(path)


def test_a_pattern_that_is_slow_over_its_own_test_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "acme.yml"
    path.write_text(
        f"{PACK}    pattern: '^(\\w|\\w\\w)+$'\n    tests:\n      good: ['{'a' * 80}!']\n", encoding="utf-8"
    )
    with pytest.raises(RulesBad, match=r"acme\.yml:3:5: .*over its own test.*repeats"):
        load_pack(path)


def test_an_exception_that_is_slow_is_told_in_the_report(tmp_path: Path) -> None:
    path = tmp_path / "acme.yml"
    path.write_text(f"{PACK}    pattern: 'a+!'\n    except: ['(a|aa)+']\n", encoding="utf-8")
    report = run_pack(read_text("a" * 80 + "!", "a.txt"), load_pack(path))
    assert report.rules[0].state is RuleState.COULD_NOT_RUN
    assert "(a|aa)+" in report.rules[0].why


def test_a_type_of_document_that_is_slow_to_tell_is_named(tmp_path: Path) -> None:
    path = tmp_path / "acme.yml"
    path.write_text(
        "pack: acme\ndoctypes:\n  memo:\n    when: {text: '^(\\w|\\w\\w)+$'}\nrules: []\n", encoding="utf-8"
    )
    with pytest.raises(RulesBad, match=r"doctypes\.memo"):
        run_pack(read_text("a" * 80 + "!", "a.txt"), load_pack(path))


def test_no_pattern_runs_past_the_time_of_the_whole_check() -> None:
    with until(time.monotonic() - 1), pytest.raises(PatternTooSlow):
        Pattern("a").search("a")
    assert Pattern("a").search("a")


def test_a_replacement_has_the_same_limit_on_time() -> None:
    with pytest.raises(PatternTooSlow):
        Pattern(r"^(\w|\w\w)+$").sub("x", "a" * 80 + "!")


def test_aliases_that_unfold_to_billions_are_refused(tmp_path: Path) -> None:
    lines = ["pack: acme", "a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for level in range(1, 12):
        lines.append(f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]")
    path = tmp_path / "acme.yml"
    path.write_text("\n".join(lines), encoding="utf-8")
    assert "aliases stand for more than" in _loaded_in_a_child(path)


def test_an_alias_within_itself_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "acme.yml"
    path.write_text("pack: acme\nrules: &a [*a]\n", encoding="utf-8")
    with pytest.raises(RulesBad, match="stands in what it names"):
        load_pack(path)


def test_a_few_aliases_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "acme.yml"
    path.write_text(
        f"{PACK}    pattern: &p abc\n  - id: again\n    kind: pattern\n    message: no\n    pattern: *p\n",
        encoding="utf-8",
    )
    assert [rule.id for rule in load_pack(path).rules] == ["slow", "again"]


def test_unfolded_parts_do_not_depend_on_classes_and_escapes() -> None:
    with pytest.raises(PatternBad, match="repeats within repeats"):
        compiled(r"(?:[({]{999}\({999}){999}", Dialect.PYTHON)
