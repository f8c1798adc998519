"""Nothing goes out: the guard, tried in a process of its own (a hook cannot be taken out again)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from making import child_environment

from core.egress import SILENT, is_this_computer
from core.settings import PROJECT

BEGIN = """
import socket, threading
from core.egress import blocked, guard, lift
from core.errors import ConnectionRefusedByPolicy

def refused(action):
    try:
        action()
    except ConnectionRefusedByPolicy:
        return True
    except Exception as error:  # what a library makes of it
        while error is not None:
            if isinstance(getattr(error, "reason", error), ConnectionRefusedByPolicy):
                return True
            error = error.__cause__ or error.__context__
    return False

def tcp(host, family=socket.AF_INET):
    with socket.socket(family) as one:
        one.settimeout(0.001)
        one.connect((host, 9))
"""


def run(script: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + script],
        capture_output=True,
        text=True,
        cwd=PROJECT,
        env=child_environment(),
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_network_lets_through_what_lies_in_it_and_nothing_beside_it() -> None:
    assert (
        run("""
import core.egress
guard(["192.0.2.128/25", "2001:db8:7::/48"])
for host in ("192.0.2.128", "192.0.2.255"):
    assert not refused(lambda: tcp(host)), host
assert not refused(lambda: tcp("2001:db8:7::1", socket.AF_INET6))
assert not refused(lambda: tcp("::ffff:192.0.2.200", socket.AF_INET6))
for host in ("192.0.2.127", "192.0.3.128", "203.0.113.9"):
    assert refused(lambda: tcp(host)), host
assert refused(lambda: tcp("2001:db8:8::1", socket.AF_INET6))
assert refused(lambda: tcp("::ffff:192.0.2.1", socket.AF_INET6))
core.egress.require("192.0.2.130")
for answers in ({"192.0.2.1"}, {"192.0.2.130", "192.0.2.1"}, set()):  # a name: each of its addresses counts
    core.egress._addresses = lambda _host: answers
    assert refused(lambda: core.egress.require("gpu.company.example")), answers
core.egress._addresses = lambda _host: {"192.0.2.130", "192.0.2.131"}
core.egress.require("gpu.company.example")
print("as it must be")
""")
        == "as it must be"
    )


@pytest.mark.parametrize("text", ["10.20.0.1/16", "10.20.0.0/33", "gpu/24", "/8"])
def test_a_network_that_is_none_is_told_with_the_fix(text: str) -> None:
    message = run(f"""
from core.errors import BadValue
try:
    guard(["gpu1", {text!r}])
except BadValue as error:
    print(error)
""")
    assert message.startswith("SHOKO_ALLOWED_HOSTS") and "10.20.0.0/16" in message


def test_a_connection_to_another_computer_is_refused_before_it_is_made_and_counted() -> None:
    assert (
        run("""
guard()
assert refused(lambda: tcp("192.0.2.1"))
assert refused(lambda: tcp("2001:db8::1", socket.AF_INET6))
assert refused(lambda: tcp(b"192.0.2.2"))
assert refused(lambda: socket.create_connection(("198.51.100.7", 80), timeout=0.001))
print(len(blocked), blocked[0])
""")
        == "4 192.0.2.1"
    )


def test_a_datagram_to_another_computer_is_refused() -> None:
    assert (
        run("""
guard()
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
    assert refused(lambda: one.sendto(b"x", ("192.0.2.1", 53)))
    assert refused(lambda: one.sendmsg([b"x"], [], 0, ("192.0.2.2", 53)))
    assert refused(lambda: one.connect(("192.0.2.3", 53)))
print(blocked)
""")
        == "['192.0.2.1', '192.0.2.2', '192.0.2.3']"
    )


def test_http_libraries_are_refused_too() -> None:
    assert (
        run("""
import urllib.request, httpx
guard()
assert refused(lambda: httpx.get("http://192.0.2.1/", timeout=0.001, trust_env=False))
assert refused(lambda: urllib.request.urlopen("http://192.0.2.2/", timeout=0.001))
print(len(blocked))
""")
        == "2"
    )


LOOK_UPS = """
def look_ups(name):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        for look in (
            lambda: socket.getaddrinfo(name, 443),
            lambda: socket.gethostbyname(name),
            lambda: socket.gethostbyname_ex(name),
            lambda: socket.gethostbyaddr(name),
            lambda: socket.getfqdn(name) == name and socket.gethostbyaddr(name),
            lambda: one.connect((name, 443)),
            lambda: one.connect_ex((name, 443)),
            lambda: one.bind((name, 0)),
            lambda: one.sendto(b"x", (name, 53)),
            lambda: one.sendto(b"x", 0, (name, 53)),
            lambda: one.sendmsg([b"x"], [], 0, (name, 53)),
        ):
            yield look
"""


def test_a_name_is_not_looked_up_by_any_way_that_python_has() -> None:
    assert (
        run(
            LOOK_UPS
            + """
guard()
for name in ("secret.example.invalid", "secret.localhost", "127.0.0.1.invalid", "ｇpu.invalid"):
    before = len(blocked)
    for number, look in enumerate(look_ups(name)):
        assert refused(look), (name, number)
    assert len(blocked) > before + 10 and set(blocked[before:]) == {name}
assert refused(lambda: socket.getaddrinfo(b"bytes.invalid", 1)) and blocked[-1] == "bytes.invalid"
print("as it must be")
"""
        )
        == "as it must be"
    )


def test_addresses_and_this_computers_own_names_may_be_looked_up() -> None:
    assert (
        run("""
guard()
for name in (None, "", "localhost", "LOCALHOST.", b"localhost", "127.0.0.1", "::1", "192.0.2.1"):
    assert not refused(lambda: socket.getaddrinfo(name, 80)), name
for name in ("localhost", "127.0.0.1", socket.gethostname(), socket.gethostname().upper()):
    assert not refused(lambda: socket.gethostbyname(name)), name
    assert not refused(lambda: socket.gethostbyaddr(name)), name
assert not refused(socket.getfqdn)
assert not refused(lambda: socket.getnameinfo(("127.0.0.1", 80), 0))
for address in ("192.0.2.1", "2001:db8::1"):  # who that is, only the name server knows
    assert refused(lambda: socket.gethostbyaddr(address)), address
    assert refused(lambda: socket.getnameinfo((address, 80), 0)), address
print(blocked)
""")
        == "['192.0.2.1', '192.0.2.1', '2001:db8::1', '2001:db8::1']"
    )


def test_a_host_that_the_company_named_may_be_looked_up_and_no_other() -> None:
    assert (
        run("""
guard(["GPU1.invalid"])
for name in ("gpu1.invalid", "Gpu1.Invalid."):
    assert not refused(lambda: socket.getaddrinfo(name, 80)), name
for name in ("gpu2.invalid", "x.gpu1.invalid", "gpu1.invalid.invalid"):
    assert refused(lambda: socket.getaddrinfo(name, 80)), name
guard()
assert refused(lambda: socket.getaddrinfo("gpu1.invalid", 80))
print("as it must be")
""")
        == "as it must be"
    )


def test_a_host_of_an_allowed_network_is_looked_up_once_a_setting_names_it() -> None:
    assert (
        run("""
import core.egress
real = socket.getaddrinfo
where = {"gpu.invalid": "192.0.2.130", "elsewhere.invalid": "198.51.100.1"}

def told(host, *more, **named):  # what a company's name server would say, after the guard was asked
    try:
        return real(host, *more, **named)
    except socket.gaierror:
        return [(socket.AF_INET, 1, 6, "", (where[host], 0))]

socket.getaddrinfo = told
guard(["192.0.2.128/25"])
assert refused(lambda: socket.getaddrinfo("gpu.invalid", 80))
core.egress.require("gpu.invalid")
assert not refused(lambda: socket.getaddrinfo("gpu.invalid", 80))
assert refused(lambda: core.egress.require("elsewhere.invalid"))
assert refused(lambda: socket.getaddrinfo("elsewhere.invalid", 80))
print(blocked)
""")
        == "['gpu.invalid', 'elsewhere.invalid']"
    )


def test_a_host_that_may_be_spoken_to_is_found_where_it_moved_to() -> None:
    assert (
        run("""
import core.egress
core.egress._addresses = lambda host: {"192.0.2.1"}
guard(["gpu.invalid"])
assert not refused(lambda: tcp("192.0.2.1"))
core.egress._addresses = lambda host: {"192.0.2.9"}
assert refused(lambda: tcp("192.0.2.9"))  # it was asked for just now
core.egress._looked_again -= 2 * core.egress.LOOK_AGAIN_SECONDS
assert not refused(lambda: tcp("192.0.2.9"))
core.egress._looked_again -= 2 * core.egress.LOOK_AGAIN_SECONDS
assert refused(lambda: tcp("192.0.2.10"))
print("as it must be")
""")
        == "as it must be"
    )


def test_event_loops_and_what_runs_on_them_are_guarded_too() -> None:
    assert (
        run("""
import asyncio, contextlib
from core.egress import silence_telemetry
silence_telemetry()
import httpx, uvicorn
guard()
with contextlib.suppress(ImportError):
    import uvloop  # it connects and looks up in C, past every hook
    raise AssertionError("uvloop is there")

async def asked(address):
    async with httpx.AsyncClient(trust_env=False, timeout=0.01) as client:
        await client.get(address)

async def plain(host):
    await asyncio.open_connection(host, 80)

def served(work):
    with asyncio.Runner(loop_factory=uvicorn.Config(None).get_loop_factory()) as runner:
        runner.run(work)

for host in ("192.0.2.1", "secret.invalid"):
    assert refused(lambda: served(asked(f"http://{host}/")))
    assert refused(lambda: served(plain(host)))
print(blocked)
""")
        == "['192.0.2.1', '192.0.2.1', 'secret.invalid', 'secret.invalid']"
    )


def test_a_library_takes_it_for_a_computer_that_takes_no_connections() -> None:
    assert (
        run("""
import httpx
guard()
try:
    socket.create_connection(("secret.invalid", 80))
except ConnectionRefusedError as error:
    assert "SHOKO_ALLOWED_HOSTS" in str(error) and error.values == {"address": "secret.invalid"}
    assert error.code == "connection_refused_by_policy"
try:
    httpx.get("http://secret.invalid/", trust_env=False)
except httpx.ConnectError as error:
    print("SHOKO_ALLOWED_HOSTS" in str(error))
""")
        == "True"
    )


def test_this_computer_and_its_unix_sockets_pass() -> None:
    assert (
        run("""
import tempfile, os
guard()
for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET, "localhost")):
    with socket.create_server((host, 0), family=family) as server:
        with socket.create_connection((host, server.getsockname()[1])) as one:
            one.sendall(b"hello")
path = os.path.join(tempfile.mkdtemp(), "s")
with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as one:
    server.bind(path)
    server.listen()
    one.connect(path)
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
    one.sendto(b"x", ("127.0.0.1", 9))
print(blocked)
""")
        == "[]"
    )


def test_a_named_host_passes_and_no_other() -> None:
    assert (
        run("""
guard(["", " 192.0.2.1 "])
assert not refused(lambda: tcp("192.0.2.1"))
assert refused(lambda: tcp("192.0.2.2"))
guard([])
assert refused(lambda: tcp("192.0.2.1"))
print(blocked)
""")
        == "['192.0.2.2', '192.0.2.1']"
    )


def test_it_holds_in_every_thread() -> None:
    assert (
        run("""
guard()
found = []
thread = threading.Thread(target=lambda: found.append(refused(lambda: tcp("192.0.2.1"))))
thread.start()
thread.join()
print(found)
""")
        == "[True]"
    )


def test_a_process_that_was_asked_to_download_is_let_through() -> None:
    assert (
        run("""
guard()
lift()
print(refused(lambda: tcp("192.0.2.1")), refused(lambda: socket.gethostbyname("secret.invalid")), blocked)
""")
        == "False False []"
    )


def test_what_dependencies_ask_before_they_report_home_is_answered_before_they_are_imported() -> None:
    names = sorted(SILENT)
    script = f"""
from core.egress import silence_telemetry
import os
silence_telemetry()
print([os.environ[name] for name in {names}])
"""
    assert run(script) == str([SILENT[name] for name in names])


def test_openvino_has_no_package_to_report_its_import_with(tmp_path: Path) -> None:
    script = f"""
import os, sys
for name in ("CI", "TF_BUILD", "JENKINS_URL"):
    os.environ.pop(name, None)  # where it thinks it is tested, it is silent by itself
os.environ["HOME"] = {str(tmp_path)!r}  # and no file forbids it
forks = []
os.register_at_fork(before=lambda: forks.append(1))
from core.egress import blocked, guard, silence_telemetry
silence_telemetry(); guard()
import openvino
print(openvino.tools.ovc.telemetry.__class__.__module__, forks, blocked, os.listdir(os.environ["HOME"]))
"""
    assert run(script) == "openvino.tools.ovc.telemetry_stub [] [] []"


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("::1%lo", True), ("localhost", True),
        ("", True), ("0.0.0.0", False), ("10.0.0.1", False), ("192.168.0.1", False), ("8.8.8.8", False),
        ("localhost.example.com", False), ("127.0.0.1.example.com", False), ("fe80::1", False),
        ("2001:db8::1", False), ("::ffff:8.8.8.8", False), ("not a host", False),
    ],
)  # fmt: skip
def test_only_loopback_is_this_computer(host: str, own: bool) -> None:
    assert is_this_computer(host) is own
