"""`parkflow serve` as a process: asked by programs, by a proxy, and by a real browser."""

import asyncio
import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import aiohttp
import pytest
import textual_serve
from aiohttp import web
from textual_serve.download_manager import DownloadManager

from reports.words import Words
from tui.serving import answers
from tui.serving import server as serving
from tui.serving.doorway import Door
from tui.serving.window import Window

PARKFLOW = Path(sys.executable).with_name("parkflow")
SECRET = "0123456789abcdef0123456789abcdef"  # noqa: S105  of a test
#: Escape sequences between the letters on a screen.
CONTROL = re.compile(r"\x1b\[[0-9;?<>=]*[A-Za-z$]*")
F9, ENTER = "\x1b[20~", "\r"
UPGRADE = {
    "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}  # fmt: skip


class Served:
    """A server on a port that was free; ended as by Ctrl+C."""

    def __init__(self, program, *words, lang="en"):
        self.home = program.home
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(program.home), "PARKFLOW_LANG": lang,
            "PARKFLOW_BY": "night shift", "TOP_SECRET": "of the server",
        }  # fmt: skip
        self.process = subprocess.Popen(
            [PARKFLOW, "serve", "--json", "--port", "0", "--day", "2025-03-01", *words],
            cwd=program.folder, env=environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        self.told = json.loads(self.process.stdout.readline())
        self.port = self.told["port"]
        self.host = f"127.0.0.1:{self.port}"
        self.origin = f"http://{self.host}"
        self.token = self.told["url"].partition("token=")[2]

    def get(self, path="/", **headers):
        """Status, headers and text of one answer; the headers exactly as given, and Host."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        with contextlib.closing(connection):
            connection.putrequest("GET", path, skip_host=True)
            for name, value in ({"Host": self.host} | headers).items():
                connection.putheader(name, value)
            connection.endheaders()
            answer = connection.getresponse()
            text = "" if answer.status == 101 else answer.read().decode()
            return answer.status, answer.headers, text

    def sign_in(self, token=None):
        _, headers, _ = self.get(f"/?token={token or self.token}")
        return {"Cookie": headers["Set-Cookie"].partition(";")[0]}

    def look(self, headers, scene, **options):
        """Open a window as a browser does, and play a scene on it."""

        async def run():
            address = f"ws://{self.host}/ws?width=100&height=40"
            async with (
                aiohttp.ClientSession() as client,
                client.ws_connect(
                    address, headers=headers | {"Origin": self.origin} | options
                ) as socket,
            ):
                return await scene(Seen(socket))

        return asyncio.run(run())

    def children(self):
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(word) for word in path.read_text().split()]

    @property
    def log(self):
        return "".join(path.read_text("utf-8") for path in self.home.rglob("parkflow.log"))

    def end(self, number=signal.SIGINT):
        if self.process.poll() is None:
            self.process.send_signal(number)
        out, err = self.process.communicate(timeout=40)
        return self.process.returncode, out, err


class Seen:
    """What a window shows."""

    def __init__(self, socket):
        self.socket = socket
        self.text = ""

    async def until(self, text, seconds=30.0):
        async with asyncio.timeout(seconds):
            while text not in self.text:
                message = await self.socket.receive()
                assert message.type is aiohttp.WSMsgType.BINARY, (message, self.text[-500:])
                self.text += CONTROL.sub("", message.data.decode("utf-8", "replace"))

    async def type(self, text):
        await self.socket.send_json(["stdin", text])


@pytest.fixture
def served(program):
    started = []

    def start(*words, **options):
        started.append(Served(program, *words, **options))
        return started[-1]

    yield start
    for one in started:
        one.end()


@pytest.fixture(scope="module")
def asked(tmp_path_factory, fresh, in_folder):
    """A server that is only asked: no token of it is used up."""
    home = tmp_path_factory.mktemp("asked")
    one = Served(in_folder(fresh, home))
    yield one
    one.end()


def started_with(process):
    """Words and environment of a process."""
    words = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
    return words, Path(f"/proc/{process}/environ").read_text()


def gone(process):
    """Wait until a process has ended; one that nobody has asked after yet has."""
    end = time.monotonic() + 20
    state = Path(f"/proc/{process}/stat")
    while state.exists() and state.read_text().rpartition(") ")[2][0] != "Z":
        assert time.monotonic() < end
        time.sleep(0.05)


def entries(folder):
    """Who entered what, as the ledger has it."""
    with contextlib.closing(sqlite3.connect(folder / "park.db")) as ledger:
        return ledger.execute("SELECT kind, authenticated, claimed FROM event").fetchall()


def test_the_start_line_is_what_the_page_of_formats_says(asked):
    page = (Path(__file__).parents[3] / "docs" / "formats.md").read_text("utf-8")
    contract = json.loads(re.search(r"```json keys=serve\n(.*?)```", page, re.DOTALL)[1])
    assert asked.told.keys() == contract.keys()
    assert asked.told["url"].startswith(f"http://127.0.0.1:{asked.port}/?token=")
    assert asked.told["pid"] == asked.process.pid
    assert asked.told["readonly"]


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.0.2.1", "example.cn", ""])  # noqa: S104
def test_an_address_that_others_can_reach_is_refused_in_words(program, address):
    ended = program("serve", "--host", address, "--json", check=False)
    assert ended.code == 1
    assert ended.codes == ["serve-address"]
    assert "proxy that signs people in" in ended.json["findings"][0]["text"]


def test_a_port_in_use_is_refused_in_words(program, asked):
    ended = program("serve", "--port", asked.port, "--json", check=False)
    assert (ended.code, ended.codes) == (1, ["serve-port"])


def test_without_a_park_nothing_is_served(program, tmp_path):
    ended = program("serve", "--park", tmp_path, "--json", check=False)
    assert (ended.code, ended.codes) == (1, ["park-missing"])


def test_it_listens_on_this_computer_alone(asked):
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    listening = [line.split()[1] for line in lines if line.split()[3] == "0A"]
    assert [one for one in listening if one.endswith(f":{asked.port:04X}")] == [
        f"0100007F:{asked.port:04X}"
    ]


@pytest.mark.parametrize(
    "path", ["/", "/?token=", "/?token=wrong", "/static/page.js", "/ws", "/download/x", "/etc"]
)
def test_nobody_comes_in_without_a_token(asked, path):
    status, headers, text = asked.get(path)
    assert status == 403
    assert "parkflow serve" in text
    assert "Set-Cookie" not in headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "0.0.0.0:{port}"]
)
def test_a_foreign_host_is_refused_even_with_the_right_token(asked, host):
    status, _, _ = asked.get(f"/?token={asked.token}", Host=host.format(port=asked.port))
    assert status == 403


@pytest.mark.parametrize("path", ["http://evil.example{of}", "//evil.example{of}", "{of}%00"])
def test_an_address_that_names_another_place_leads_nowhere(asked, path):
    status, _, text = asked.get(path.format(of=f"/?token={asked.token}x"))
    assert status in {400, 403}
    assert "parkflow" not in text or status == 403


def test_headers_without_end_are_refused(asked):
    assert asked.get("/", **{"X-Long": "x" * 100_000})[0] == 400
    assert asked.get("/")[0] == 403


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1"])
def test_a_foreign_origin_is_refused_even_with_the_right_token(asked, origin):
    assert asked.get(f"/?token={asked.token}", Origin=origin)[0] == 403


def test_a_browser_that_looks_ahead_uses_no_token_up(asked):
    assert asked.get(f"/?token={asked.token}", **{"Sec-Purpose": "prefetch"})[0] == 403


def test_a_token_works_once_and_leaves_a_cookie_that_only_the_page_gets(served):
    one = served("--links", "2")
    first, second = (url.partition("token=")[2] for url in one.told["urls"])
    status, headers, _ = one.get(f"/?token={first}")
    assert status == 200
    kept = {part.strip() for part in headers["Set-Cookie"].split(";")[1:]}
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= kept
    assert one.get(f"/?token={first}")[0] == 403
    signed = one.sign_in(second)
    assert one.get("/", **signed)[0] == 200
    assert first not in one.log
    assert second not in one.log
    assert "wrong or used token" in one.log


def test_no_page_of_another_site_opens_a_window_even_with_the_cookie(served):
    one = served()
    signed = one.sign_in()
    for foreign in ({"Origin": "http://evil.example"}, {"Origin": "null"}, {}):
        assert one.get("/ws", **signed, **UPGRADE, **foreign)[0] == 403
    own = {"Origin": one.origin}
    assert one.get("/ws", **signed, **UPGRADE, **own, Host="evil.example")[0] == 403
    assert one.get("/ws", **UPGRADE, **own)[0] == 403
    assert one.children() == []
    assert one.get("/ws", **signed, **UPGRADE, **own)[0] == 101


def test_another_page_gets_nothing_even_where_the_browser_sends_the_cookie(served):
    one = served()
    signed = one.sign_in()
    asking = {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors"}
    assert one.get("/static/page.js", **signed, **asking)[0] == 403
    status, headers, _ = one.get("/static/page.js", **signed)
    assert status == 200
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_only_the_four_files_of_the_page_are_given_out(served):
    one = served()
    signed = one.sign_in()
    for path in ("/static/", "/static/../serving.py", "/static/%2e%2e%2fserving.py", "/download/x"):
        assert one.get(path, **signed)[0] in {403, 404}
    _, headers, page = one.get("/", **signed)
    asked_for = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert asked_for == [
        "data:,", "/static/xterm.css", "/static/page.css", "/static/page.js", "/static/textual.js"
    ]  # fmt: skip
    assert "<script>" not in page
    script = re.search(r"script-src ([^;]*)", headers["Content-Security-Policy"])[1]
    assert script == "'self'"
    assert headers["X-Frame-Options"] == "DENY"


def test_a_window_shows_the_day_and_its_process_has_no_shell_and_no_secret(served):
    one = served(lang="zh")

    async def scene(seen):
        await seen.until("待录")
        (child,) = one.children()
        return child, *started_with(child), seen.text

    child, words, environment, text = one.look(one.sign_in(), scene)
    assert "2025-03-01" in text
    assert words[1:4] == [b"-P", b"-m", b"tui.serving.child"]
    assert Path(words[0].decode()).resolve() == Path(sys.executable).resolve()
    assert not {"sh", "bash", "dash"} & {Path(word.decode()).name for word in words}
    assert "TOP_SECRET" not in environment
    assert "night shift" not in environment  # who started the server is not who looks
    gone(child)


def test_without_a_proxy_a_browser_only_looks(served, program):
    one = served()

    async def scene(seen):
        await seen.until("read-only")
        await seen.until("crane scale")  # the park is read
        await seen.type("1200" + ENTER + F9)
        await asyncio.sleep(2)

    before = entries(program.folder)
    one.look(one.sign_in(), scene)
    assert entries(program.folder) == before
    assert list(program.home.rglob("*.jsonl")) == []


NONSENSE = (
    "{", "[]", "[1]", '["stdin", 5]', '["stdin", "\\ud800"]', "[" * 50_000,
    '["resize", {"width": "x"}]', '["resize", {"width": -5, "height": 99999999}]',
)  # fmt: skip


def test_a_message_that_makes_no_sense_harms_no_window(served):
    one = served()

    async def scene(seen):
        await seen.until("due")
        for text in NONSENSE:
            await seen.socket.send_str(text)
        await seen.socket.send_json(["ping", "7"])
        while True:
            message = await seen.socket.receive(timeout=20)
            assert message.type in {aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT}
            if message.type is aiohttp.WSMsgType.TEXT:
                return json.loads(message.data)

    assert one.look(one.sign_in(), scene) == ["pong", "7"]


def test_more_windows_than_allowed_are_refused_in_words(served):
    one = served("--windows", "1")
    signed = one.sign_in()

    async def scene(seen):
        await seen.until("due")
        async with (
            aiohttp.ClientSession() as client,
            client.ws_connect(
                f"ws://{one.host}/ws", headers=signed | {"Origin": one.origin}
            ) as second,
        ):
            return (await second.receive(timeout=20)).data.decode()

    assert "1 windows are open" in one.look(signed, scene)


def test_a_reload_at_the_limit_gets_its_window_while_the_one_before_still_leaves(served):
    one = served("--windows", "1")
    signed = one.sign_in()

    async def scene():
        async with aiohttp.ClientSession(headers=signed | {"Origin": one.origin}) as client:
            for _ in range(2):
                async with client.ws_connect(f"ws://{one.host}/ws?width=100&height=40") as socket:
                    await Seen(socket).until("due")

    asyncio.run(scene())


def test_a_browser_that_reads_nothing_holds_up_nobody_and_fills_no_memory(served):
    one = served("--windows", "2")
    signed = one.sign_in()

    def memory():
        status = Path(f"/proc/{one.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) / 1024

    async def scene(seen):
        await seen.until("due")
        before = memory()
        async with (
            aiohttp.ClientSession(headers=signed | {"Origin": one.origin}) as client,
            client.ws_connect(f"ws://{one.host}/ws?width=200&height=60") as deaf,
        ):
            for at in range(400):
                await deaf.send_json(["resize", {"width": 300 + at % 2, "height": 100}])
            await seen.type("\x1bOS")  # F4
            await seen.until("Residual")
            return memory() - before

    assert one.look(signed, scene) < 64.0


def test_a_park_file_broken_meanwhile_is_told_in_the_window(served, program):
    one = served()
    (program.folder / "park.toml").write_text("[park\n", encoding="utf-8")

    async def scene(seen):
        await seen.until("park.toml")
        closed = await seen.socket.receive(timeout=20)
        return closed.type, seen.text

    ended, text = one.look(one.sign_in(), scene)
    assert ended is aiohttp.WSMsgType.CLOSE
    assert "Traceback" not in text


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_server_ends_with_its_windows_and_says_nothing_odd(served, number):
    one = served()

    async def scene(seen):
        await seen.until("due")
        (child,) = one.children()
        code, out, err = await asyncio.to_thread(one.end, number)
        return child, code, out, err

    child, code, out, err = one.look(one.sign_in(), scene)
    assert (code, out, err) == (0, "", "")
    assert not Path(f"/proc/{child}").exists()


def test_where_the_server_is_killed_its_windows_end_too(served):
    one = served()

    async def scene(seen):
        await seen.until("due")
        (child,) = one.children()
        one.process.kill()
        await asyncio.to_thread(gone, child)

    one.look(one.sign_in(), scene)


@pytest.fixture
def behind(served, tmp_path):
    path = tmp_path / "secret"
    path.write_text(SECRET)
    path.chmod(0o600)
    words = ("--trust-header", "X-Remote-User", "--proxy-secret-file", str(path),
             "--public-url", "https://log.example.cn")  # fmt: skip
    return lambda *more: served(*words, *more)


PROXY = {
    "Host": "log.example.cn", "Origin": "https://log.example.cn", "X-Parkflow-Proxy": SECRET,
    "X-Remote-User": "li",
}  # fmt: skip


def test_behind_a_proxy_entries_bear_the_name_of_who_signed_in(behind, program):
    one = behind()
    assert one.told["url"] == "https://log.example.cn/"
    assert one.told["identity"] == "proxy"
    status, headers, page = one.get("/", **PROXY)
    assert status == 200
    assert "wss://log.example.cn/ws" in page
    assert "connect-src 'self' wss://log.example.cn;" in headers["Content-Security-Policy"]

    async def scene(seen):
        await seen.until("due")
        await seen.type("1200" + ENTER)
        await seen.until("+ typed")
        await seen.type(F9)
        end = time.monotonic() + 20
        while "li" not in {claimed for _, _, claimed in entries(program.folder)}:
            assert time.monotonic() < end, seen.text[-2000:]
            await asyncio.sleep(0.1)

    one.look(PROXY, scene, Origin=PROXY["Origin"])
    (row,) = [row for row in program("sheet", "--day", "2025-03-01", "--json").json if row["value"]]
    assert row["value"] == 1200
    assert "night shift" not in {claimed for _, _, claimed in entries(program.folder)}


@pytest.mark.parametrize(
    "lacking",
    [{"X-Parkflow-Proxy": "0" * 32}, {"X-Remote-User": ""}, {"Host": "127.0.0.1"},
     {"Origin": "https://evil.example"}],
    ids=lambda one: next(iter(one)),
)  # fmt: skip
def test_nobody_else_can_say_who_somebody_is(behind, lacking):
    one = behind()
    assert one.get("/", **(PROXY | lacking))[0] == 403
    assert one.get("/ws", **(PROXY | UPGRADE | lacking))[0] == 403
    assert one.get("/?token=x")[0] == 403


def test_read_only_holds_for_those_who_signed_in_too(behind, program):
    one = behind("--readonly")
    assert one.told["readonly"]

    async def scene(seen):
        await seen.until("read-only")
        await seen.until("crane scale")  # the park is read
        await seen.type("1200" + ENTER + F9)
        await asyncio.sleep(2)

    one.look(PROXY, scene, Origin=PROXY["Origin"])
    assert "li" not in {claimed for _, _, claimed in entries(program.folder)}


REPORT = "<!doctype html><title>a month</title><script>document.title += '!'</script>"


def put_reports(park):
    """Reports of the list, and beside them what is none."""
    folder = park / "reports"
    folder.mkdir()
    (folder / "report-2025-03-en-2.html").write_text(REPORT, encoding="utf-8")
    (folder / "\u6708\u62a5.html").write_text("not of the list", encoding="utf-8")
    (folder / "report-link.html").symlink_to(park / "park.toml")
    (folder / "report-folder.html").mkdir()
    (park / "report-\u6708 #1.html").write_text(REPORT, encoding="utf-8")


@pytest.fixture
def reports(program):
    put_reports(program.folder)


@pytest.fixture(scope="module")
def with_reports(tmp_path_factory, fresh, in_folder):
    """A server with reports and things beside them, and a browser that is signed in."""
    home = tmp_path_factory.mktemp("reports")
    shutil.copytree(fresh, home / "park")
    put_reports(home / "park")
    one = Served(in_folder(home / "park", home))
    yield one, one.sign_in()
    one.end()


def test_a_report_of_the_list_is_shown_as_a_page_that_reaches_nothing_of_ours(with_reports):
    one, signed = with_reports
    status, headers, text = one.get("/report/0/report-2025-03-en-2.html", **signed)
    assert (status, text) == (200, REPORT)
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Content-Disposition"].startswith("inline; filename*=UTF-8''report-2025-03")
    policy = headers["Content-Security-Policy"]
    assert policy.startswith(
        "sandbox allow-scripts allow-modals allow-downloads; default-src 'none'"
    )
    assert "allow-same-origin" not in policy
    assert "connect-src 'none'" in policy
    assert "Cross-Origin-Opener-Policy" not in headers  # with a sandbox it is an error
    assert headers["X-Frame-Options"] == "DENY"
    assert one.get("/report/1/report-%E6%9C%88%20%231.html", **signed)[0] == 200


@pytest.mark.parametrize(
    "path",
    ["0/park.toml", "1/park.toml", "1/park.db", "1/reports", "0/%E6%9C%88%E6%8A%A5.html",
     "0/report-link.html", "0/report-folder.html", "0/..%2Fpark.toml", "0/../park.toml",
     "0/%2e%2e%2fpark.toml", "0/..%5Cpark.toml", "0/report-2025-03-en-2.html%00",
     "0//report-2025-03-en-2.html", "0/report*.html", "3/report-2025-03-en-2.html",
     "-1/report-2025-03-en-2.html", "x/report-2025-03-en-2.html", "0/%2Fetc%2Fpasswd", "0/"],
)  # fmt: skip
def test_nothing_is_given_out_that_the_list_does_not_name(with_reports, path):
    one, signed = with_reports
    assert one.get(f"/report/{path}", **signed)[0] == 404


def test_a_report_is_shown_to_nobody_who_may_not_come_in(with_reports):
    one, signed = with_reports
    path = "/report/0/report-2025-03-en-2.html"
    assert one.get(path)[0] == 403
    foreign = ({"Origin": "null"}, {"Origin": "http://evil.example"}, {"Host": "evil.example"},
               {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"})  # fmt: skip
    for one_more in foreign:
        assert one.get(path, **signed, **one_more)[0] == 403


@pytest.mark.usefixtures("reports")
def test_the_report_screen_opens_a_tab_of_the_browser(served):
    one = served()

    async def scene(seen):
        await seen.until("due")
        await seen.type("\x1b[18~")  # F7
        await seen.until("-2025-03-en-2.html")  # cells that are as they were come no second time
        assert "-folder.html" not in seen.text
        await seen.type("\x1b[Ho")  # Home, o
        async with asyncio.timeout(20):
            while (message := await seen.socket.receive()).type is not aiohttp.WSMsgType.TEXT:
                assert message.type is aiohttp.WSMsgType.BINARY
        return json.loads(message.data)

    asked, told = one.look(one.sign_in(), scene)
    assert asked == "open_url"
    assert told["new_tab"]
    assert one.get(told["url"])[0] == 403
    assert re.fullmatch(r"/report/[01]/report-.*\.html", told["url"])


LEADS = """
from textual.app import App
class Leads(App):
    def on_ready(self):
        for url in ("http://evil.example/", "//evil.example/report/0/x", "/ws", "/report/0/../ws",
                    "/report/0/a?b", "javascript:alert(1)", "/report/0/report-2025.html"):
            self.open_url(url)
        self.exit()
Leads().run()
"""


def test_an_application_leads_a_browser_to_reports_and_nowhere_else():
    async def run():
        told = asyncio.Queue()

        async def nothing(*_given):
            pass

        async def heard(text):
            await told.put(json.loads(text))

        window = Window(
            [sys.executable, "-c", LEADS], dict(os.environ), owner="li", write_bytes=nothing,
            write_str=heard, close=nothing, download_manager=DownloadManager(),
        )  # fmt: skip
        await window.start(80, 24)
        first = await asyncio.wait_for(told.get(), 20)
        await window.stop()
        return first, told.empty()

    only = ["open_url", {"url": "/report/0/report-2025.html", "new_tab": True}]
    assert asyncio.run(run()) == (only, True)


DELIVERS = """
import io
from textual.app import App
class Delivers(App):
    def on_ready(self):
        load = io.BytesIO(b"<p>a month")
        self.deliver_binary(load, save_filename="\u6708\u62a5 3.html", mime_type="text/html")
Delivers().run()
"""


def test_a_file_that_is_handed_out_goes_to_its_window_alone_and_is_saved_not_shown(
    monkeypatch, tmp_path
):
    plan = serving.Plan(tmp_path, "en")
    monkeypatch.setattr(serving, "child_argv", lambda _plan: [sys.executable, "-c", DELIVERS])

    async def answers(client, host, own, other):
        socket_of_ours = own | {"Origin": f"http://{host}"}
        async with client.ws_connect(f"ws://{host}/ws", headers=socket_of_ours) as socket:
            message = await socket.receive(timeout=20)
            while message.type is not aiohttp.WSMsgType.TEXT:
                message = await socket.receive(timeout=20)
            asked, key = json.loads(message.data)
            assert asked == "deliver_file_start"
            for headers in (other, own):
                async with client.get(f"http://{host}/download/{key}", headers=headers) as answer:
                    yield answer.status, answer.headers, await answer.read()

    async def run():
        with serving.bound(plan) as listening:
            host = f"127.0.0.1:{listening.getsockname()[1]}"
            door = Door(listening.getsockname()[1], links=2)
            own, other = ({"Cookie": f"{door.cookie}={door.exchange(t)}"} for t in door.tokens)
            served = serving.Serving(plan, door, Words("en"))
            runner = web.AppRunner(served.application(), access_log=None)
            await runner.setup()
            await web.SockSite(runner, listening).start()
            try:
                async with aiohttp.ClientSession() as client:
                    return [one async for one in answers(client, host, own, other)]
            finally:
                await runner.cleanup()

    (refused, _, _), (status, headers, body) = asyncio.run(run())
    assert refused == 403
    assert (status, body) == (200, b"<p>a month")
    assert headers["Content-Type"] == "application/octet-stream"
    assert (
        headers["Content-Disposition"] == "attachment; filename*=UTF-8''%E6%9C%88%E6%8A%A5%203.html"
    )
    assert headers["X-Content-Type-Options"] == "nosniff"


def _chromium():
    names = ("chromium", "chromium-browser", "google-chrome")
    found = os.environ.get("PARKFLOW_CHROMIUM") or next(filter(None, map(shutil.which, names)), "")
    if not found:
        reason = "no Chromium found; set PARKFLOW_CHROMIUM to its path"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def test_the_page_needs_no_graphics_driver():
    """The line that asks for one still stands in textual-serve's script, and not in ours."""
    theirs = Path(textual_serve.__file__).parent / "static" / "js" / "textual.js"
    line = b"this.terminal.loadAddon(this.webglAddon),"
    assert theirs.read_bytes().count(line) == 1
    assert line not in answers.statics()["textual.js"][1]


@pytest.mark.browser
def test_a_real_browser_shows_the_day_and_asks_nobody_else(served):
    path = _chromium()
    from playwright.sync_api import sync_playwright

    one = served(lang="zh")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        asked, said, failed, shown, sockets = [], [], [], [], []

        def received(load):  # playwright marks its listeners, and a method cannot be marked
            shown.append(load)

        def opened(socket):
            sockets.append(socket.url)
            socket.on("framereceived", received)

        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append((message.type, message.text)))
        page.on("requestfailed", lambda request: failed.append(request.url))
        page.on("pageerror", lambda error: said.append(("error", str(error))))
        page.on("websocket", opened)
        page.goto(one.told["url"])
        page.locator("body.-first-byte").wait_for(timeout=30_000)

        def text():
            whole = b"".join(load for load in shown if isinstance(load, bytes))
            return CONTROL.sub("", whole.decode("utf-8", "replace"))

        end = time.monotonic() + 30
        while "待录" not in text() or "只读" not in text():
            assert time.monotonic() < end, text()[-1000:]
            page.wait_for_timeout(100)
        assert page.url == f"{one.origin}/"  # the token is gone from the address
        focused = page.evaluate("document.activeElement.className")
        assert focused == "xterm-helper-textarea"  # no click is needed before typing
        assert page.evaluate("document.cookie") == ""
        page.keyboard.press("q")
        page.locator("#again").wait_for(timeout=20_000)
        assert page.locator("#ended").inner_text().startswith("此窗口已结束")
        page.locator("#again").press("Enter")
        page.locator("body.-first-byte:not(.-closed)").wait_for(timeout=30_000)
        before = [text for kind, text in said if kind in {"error", "warning"}]
        page.goto(one.told["url"])
        assert "仅可使用一次" in page.locator("body").inner_text()
        browser.close()
    assert {url.partition("/?")[0].rstrip("/") for url in asked if "/static/" not in url} <= {
        one.origin, "data:,"
    }  # fmt: skip
    assert all(url.startswith((f"{one.origin}/", "data:")) for url in asked)
    assert set(sockets) == {sockets[0]}
    assert sockets[0].startswith(f"ws://{one.host}/ws?")
    assert before == []
    # the used token, asked for on purpose
    (wrong,) = [text for kind, text in said if kind in {"error", "warning"}]
    assert "403 (Forbidden)" in wrong
    assert failed == []
