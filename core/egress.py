"""Nothing goes out: a guard in every process of Shoko that blocks connections to other computers, and the
look-ups of their names, which reach the network's name server and could carry data there.

Python informs its audit hooks of every `connect` and of most look-ups, whichever library makes them, before
they happen. The guard lets through this computer, and the hosts and networks that the company named; all
else raises and is counted. It looks at the address that is really connected to, whatever name that came
from. It guards against mistakes of libraries; code that means harm must be held by the network itself.
"""

from __future__ import annotations

import functools
import ipaddress
import logging
import os
import socket
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

from core.errors import BadValue, ConnectionRefusedByPolicy

log = logging.getLogger("shoko.egress")

# What the dependencies ask before they send anything home.
SILENT = {
    "ANONYMIZED_TELEMETRY": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "DO_NOT_TRACK": "1",
    "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false",
    "OTEL_SDK_DISABLED": "true",
    "TOKENIZERS_PARALLELISM": "false",
}

# OpenVINO reports its import to an analytics service unless a file in the user's home forbids it, and forks a
# process for that, which in a server with threads may never end. No environment variable forbids it; without
# this package OpenVINO takes a stub of its own that sends nothing. uvloop connects and looks names up in C,
# past every hook; without it servers take Python's own event loop.
ABSENT = ("openvino_telemetry", "uvloop")

CONNECTIONS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
LOOK_UPS = frozenset({"socket.getaddrinfo", "socket.gethostbyname"})
REVERSE_LOOK_UPS = frozenset({"socket.gethostbyaddr", "socket.getnameinfo"})
# When a socket's methods take an address with a name in it they look it up in C, and tell the hooks only
# afterwards; so these are asked before. The number: which argument the address is.
NAMED = {"bind": 0, "connect": 0, "connect_ex": 0, "sendto": -1, "sendmsg": 3}
LOOK_AGAIN_SECONDS = 30.0

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_allowed: set[str] = set()  # names and addresses that may be connected to
_named: set[str] = set()  # names in settings that may be looked up; their addresses are judged
_hosts: list[str] = []  # names that the company allowed: their addresses may change
_looked_again = 0.0
_networks: list[Network] = []
_installed = False
blocked: list[str] = []


def silence_telemetry() -> None:
    """Set what every dependency looks at before it reports home; before they are imported."""
    os.environ.update(SILENT)
    sys.modules.update(dict.fromkeys(ABSENT))  # type: ignore[arg-type]  # None: Python's mark for "not there"


def guard(allowed_hosts: Iterable[str] = ()) -> None:
    """Block, from now on in this process, connections to any host but this one and those named (names,
    addresses, or networks: 10.20.0.0/16), and look-ups of other names. Raises BadValue for an invalid
    network.

    A hook cannot be taken out again; calling this once more only changes the allowed hosts.
    """
    global _installed
    named = [_plain(host) for host in allowed_hosts if host.strip()]
    networks = [_network(host) for host in named if "/" in host]
    _allowed.clear()
    _named.clear()
    _networks[:] = networks
    _hosts[:] = [host for host in named if "/" not in host]
    _allowed.update(_hosts)
    _look_again()
    if not _installed:
        for method, place in NAMED.items():
            setattr(socket.socket, method, _asking(getattr(socket.socket, method), place))
        sys.addaudithook(_hook)
        _installed = True


def require(host: str) -> None:
    """Raise ConnectionRefusedByPolicy unless connections to that host are allowed: for settings, so that a
    wrong one is reported at the start and not at the first question. Its name may be looked up from then
    on."""
    if _permitted(host) or "*" in _allowed:
        return
    if not _networks and not _allowed:  # no other host is allowed: its name need not be looked up
        raise ConnectionRefusedByPolicy(address=host)
    name = _plain(host)
    _named.add(name)
    addresses = _addresses(host)  # every one of them: which is connected to is decided later
    if not addresses or not all(_permitted(address) for address in addresses):
        _named.discard(name)
        raise ConnectionRefusedByPolicy(address=host)


def _plain(host: object) -> str:
    """A host in the form in which it is compared: in lower case, without a dot at its end."""
    text = host.decode("utf-8", "replace") if isinstance(host, bytes | bytearray) else str(host)
    return text.strip().lower().removesuffix(".")


def _look_again() -> None:
    """Look up the addresses of the allowed names again."""
    global _looked_again
    _looked_again = time.monotonic()
    for host in _hosts:
        _allowed.update(_addresses(host))


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        fix = "Write the network's own address and its bits: 10.20.0.0/16"
        raise BadValue(
            name="SHOKO_ALLOWED_HOSTS", problem=f"{text} is no network ({error})", fix=fix
        ) from error


def _permitted(host: str) -> bool:
    """Whether that address or name may be connected to."""
    if is_this_computer(host) or _plain(host) in _allowed:
        return True
    address = _address(host)
    return address is not None and any(address in network for network in _networks)


def _may_look_up(host: str) -> bool:
    """Whether the name server may be asked for that host; an address is not asked for."""
    name = _plain(host)
    if _address(host) is not None or is_this_computer(name) or name in _allowed or name in _named:
        return True
    return name == _plain(socket.gethostname())


def _may_look_back(host: str) -> bool:
    """Whether the name server may be asked who that address is, or that name."""
    return _permitted(host) if _address(host) is not None else _may_look_up(host)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(host.split("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address  # ::ffff:10.1.2.3 reaches 10.1.2.3


def lift() -> None:
    """Let every connection through: for the one process that an administrator asked to download."""
    _allowed.add("*")


def _addresses(host: str) -> set[str]:
    try:
        return {str(info[4][0]) for info in socket.getaddrinfo(host, None)}
    except OSError:
        return set()


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if event in CONNECTIONS:
        address = arguments[1] if len(arguments) > 1 else None
        if isinstance(address, tuple) and address:  # else a socket of this computer's own (Unix)
            _hold(address[0], "a connection to", _permitted)
    elif event in LOOK_UPS:
        if arguments and arguments[0] is not None:
            _hold(arguments[0], "the look-up of", _may_look_up)
    elif event in REVERSE_LOOK_UPS and arguments:
        about = arguments[0]
        _hold(about[0] if isinstance(about, tuple) else about, "the look-up of", _may_look_back)


def _hold(about: object, what: str, may: Callable[[str], bool]) -> None:
    if "*" in _allowed:
        return
    host = about.decode("utf-8", "replace") if isinstance(about, bytes | bytearray) else str(about)
    if may(host):
        return
    if may is _permitted and _hosts and time.monotonic() - _looked_again > LOOK_AGAIN_SECONDS:
        _look_again()  # an allowed host may have moved since
        if may(host):
            return
    blocked.append(host)
    log.warning("blocked %s %s", what, host)
    raise ConnectionRefusedByPolicy(address=host)


def _asking(method: Callable[..., Any], place: int) -> Callable[..., Any]:
    """That method of a socket, which asks first whether the name in its address may be looked up."""

    @functools.wraps(method)
    def asked(own: socket.socket, *arguments: Any) -> Any:
        if own.family in (socket.AF_INET, socket.AF_INET6) and len(arguments) > max(place, 0):
            address = arguments[place]
            if isinstance(address, tuple) and address:
                _hold(address[0], "the look-up of", _may_look_up)
        return method(own, *arguments)

    return asked


def is_this_computer(host: str) -> bool:
    """Whether that address or name is this computer's own (loopback)."""
    if _plain(host) in {"localhost", ""}:
        return True
    address = _address(host)
    return address is not None and address.is_loopback


def tried(host: str, port: int) -> bool:
    """Whether the guard refused a connection to that address, before anything was sent."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(family, kind) as probe:
            probe.settimeout(0.05)
            try:
                probe.connect((host, port))
            except ConnectionRefusedByPolicy:
                continue
            except OSError:
                return False
            return False
    return True


def asked(name: str) -> bool:
    """Whether the guard refused to look that name up, by each way that Python has."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        ways: list[Callable[[], object]] = [
            lambda: socket.getaddrinfo(name, 443),
            lambda: socket.gethostbyname(name),
            lambda: socket.gethostbyname_ex(name),
            lambda: socket.gethostbyaddr(name),
            lambda: probe.connect((name, 443)),
        ]
        for way in ways:
            try:
                way()
            except ConnectionRefusedByPolicy:
                continue
            except OSError:
                return False
            return False
    return True
