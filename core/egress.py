"""Nothing goes out: a guard in every process of Shoko that blocks connections to other computers.

Python tells its audit hooks of every `connect`, whichever library makes it, before it happens. The guard
lets through this computer, and the hosts and networks that the company named; all else raises and is
counted. It looks at the address that is really connected to, whatever name that came from. It guards
against mistakes of libraries; code that means harm must be held by the network itself.
"""

from __future__ import annotations

import ipaddress
import logging
import os
import socket
import sys
from collections.abc import Iterable

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
# this package OpenVINO takes a stub of its own that sends nothing.
ABSENT = ("openvino_telemetry",)

EVENTS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_allowed: set[str] = set()
_networks: list[Network] = []
_installed = False
blocked: list[str] = []


def silence_telemetry() -> None:
    """Set what every dependency looks at before it reports home; before they are imported."""
    os.environ.update(SILENT)
    sys.modules.update(dict.fromkeys(ABSENT))  # type: ignore[arg-type]  # None: Python's mark for "not there"


def guard(allowed_hosts: Iterable[str] = ()) -> None:
    """Block, from now on in this process, connections to any host but this one and those named: names,
    addresses, or networks (10.20.0.0/16). Raises BadValue for a network that is none.

    A hook cannot be taken out again; calling this once more only changes the allowed hosts.
    """
    global _installed
    named = [host.strip() for host in allowed_hosts if host.strip()]
    networks = [_network(host) for host in named if "/" in host]
    _allowed.clear()
    _networks[:] = networks
    for host in named:
        if "/" not in host:
            _allowed.update({host, *_addresses(host)})
    if not _installed:
        sys.addaudithook(_hook)
        _installed = True


def require(host: str) -> None:
    """Raise ConnectionRefusedByPolicy unless connections to that host are allowed: for settings, so that a
    wrong one is told at the start and not at the first question."""
    if _permitted(host) or "*" in _allowed:
        return
    addresses = _addresses(host)  # every one of them: which is connected to is decided later
    if not addresses or not all(_permitted(one) for one in addresses):
        raise ConnectionRefusedByPolicy(address=host)


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        fix = "Write the network's own address and its bits: 10.20.0.0/16"
        raise BadValue(
            name="SHOKO_ALLOWED_HOSTS", problem=f"{text} is no network ({error})", fix=fix
        ) from error


def _permitted(host: str) -> bool:
    if is_this_computer(host) or host in _allowed:
        return True
    address = _address(host)
    return address is not None and any(address in network for network in _networks)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(host.split("%")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found  # ::ffff:10.1.2.3 reaches 10.1.2.3


def lift() -> None:
    """Let every connection through: for the one process that an administrator asked to download."""
    _allowed.add("*")


def _addresses(host: str) -> set[str]:
    try:
        return {str(info[4][0]) for info in socket.getaddrinfo(host, None)}
    except OSError:
        return set()


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if event not in EVENTS:
        return
    address = arguments[1] if len(arguments) > 1 else None
    if not isinstance(address, tuple) or not address or "*" in _allowed:
        return  # a socket of this computer's own (Unix), or an explicit permission
    host = str(address[0])
    if _permitted(host):
        return
    blocked.append(host)
    log.warning("blocked a connection to %s", host)
    raise ConnectionRefusedByPolicy(address=host)


def is_this_computer(host: str) -> bool:
    """Whether that address or name is this computer's own (loopback)."""
    if host in {"localhost", ""}:
        return True
    address = _address(host)
    return address is not None and address.is_loopback


def tried(host: str, port: int) -> bool:
    """Whether the guard refused a connection to that address, before anything was sent."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(family, kind) as one:
            one.settimeout(0.05)
            try:
                one.connect((host, port))
            except ConnectionRefusedByPolicy:
                continue
            except OSError:
                return False
            return False
    return True
