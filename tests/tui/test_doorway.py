"""Who is let in to a served application, decided by headers alone."""

import pytest

from flows.errors import Refused
from tui.serving.doorway import SECRET_HEADER, SIGNED_IN, Door, Proxy, proxy_of, public_origin

SECRET = "0123456789abcdef0123456789abcdef"  # noqa: S105  of a test


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def refused(call, *given):
    with pytest.raises(Refused) as caught:
        call(*given)
    (item,) = caught.value.findings
    return item.code, item.params.get("problem", "")


@pytest.mark.parametrize(
    ("hosts", "known"),
    [
        (["127.0.0.1:8321"], True),
        (["LocalHost:8321"], True),
        (["[::1]:8321"], True),
        (["log.example.cn"], True),
        (["127.0.0.1"], False),
        (["127.0.0.1:80"], False),
        (["evil.example"], False),
        (["127.0.0.1:8321.evil.example"], False),
        (["127.0.0.1:8321", "127.0.0.1:8321"], False),
        ([""], False),
        ([], False),
    ],
)
def test_only_our_own_names_are_hosts(hosts, known):
    assert Door(8321, public="https://log.example.cn").knows_host(hosts) is known


@pytest.mark.parametrize(
    ("origins", "known"),
    [
        (["http://127.0.0.1:8321"], True),
        (["https://log.example.cn"], True),
        (["http://log.example.cn"], False),
        (["https://127.0.0.1:8321"], False),
        (["http://127.0.0.1:9000"], False),
        (["http://evil.example"], False),
        (["null"], False),
        (["http://127.0.0.1:8321", "http://evil.example"], False),
    ],
)
def test_only_our_own_pages_are_origins(origins, known):
    door = Door(8321, public="https://log.example.cn")
    assert door.knows_origin(origins) is known
    assert door.knows_origin(origins, needed=True) is known


def test_a_page_may_be_asked_for_without_an_origin_and_a_window_may_not():
    assert Door(8321).knows_origin([])
    assert not Door(8321).knows_origin([], needed=True)


def test_at_port_80_browsers_leave_the_port_out():
    assert Door(80).knows_host(["127.0.0.1"])
    assert Door(80).knows_origin(["http://localhost"])


def test_each_token_works_once_and_no_other_does():
    door = Door(8321, links=2)
    one, two = door.tokens
    for wrong in ("", one[:-1], one + "A", one.swapcase(), "令牌", "\udc80"):
        assert door.exchange(wrong) is None
    first = door.exchange(one)
    assert first is not None
    assert door.exchange(one) is None
    second = door.exchange(two)
    assert second not in {None, first}
    assert door.signed_in(first)
    assert door.signed_in(second)
    assert not any(door.signed_in(wrong) for wrong in ("", one, two, first[:-1], "\udc80"))


def test_after_a_shift_of_twelve_hours_a_browser_is_signed_in_no_longer():
    clock = Clock()
    door = Door(8321, clock=clock)
    cookie = door.exchange(door.tokens[0])
    clock.now = SIGNED_IN - 1
    assert door.signed_in(cookie)
    clock.now = SIGNED_IN + 1
    assert not door.signed_in(cookie)


def test_tokens_cannot_be_guessed_from_one_another():
    tokens = [token for _ in range(50) for token in Door(1, links=2).tokens]
    assert len(set(tokens)) == 100
    assert min(map(len, tokens)) >= 43  # 256 bits in base64


def test_behind_a_proxy_there_is_no_token():
    assert Door(8321, proxy=Proxy("X-Remote-User", SECRET), links=3).tokens == ()


@pytest.mark.parametrize(
    ("proofs", "names", "person"),
    [
        ([SECRET], ["li"], "li"),
        ([SECRET], ["李 明"], "李 明"),
        ([SECRET], ["x" * 64], "x" * 64),
        ([SECRET], ["x" * 65], None),
        ([SECRET], [""], None),
        ([SECRET], [" "], None),
        ([SECRET], [], None),
        ([SECRET], ["li", "boss"], None),
        ([SECRET], ["li\x1b[2J"], None),
        ([SECRET], ["l\udce9"], None),
        ([SECRET[:-1]], ["li"], None),
        (["密"], ["li"], None),
        ([SECRET, SECRET], ["li"], None),
        ([], ["li"], None),
    ],
)
def test_a_name_counts_only_with_the_secret_of_the_proxy(proofs, names, person):
    assert Door(8321, proxy=Proxy("X-Remote-User", SECRET)).person(proofs, names) == person


def test_without_a_proxy_nobody_is_named_by_a_header():
    assert Door(8321).person([SECRET], ["li"]) is None


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://log.example.cn", "https://log.example.cn"),
        ("https://Log.Example.cn/", "https://log.example.cn"),
        ("https://log.example.cn:443", "https://log.example.cn"),
        ("https://log.example.cn:8443", "https://log.example.cn:8443"),
        ("http://[fd00::1]:8080", "http://[fd00::1]:8080"),
    ],
)
def test_a_public_address_is_written_as_browsers_write_it(url, origin):
    assert public_origin(url) == origin


@pytest.mark.parametrize(
    "url",
    ["log.example.cn", "ftp://log.example.cn", "https://", "https://a.cn/park", "https://a.cn?x=1",
     "https://li@a.cn", "https://a.cn:port", "https://a.cn:99999", "https://[::1", "https://a;b.cn",
     "https://a.cn\nX: y", "https://a b.cn"],
)  # fmt: skip
def test_what_is_no_address_of_a_site_is_refused(url):
    assert refused(public_origin, url) == ("serve-url", "")


@pytest.fixture
def secret_file(tmp_path):
    def write(text=SECRET + "\n", mode=0o600):
        path = tmp_path / "secret"
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)
        return path

    return write


def test_a_proxy_is_told_by_header_secret_and_address(secret_file):
    proxy = proxy_of("X-Remote-User", secret_file(), "https://a.cn")
    assert proxy == Proxy("X-Remote-User", SECRET)
    assert SECRET not in repr(proxy)
    assert proxy_of(None, None, "https://a.cn") is None


def test_half_of_a_proxy_is_refused(secret_file):
    path = secret_file()
    for given in (("X-User", None, "https://a.cn"), (None, path, "https://a.cn"), ("X", path, "")):
        assert refused(proxy_of, *given) == ("serve-proxy", "")


@pytest.mark.parametrize("header", ["Host", "origin", "Cookie", "X User", "", "X:Y", SECRET_HEADER])
def test_a_header_that_means_something_else_is_refused(secret_file, header):
    given = (header, secret_file(), "https://a.cn")
    assert refused(proxy_of, *given) == ("serve-proxy", "header")


@pytest.mark.parametrize(
    ("text", "mode", "problem"),
    [
        (SECRET, 0o644, "open"),
        (SECRET, 0o640, "open"),
        (SECRET[:-1], 0o600, "short"),
        ("", 0o600, "short"),
        ("密" * 40, 0o600, "short"),
        (SECRET + "\n" + SECRET, 0o600, "short"),
    ],
)
def test_a_secret_that_is_none_is_refused(secret_file, text, mode, problem):
    given = ("X-Remote-User", secret_file(text, mode), "https://a.cn")
    assert refused(proxy_of, *given) == ("serve-proxy", problem)


def test_a_secret_file_that_is_not_there_is_refused(tmp_path):
    given = ("X-Remote-User", tmp_path / "none", "https://a.cn")
    assert refused(proxy_of, *given) == ("file-unreadable", "missing")
