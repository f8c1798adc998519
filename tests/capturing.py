"""Runs a day of Shoko in a network of its own, whose one way out is a device that this process reads:
whatever any program sends to another computer stands in the report. Started by `test_capture.py`.

    unshare --user --map-root-user --net --mount python tests/capturing.py FOLDER
"""

from __future__ import annotations

import contextlib
import fcntl
import ipaddress
import json
import os
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from office import CHROMIUM, FLAGS, SAMPLES, Office, running_office
from playwright.sync_api import Page, expect, sync_playwright

from ui.language import words_of

DEVICE = "out0"
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
PROTOCOLS = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmpv6"}
NAME_SERVER = "198.18.0.53"
ORDERS = (
    "link set lo up",
    f"addr add 198.18.0.2/15 dev {DEVICE}",
    f"-6 addr add fd00:5::2/64 dev {DEVICE} nodad",
    f"link set {DEVICE} up",
    f"route add default dev {DEVICE}",
    f"-6 route add default dev {DEVICE}",
)
FOREIGN = "203.0.113.77"  # RFC 5737: nobody's
QUESTION = "Within how many business days after a trip must an expense claim be submitted?"
SECONDS = 120.0
# Chromium asks its maker for updates and accounts, whatever it shows: it gets no names. What a page asks for
# is taken down by name (`hosts`), and what it asks of an address goes out all the same.
SILENT_BROWSER = [*FLAGS, "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]


class WayOut:
    """The device through which everything leaves that is not for this network itself. Nothing comes back."""

    def __init__(self, folder: Path) -> None:
        self.packets: list[str] = []
        self.device = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(self.device, TUNSETIFF, struct.pack("16sH22x", DEVICE.encode(), IFF_TUN | IFF_NO_PI))
        for order in ORDERS:
            subprocess.run(["ip", *order.split()], check=True)
        servers = folder / "resolv.conf"
        servers.write_text(f"nameserver {NAME_SERVER}\noptions timeout:1 attempts:1\n")
        subprocess.run(["mount", "--bind", servers, Path("/etc/resolv.conf").resolve()], check=True)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        while True:
            packet = os.read(self.device, 65536)
            if not _of_the_kernel(packet):
                self.packets.append(told(packet))

    def during(self, work: Callable[[], Any]) -> list[str]:
        """What goes out while that is done."""
        before = len(self.packets)
        work()
        time.sleep(0.3)  # what was sent last is on its way through the device
        return self.packets[before:]


def _of_the_kernel(packet: bytes) -> bool:
    """What the kernel says to the device itself because it has IPv6: who routes here, who listens."""
    return packet[0] >> 4 == 6 and packet[24:26] == b"\xff\x02" and packet[6] in (0, 58)


def told(packet: bytes) -> str:
    """A packet in words: protocol, address, port."""
    if packet[0] >> 4 == 4:
        protocol, address, rest = packet[9], packet[16:20], packet[(packet[0] & 15) * 4 :]
    else:
        protocol, address, rest = packet[6], packet[24:40], packet[40:]
    port = struct.unpack("!H", rest[2:4])[0] if protocol in (6, 17) else 0
    said = f"{PROTOCOLS.get(protocol, protocol)} {ipaddress.ip_address(address)}:{port}"
    return f"{said} {asked_for(rest[20:])}" if port == 53 else said


def asked_for(query: bytes) -> str:
    """The name that a look-up asks for."""
    labels = []
    while query and query[0]:
        labels.append(query[1 : 1 + query[0]].decode("ascii", "replace"))
        query = query[1 + query[0] :]
    return ".".join(labels)


def control() -> None:
    """Send what a library that reports home would send: a connection, a datagram, a look-up; and by IPv6."""
    for family, address in ((socket.AF_INET, FOREIGN), (socket.AF_INET6, "2001:db8::77")):
        with socket.socket(family, socket.SOCK_STREAM) as channel:
            channel.setblocking(False)
            channel.connect_ex((address, 443))
        with socket.socket(family, socket.SOCK_DGRAM) as channel:
            channel.sendto(b"x", (address, 9))
    with contextlib.suppress(OSError):
        socket.getaddrinfo("control.invalid", 443)


def a_day(folder: Path) -> dict[str, Any]:
    """Serve with screens; take documents in; ask, search, check, draft and measure."""
    documents = ("travel-expense-policy.pdf", "approval-request.docx")
    with running_office(folder / "data", documents, model="auto", embedder="auto") as office:
        http = office.http
        office.wait_until_read("ingest", "embed")
        deadline = time.monotonic() + SECONDS
        while not (health := http.get("/health").json())["chat_ready"] and health["chat_model"] != "none":
            assert time.monotonic() < deadline, health
            time.sleep(0.1)
        seen: dict[str, Any] = {"chat_model": health["chat_model"], "embedder": health["embedder"]}
        seen |= in_a_browser(office)
        answer = http.post("/api/questions", json={"question": QUESTION, "stream": False}).json()
        seen["quote"] = answer["citations"][0]["quote"]
        seen["hits"] = len(http.get("/api/search", params={"q": "expense claim"}).json()["hits"])
        draft = {"template": "business-report-en", "fields": {"title": "Trip"}, "stream": False}
        seen["draft"] = http.post("/api/drafts", json=draft).status_code
        with (SAMPLES / "travel-expense-policy.pdf").open("rb") as file:
            sent = {"file": ("policy.pdf", file)}
            seen["check"] = http.post("/api/checks", files=sent, data={"pack": "english-report"}).status_code
    return seen | {"evaluated": evaluated(folder / "set")}


def in_a_browser(office: Office) -> dict[str, Any]:
    """Sign in, ask, open the pages: the first quote that was shown, and the hosts that the pages asked."""
    hosts: set[str] = set()
    words = words_of("en")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SILENT_BROWSER)
        page: Page = browser.new_context(locale="en-GB").new_page()
        page.on("request", lambda request: hosts.add(urlsplit(request.url).hostname or ""))
        page.on("websocket", lambda socket: hosts.add(urlsplit(socket.url).hostname or ""))
        page.set_default_timeout(SECONDS * 1000)
        expect.set_options(timeout=SECONDS * 1000)
        page.goto(office.sign_in)
        box = page.get_by_test_id("stChatInputTextArea")
        box.fill(QUESTION)
        box.press("Enter")
        expect(page.get_by_role("button", name=words("ask.again"))).to_be_visible()
        shown = page.locator("blockquote").first.inner_text()
        for name in ("documents", "search", "checks", "drafts", "audit", "reports"):
            page.get_by_role("link", name=words(f"pages.{name}"), exact=True).click()
            expect(page.get_by_role("heading", level=1)).to_have_count(1)
        browser.close()
    return {"shown": shown, "hosts": sorted(hosts)}


def evaluated(folder: Path) -> dict[str, Any]:
    """What `shoko eval` finds on a set of one document and one question."""
    folder.mkdir()
    row = {"pid": "gate", "text": "The gate of the plant opens at seven in the morning."}
    (folder / "corpus.jsonl").write_text(json.dumps(row) + "\n")
    asked = {"qid": "1", "question": "When does the gate open?", "pid": "gate", "answers": ["seven"]}
    (folder / "questions.jsonl").write_text(json.dumps(asked) + "\n")
    order = [sys.executable, "-c", "from cli.main import main; main()", "eval", str(folder), "--json"]
    done = subprocess.run(
        [*order, "--data", str(folder / "data")], capture_output=True, text=True, env=os.environ, check=False
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def main() -> None:
    """The report as JSON: what went out before, during and after the day."""
    folder = Path(sys.argv[1])
    way_out = WayOut(folder)
    report: dict[str, Any] = {"before": way_out.during(control)}
    report["during"] = way_out.during(lambda: report.update(a_day(folder)))
    report["after"] = way_out.during(control)
    print(json.dumps(report))


if __name__ == "__main__":
    main()
