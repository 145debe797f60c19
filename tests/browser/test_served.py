"""The site as it is served: its own server, its own static files, from command to first answer."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Troubles
from tests.browser.hands import card, choose, drag_over, write

pytestmark = pytest.mark.flows

ROOT = Path(__file__).parent.parent.parent
PASSWORD = "long enough, 1"


@dataclass
class Site:
    url: str
    reading: str
    process: "subprocess.Popen[bytes]"


def manage(*command: str, environment: dict[str, str]) -> str:
    return subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    ).stdout


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """`migrate`, `demo` and `serve`, on a database of its own."""
    assets = settings.ASSETS_DIR
    if not (assets / "static" / "staticfiles.json").exists():
        pytest.skip("No static files were collected: run `make setup` first.")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {
        "PATH": os.environ["PATH"],
        "CATENA_STATE": str(tmp_path),
        "CATENA_ASSETS": str(assets),
        "CATENA_PORT": str(port),
        "CATENA_SECRET_KEY": "k" * 50,
    }
    manage("migrate", "--verbosity", "0", environment=environment)
    told = manage("demo", "--password", PASSWORD, environment=environment)
    process = subprocess.Popen(
        [sys.executable, "manage.py", "serve"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    [reading] = re.findall(r"^The reading: (\S+)$", told, re.M)
    _wait_for(port)
    yield Site(url, reading, process)
    if process.poll() is None:
        process.kill()
        process.wait()


def _wait_for(port: int) -> None:
    for _ in range(200):
        with socket.socket() as asking:
            if asking.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail("The server doesn't answer.")


def test_from_the_demo_s_address_to_a_note(
    site: Site, chromium: Browser, troubles: Troubles
) -> None:
    context = chromium.new_context()
    page = context.new_page()
    troubles.watch(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(site.reading)
    page.get_by_label("Email").fill("tomasz.wrona@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign In").click()
    drag_over(page, "there was a matter of a dog")
    choose(page, "comment")
    write(page, "Whose dog?")
    expect(card(page, "Whose dog?")).to_be_visible()
    assert page.evaluate("document.fonts.check('16px Literata')")
    ours = [url.removeprefix(site.url) for url in asked if "/static/" in url]
    assert [url for url in ours if not re.search(r"\.[0-9a-f]{12}\.\w+$", url)] == []
    assert [url for url in asked if not url.startswith(site.url)] == []
    context.close()

    site.process.send_signal(signal.SIGTERM)
    assert site.process.wait(timeout=10) == 0
