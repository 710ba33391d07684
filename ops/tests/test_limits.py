"""Limits on use: exact, per member or address, and never the reason for a failure."""

import socket
import threading
import time
from collections.abc import Iterator
from functools import partial
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as actual
from django.core.cache import cache, caches
from django.test import RequestFactory

from accounts.models import Member
from alliv.settings import impatient
from ops import limits
from ops.addresses import address_of
from ops.limits import RULES, Rule, Usage, take
from tests.support import Api, api, race, refused


@pytest.fixture(autouse=True)
def _limits(settings: Any) -> Any:
    settings.LIMITS_ENABLED = True
    limits.ask_again()
    cache.clear()
    caches["here"].clear()
    yield
    limits.ask_again()
    cache.clear()
    caches["here"].clear()


def asked_from(remote: str, forwarded: str = "") -> Any:
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    return RequestFactory(headers=headers, REMOTE_ADDR=remote).get("/")


@pytest.mark.unit
class TestAddresses:
    @pytest.mark.parametrize(
        ("proxies", "remote", "forwarded", "address"),
        [
            (0, "192.0.2.7", "", "192.0.2.7"),
            (0, "192.0.2.7", "203.0.113.9", "192.0.2.7"),  # nobody in front is believed
            (1, "10.0.0.1", "203.0.113.9", "203.0.113.9"),
            (1, "10.0.0.1", "1.1.1.1, 203.0.113.9", "203.0.113.9"),  # what the client wrote stands further left
            (2, "10.0.0.1", "1.1.1.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
            (2, "10.0.0.1", "203.0.113.9", "10.0.0.1"),
            (1, "10.0.0.1", "", "10.0.0.1"),
            (1, "10.0.0.1", "not an address", "unknown"),
            (0, "2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::/64"),
            (0, "", "", "unknown"),
        ],
    )
    def test_who_asks(self, proxies: int, remote: str, forwarded: str, address: str, settings: Any) -> None:
        settings.TRUSTED_PROXIES = proxies
        assert address_of(asked_from(remote, forwarded)) == address


@pytest.mark.unit
class TestCounting:
    """In this process, as the embedded default counts."""

    @pytest.fixture(autouse=True)
    def _cache(self, settings: Any) -> None:
        settings.CACHES = {
            **actual.CACHES,
            "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": uuid4().hex},
        }

    def test_a_rule_lets_through_what_it_says(self) -> None:
        for _ in range(RULES["register"].limit):
            take("register", "ana")
        with pytest.raises(limits.TooMany) as refusal:
            take("register", "ana")
        assert 1 <= int(refusal.value.headers["Retry-After"]) <= RULES["register"].seconds
        take("register", "ben")

    def test_switched_off_it_counts_nothing(self, settings: Any) -> None:
        settings.LIMITS_ENABLED = False
        assert [take("register", "ana") for _ in range(10)] == [None] * 10

    def test_windows_of_different_keys_begin_at_different_moments(self) -> None:
        resets = {take("member", str(number)).reset for number in range(50)}  # type: ignore[union-attr]
        assert len(resets) > 10

    def test_the_headers_say_what_is_left(self) -> None:
        usage = Usage("member", 600, 60, 601, 7)
        assert usage.headers == {"RateLimit-Policy": '"member";q=600;w=60', "RateLimit": '"member";r=0;t=7'}


@pytest.mark.unit
class TestWithoutACache:
    @pytest.fixture(autouse=True)
    def _gone(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        def gone(*args: Any, **kwargs: Any) -> None:
            raise ConnectionError("redis.internal is gone")

        monkeypatch.setattr(limits, "get_usage", gone)
        caches["here"].clear()
        yield
        limits.ask_again()
        caches["here"].clear()

    @pytest.mark.parametrize("name", [name for name, rule in RULES.items() if rule.guarded])
    def test_what_is_guarded_holds_more_strictly(self, name: str) -> None:
        allowed = max(1, RULES[name].limit // 2)
        for _ in range(allowed):
            take(name, "ana")
        with pytest.raises(limits.TooMany):
            take(name, "ana")

    @pytest.mark.parametrize("name", [name for name, rule in RULES.items() if not rule.guarded])
    def test_the_rest_holds_in_this_process(self, name: str) -> None:
        """A crowd that is too much for the cache must not get through for that very reason."""
        for _ in range(RULES[name].limit):
            take(name, "ana")
        with pytest.raises(limits.TooMany):
            take(name, "ana")


@pytest.mark.integration
@pytest.mark.django_db
class TestApi:
    @pytest.fixture
    def few(self, monkeypatch: pytest.MonkeyPatch) -> Any:
        """`few(member=2)` sets limits."""

        def set_rules(**rules: int) -> None:
            for name, limit in rules.items():
                monkeypatch.setitem(RULES, name, Rule(limit, 600, RULES[name].guarded))

        return set_rules

    def test_a_member_is_counted_wherever_they_are(self, ana: Member, ben: Member, few: Any) -> None:
        few(member=2)
        first, second = api(ana), api(ana)
        answers = [client.get("/api/fields", REMOTE_ADDR=address) for client, address in ((first, "192.0.2.1"), (second, "192.0.2.2"))]
        assert [answer["RateLimit"].split(";t=")[0] for answer in answers] == ['"member";r=1', '"member";r=0']
        answer = first.get("/api/fields")
        refused(answer, 429, "rate_limited")
        assert 1 <= int(answer["Retry-After"]) <= 600
        assert api(ben).get("/api/fields").status_code == 200

    def test_strangers_are_counted_by_address(self, few: Any) -> None:
        few(anonymous=1)
        statuses = [
            Api(REMOTE_ADDR=address).post("/api/auth/logout", {"refresh": "x"}).status_code
            for address in ("192.0.2.1", "192.0.2.2", "192.0.2.1", "2001:db8::1", "2001:db8::2")
        ]
        assert statuses == [204, 204, 429, 204, 429]

    @pytest.mark.parametrize("header", ["", "Bearer nonsense"])
    def test_who_is_refused_at_the_door_is_counted_too(self, header: str, few: Any, db: None) -> None:
        few(anonymous=2)
        knocking = Api(headers={"Authorization": header} if header else {})
        answers = [knocking.get("/api/me") for _ in range(4)]
        assert [answer.status_code for answer in answers] == [401, 401, 429, 429]
        assert answers[0]["RateLimit"].startswith('"anonymous";r=1')
        refused(answers[-1], 429, "rate_limited")
        assert int(answers[-1]["Retry-After"]) > 0

    def test_a_member_who_may_not_is_counted_as_the_member(self, ana: Member, few: Any) -> None:
        few(member=3)
        answers = [api(ana).get("/api/admin/skill-compatibility") for _ in range(4)]
        assert [answer.status_code for answer in answers] == [403, 403, 403, 429]

    def test_a_wrong_password_is_counted_once(self, few: Any, db: None) -> None:
        few(anonymous=2)
        body = {"email": "nobody@example.org", "password": "wrong"}
        assert [Api().post("/api/auth/login", body).status_code for _ in range(3)] == [401, 401, 429]

    def test_five_logins_of_one_account_from_one_address(self, ana: Member, ben: Member) -> None:
        client = Api()
        for _ in range(5):
            refused(client.post("/api/auth/login", {"email": "ana@example.org", "password": "wrong"}), 401, "invalid_credentials")
        refused(client.post("/api/auth/login", {"email": "ANA@example.org", "password": "correct horse 42 battery"}), 429, "rate_limited")
        assert client.post("/api/auth/login", {"email": "ben@example.org", "password": "correct horse 42 battery"}).status_code == 200
        elsewhere = Api(REMOTE_ADDR="198.51.100.4")
        assert elsewhere.post("/api/auth/login", {"email": "ana@example.org", "password": "correct horse 42 battery"}).status_code == 200

    def test_a_page_keeps_the_same_count_as_the_api(self, ana: Member) -> None:
        client = Api()
        for _ in range(5):
            client.post("/accounts/login/", {"email": "ana@example.org", "password": "wrong"}, format="multipart")
        refused(client.post("/api/auth/login", {"email": "ana@example.org", "password": "correct horse 42 battery"}), 429, "rate_limited")

    def test_three_registrations_from_one_address(self) -> None:
        body = {"password": "a calm harbour 71", "name": "Noor", "birthdate": "1990-01-01"}
        statuses = [Api().post("/api/auth/register", {**body, "email": f"n{number}@example.org"}).status_code for number in range(4)]
        assert statuses == [201, 201, 201, 429]

    def test_a_search_is_counted_on_its_own(self, ana: Member, few: Any) -> None:
        few(search=1)
        client = api(ana)
        assert client.get("/api/skills?q=py")["RateLimit-Policy"] == '"search";q=1;w=600'
        refused(client.get("/api/skills?q=py"), 429, "rate_limited")
        assert client.get("/api/fields").status_code == 200


@pytest.mark.integration
@pytest.mark.django_db(transaction=True)
def test_no_number_of_simultaneous_requests_passes_a_limit() -> None:
    outcomes = race(*[partial(take, "login", "ana")] * 40)
    assert sum(isinstance(outcome, Usage) for outcome in outcomes) == RULES["login"].limit


@pytest.mark.integration
@pytest.mark.skipif(not actual.REDIS_URL, reason="counts in Redis")
def test_who_finds_no_connection_to_redis_waits_for_one() -> None:
    """And is not counted as if Redis was gone: a burst of requests would pass the limit once more in each process."""
    pool = caches["default"]._cache._get_connection_pool(write=True)
    held = [pool.get_connection() for _ in range(pool.max_connections)]
    threading.Timer(0.2, lambda: [pool.release(connection) for connection in held]).start()
    assert take("login", "ana").limit == RULES["login"].limit
    assert limits._asked_again_at == 0


@pytest.mark.unit
def test_a_user_that_is_nobody_is_counted_by_address() -> None:
    assert limits.key_of(SimpleNamespace(user=None, META={"REMOTE_ADDR": "192.0.2.1"})) == "192.0.2.1"  # type: ignore[arg-type]


@pytest.mark.integration
@pytest.mark.slow
def test_a_server_that_hangs_holds_nobody_up_for_long(settings: Any, stranger: Any, db: None) -> None:
    """It takes connections and never answers. The first request waits for it, those behind do not."""
    working = settings.CACHES
    with socket.create_server(("127.0.0.1", 0), backlog=16) as hung:
        address = impatient(f"redis://127.0.0.1:{hung.getsockname()[1]}/0")
        options = {"pool_class": "redis.BlockingConnectionPool", "max_connections": 50, "timeout": 3}
        hanging = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": address, "OPTIONS": options}
        settings.CACHES = {**working, "default": hanging}
        seconds = []
        for _ in range(2):
            began = time.monotonic()
            answer = stranger.post("/api/auth/login", {"email": "ana@example.org", "password": "wrong"})
            seconds.append(time.monotonic() - began)
            refused(answer, 401, "invalid_credentials")
    settings.CACHES = working
    assert 1 <= seconds[0] < 3
    assert seconds[1] < 1
