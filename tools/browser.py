"""A page in Debian's chromium, without a window: what it says on its console, its keys, its size, its picture.

    with Browser.started() as browser:
        page = browser.opened(Path("plan.html"), width=390, dark=True)
        page.evaluate("document.title")

It speaks the DevTools protocol over two pipes, so that no port is open and nothing else is needed. The browser has a
profile of its own, which is gone afterwards, and no network.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")

FLAGS = (
    "--headless=new",
    "--no-sandbox",  # in a container root has no user namespace; the pages are our own
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)

Json = Any


class NoBrowser(Exception):
    """There is none, or it said no."""


class Browser:
    """A browser that runs."""

    def __init__(self, requests: BinaryIO, answers: BinaryIO) -> None:
        self._requests = requests
        self._answers = answers
        self._number = 0
        self._rest = b""
        self.events: list[Json] = []

    @classmethod
    @contextmanager
    def started(cls) -> Iterator[Browser]:
        """Run a browser until the block ends. Raises NoBrowser where there is none."""
        program = next(filter(None, map(shutil.which, PROGRAMS)), None)
        if program is None:
            raise NoBrowser(f"none of {', '.join(PROGRAMS)} is on the PATH: install Debian's package `chromium`")
        to_browser, from_us = os.pipe()
        to_us, from_browser = os.pipe()
        with tempfile.TemporaryDirectory() as profile, open(from_us, "wb") as requests, open(to_us, "rb") as answers:
            # The protocol reads from descriptor 3 and writes to 4; bash puts them there, other shells know 0 to 9.
            words = [program, *FLAGS, f"--user-data-dir={profile}", "about:blank"]
            shell = ["bash", "-c", f'exec "$@" 3<&{to_browser} 4>&{from_browser}', "bash", *words]
            process = subprocess.Popen(
                shell, pass_fds=(to_browser, from_browser), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            os.close(to_browser)
            os.close(from_browser)
            try:
                yield cls(requests, answers)
            finally:
                process.terminate()
                process.wait(20)

    def call(self, method: str, session: str | None = None, **parameters: Json) -> Json:
        """The answer to one command; what happens meanwhile is kept in `events`. Raises NoBrowser."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        self._requests.write(json.dumps(message | ({"sessionId": session} if session else {})).encode() + b"\0")
        self._requests.flush()
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise NoBrowser(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)

    def _next(self) -> Json:
        while b"\0" not in self._rest:
            read = os.read(self._answers.fileno(), 1 << 16)
            if not read:
                raise NoBrowser("the browser ended")
            self._rest += read
        message, _, self._rest = self._rest.partition(b"\0")
        return json.loads(message)

    def opened(self, path: Path, *, width: int = 1280, height: int = 900, dark: bool = False) -> Page:
        """A file in a tab of its own, loaded whole, in a window of a size and with a colour scheme."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, session)
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.call(f"{domain}.enable")
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        page.call("Emulation.setDeviceMetricsOverride", **metrics)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        page.call("Emulation.setEmulatedMedia", features=[scheme])
        page.call("Page.navigate", url=path.resolve().as_uri())
        page.settle()
        return page


class Page:
    """One tab."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser = browser
        self._session = session

    def call(self, method: str, **parameters: Json) -> Json:
        """The answer of this tab to one command."""
        return self._browser.call(method, self._session, **parameters)

    def settle(self) -> None:
        """Wait until the document is loaded."""
        self.evaluate("new Promise(done => document.readyState === 'complete' ? done() : onload = () => done())")

    def evaluate(self, expression: str) -> Json:
        """The value of an expression in the page. Raises NoBrowser where it throws."""
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise NoBrowser(json.dumps(answer["exceptionDetails"])[:500])
        return answer["result"].get("value")

    def press(self, key: str, code: int = 0, text: str = "") -> None:
        """A key goes down and up again."""
        shared = {"key": key, "windowsVirtualKeyCode": code}
        self.call("Input.dispatchKeyEvent", type="keyDown", **shared, **({"text": text} if text else {}))
        self.call("Input.dispatchKeyEvent", type="keyUp", **shared)

    def type(self, text: str) -> None:
        """Characters, one key after the other."""
        for character in text:
            self.press(character, text=character)

    def complaints(self) -> list[str]:
        """What the browser had to say: errors, what the page's policy kept from running, requests that it made."""
        self.call("Runtime.evaluate", expression="0")  # what happened before has then arrived
        found = []
        for event in self._browser.events:
            if event.get("sessionId") != self._session:
                continue
            method, told = event["method"], event["params"]
            if method in ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded"):
                found.append(f"{method}: {json.dumps(told)[:300]}")
            if method == "Network.requestWillBeSent" and not told["request"]["url"].startswith(("file:", "data:")):
                found.append(f"request: {told['request']['url'][:300]}")
        return found

    def picture(self) -> bytes:
        """What is seen, as a PNG."""
        return base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])
