"""What tests cost in processor time, theirs and that of the processes they end; `--processor-time=N`
names the N dearest tests and files. A clock on the wall says more of the other work of the machine."""

from __future__ import annotations

import resource
from collections import defaultdict
from collections.abc import Iterator

import pytest

Cost = tuple[float, float]  # seconds: of this process, and of its processes that have ended


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--processor-time",
        type=int,
        default=0,
        metavar="N",
        help="show the N tests and the N files that cost the most processor time",
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--processor-time"):
        config.pluginmanager.register(_Measured(), "processor-time-measured")


def _spent() -> Cost:
    own, ended = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime, ended.ru_utime + ended.ru_stime


class _Measured:
    """Each report carries what its phase cost: with xdist, from the process that ran it to the one that shows
    it."""

    def __init__(self) -> None:
        self.last = (0.0, 0.0)  # so that the first test bears the imports
        self.of_test: dict[str, list[Cost]] = defaultdict(list)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Iterator[None]:
        report = yield
        spent = _spent()
        report.processor_time = (spent[0] - self.last[0], spent[1] - self.last[1])
        self.last = spent
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        own, ended = getattr(report, "processor_time", (0.0, 0.0))
        self.of_test[report.nodeid].append((own, ended))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        most = terminalreporter.config.getoption("--processor-time")
        files: dict[str, list[Cost]] = defaultdict(list)
        for name, costs in self.of_test.items():
            files[name.split("::")[0]] += costs
        for title, table in (("tests", self.of_test), ("files", files)):
            terminalreporter.section(f"processor seconds of {title}: in this process, in others")
            summed = [(sum(own for own, _ in costs), sum(ended for _, ended in costs), name)
                      for name, costs in table.items()]  # fmt: skip
            for own, ended, name in sorted(summed, key=lambda row: -row[0] - row[1])[:most]:
                terminalreporter.write_line(f"{own:8.2f} {ended:8.2f}  {name}")
