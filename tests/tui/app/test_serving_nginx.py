"""The example of docs/serving.md with a real nginx before it, where one is installed."""

import asyncio
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import pytest

PARKFLOW = Path(sys.executable).with_name("parkflow")
PAGE = Path(__file__).parents[3] / "docs" / "serving.md"
NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
pytestmark = pytest.mark.skipif(
    NGINX is None or shutil.which("openssl") is None, reason="nginx or openssl is not installed"
)
MAIN = """
{user} daemon off; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{ access_log off; {temporary} {example} }}
"""


def free_port():
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return asked.getsockname()[1]


def openssl(*words):
    return subprocess.run(["openssl", *words], check=True, capture_output=True, text=True).stdout


def example(folder, outside, inside):
    """nginx's part of the page, with this machine's folders and ports."""
    text = re.search(r"```nginx\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)[1]
    for old, new in {
        "listen 443 ssl": f"listen 127.0.0.1:{outside} ssl",
        "log.example.cn;": f"localhost:{outside};",
        f"server_name localhost:{outside};": "server_name localhost;",
        "127.0.0.1:8321": f"127.0.0.1:{inside}",
        "/etc/nginx/": f"{folder}/",
    }.items():
        assert old in text
        text = text.replace(old, new)
    return text


@contextmanager
def running(words, folder, **more):
    with (folder / f"{Path(words[0]).name}.log").open("w") as log:
        process = subprocess.Popen(words, stdout=log, stderr=log, **more)
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture
def site(tmp_path, fresh):
    folder = tmp_path / "proxy"
    folder.mkdir()
    shutil.copytree(fresh, tmp_path / "park")
    outside, inside = free_port(), free_port()
    secret = openssl("rand", "-hex", "32").strip()
    (folder / "secret").touch(0o600)
    (folder / "secret").write_text(secret)
    key, certificate = (folder / f"log.example.cn.{end}" for end in ("key", "pem"))
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
            "-keyout", str(key), "-out", str(certificate))  # fmt: skip
    users = [f"{name}:{openssl('passwd', '-apr1', name * 2)}" for name in ("wang", "li")]
    (folder / "parkflow.users").write_text("".join(users))
    (folder / "parkflow-proxy.conf").write_text(f'proxy_set_header X-Parkflow-Proxy "{secret}";')
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    user = "user root;" if os.geteuid() == 0 else ""  # else nobody, who cannot read tmp_path
    text = MAIN.format(
        folder=folder, user=user, temporary=temporary, example=example(folder, outside, inside)
    )
    (folder / "nginx.conf").write_text(text)
    public = f"https://localhost:{outside}"
    serve = [
        PARKFLOW, "serve", "--park", tmp_path / "park", "--port", inside, "--public-url", public,
        "--trust-header", "X-Remote-User", "--proxy-secret-file", folder / "secret",
        "--day", "2025-03-01", "--lang", "en",
    ]  # fmt: skip
    home = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    with (
        running([NGINX, "-c", str(folder / "nginx.conf")], folder),
        running([str(word) for word in serve], folder, env=home),
    ):
        for port in (outside, inside):
            until = time.monotonic() + 20
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    assert time.monotonic() < until, [
                        path.read_text() for path in folder.glob("*.log")
                    ]
                    time.sleep(0.05)
        yield public, inside


class Browser:
    """A window of somebody who signed in: what it shows, without its colors."""

    def __init__(self, socket_):
        self.socket, self.shown = socket_, ""

    async def shows(self, text):
        until = time.monotonic() + 20
        while text not in self.shown:
            assert time.monotonic() < until, (text, self.shown[-3000:])
            try:
                message = await asyncio.wait_for(self.socket.receive(), 10)
            except TimeoutError:
                raise AssertionError((text, self.shown[-3000:])) from None
            assert message.type is aiohttp.WSMsgType.BINARY, message
            told = message.data.decode("utf-8", "replace")
            self.shown += re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", told)

    async def types(self, *keys):
        for key in keys:
            await self.socket.send_str(json.dumps(["stdin", key]))


def test_who_signed_in_enters_under_that_name_and_a_second_one_sees_it(site):
    public, inside = site
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE

    def signed_in(name):
        login = {"Authorization": aiohttp.encode_basic_auth(name, name * 2)}
        # a name that the browser puts there itself is replaced
        return login | {"Origin": public, "X-Remote-User": "eve"}

    async def scene():
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trusting)) as web:
            async with web.get(public) as answer:
                refused = answer.status
            async with web.get(
                f"http://127.0.0.1:{inside}/", headers={"X-Remote-User": "li"}
            ) as past:
                beside = past.status
            address = f"{public.replace('https', 'wss')}/ws?width=100&height=30"
            async with (
                web.ws_connect(address, headers=signed_in("wang")) as one,
                web.ws_connect(address, headers=signed_in("li")) as two,
            ):
                wang, li = Browser(one), Browser(two)
                await wang.shows("wang (operator)")
                await li.shows("li (operator)")
                await wang.shows("0/")
                await wang.types("1", "6", "0", "0", "\r")
                await wang.shows("not saved: 1")
                await wang.types("\x1b[20~")  # F9, before all is loaded
                await wang.shows("Saved")
                await li.shows("1,600")
        return refused, beside

    assert asyncio.run(scene()) == (401, 403)
