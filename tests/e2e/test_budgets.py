"""What a page may weigh, measured by the browser on what production sends: hashed, compressed, nothing kept from before."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import CDPSession, Page

from tests.e2e.people import Cast, until

pytestmark = pytest.mark.e2e

KIB = 1024


@dataclass
class Fetched:
    url: str
    kind: str
    encoding: str
    size: int = 0  # bytes that came over the network, heads included; 0 when the browser had it


class Meter:
    """Everything a page fetches but photos."""

    def __init__(self, page: Page) -> None:
        self.found: dict[str, Fetched] = {}
        session: CDPSession = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.responseReceived", self._begin)
        session.on("Network.loadingFinished", self._end)

    def _begin(self, event: dict[str, object]) -> None:
        response = event["response"]
        assert isinstance(response, dict)
        if "/photos/" not in response["url"] and not response["url"].startswith("data:"):
            heads = {name.lower(): value for name, value in response["headers"].items()}
            self.found[str(event["requestId"])] = Fetched(response["url"], str(event["type"]), heads.get("content-encoding", ""))

    def _end(self, event: dict[str, object]) -> None:
        if one := self.found.get(str(event["requestId"])):
            one.size = int(str(event["encodedDataLength"]))

    def rows(self) -> list[Fetched]:
        return list(self.found.values())

    def size(self, kind: str = "") -> int:
        return sum(row.size for row in self.rows() if kind in row.kind)


@pytest.fixture
def first_visit(new_page: Callable[..., Page], cast: Cast) -> Callable[[str], tuple[Page, Meter]]:
    def visit(path: str) -> tuple[Page, Meter]:
        page = new_page(storage_state=cast.states["ana"])
        meter = Meter(page)
        page.goto(path, wait_until="networkidle")
        page.wait_for_timeout(2000)  # what comes later, such as the socket's first news, counts as well
        return page, meter

    return visit


def test_discover_is_light(first_visit: Callable[[str], tuple[Page, Meter]]) -> None:
    page, meter = first_visit("/discover/")
    told = [(row.url, row.size) for row in meter.rows()]
    print(
        "\nfirst visit to Discover:",
        len(told),
        "requests,",
        meter.size(),
        "bytes; JavaScript",
        meter.size("Script"),
        "CSS",
        meter.size("Stylesheet"),
    )
    assert len(told) <= 8, told
    assert meter.size() <= 35 * KIB, told
    assert meter.size("Script") <= 20 * KIB
    assert meter.size("Stylesheet") <= 8 * KIB
    assert {row.encoding for row in meter.rows() if "/static/" in row.url} == {"br"}
    meter.found.clear()
    page.goto("/matches/", wait_until="networkidle")
    page.goto("/discover/", wait_until="networkidle")
    fetched = {
        row.kind for row in meter.rows() if row.size and "/static/" in row.url and "manifest" not in row.url and "icon" not in row.url
    }
    assert fetched == set(), [row for row in meter.rows() if row.size]


def test_a_feature_costs_only_where_it_is_used(first_visit: Callable[[str], tuple[Page, Meter]]) -> None:
    page, meter = first_visit("/discover/")
    before = {row.url for row in meter.rows()}
    assert not [url for url in before if "htmx" in url or "chat" in url or "picker" in url]
    page.hover("[data-card] button[value=like] >> nth=0")
    page.wait_for_function("() => Boolean(window.htmx)")
    # While Playwright waits it hears what was fetched; while we sleep it does not.
    until(lambda: page.wait_for_timeout(50) or any("/discover." in row.url for row in meter.rows()), "what Discover's buttons need")
    later = [row for row in meter.rows() if row.url not in before and row.kind == "Script"]
    assert [row.url.rpartition("/")[2].split(".")[0] for row in later if "htmx" not in row.url] == ["discover"]
    assert sum(row.size for row in later if "htmx" in row.url) <= 16 * KIB


@pytest.mark.parametrize("path", ["/inbox/{room}/", "/settings/profile/", "/onboarding/?step=photo"])
def test_a_module_of_one_page_is_small(path: str, first_visit: Callable[[str], tuple[Page, Meter]], cast: Cast) -> None:
    _page, meter = first_visit(path.format(room=cast.room))
    scripts = {row.url.rpartition("/")[2]: row.size for row in meter.rows() if row.kind == "Script"}
    assert scripts
    assert max(scripts.values()) <= 10 * KIB, scripts
    assert meter.size("Script") <= 20 * KIB
