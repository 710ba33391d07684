"""Every page × state × theme: nothing that axe objects to, nothing wider than the window, nothing that keys do not reach.

Screenshots of all of them at three widths lie in `test-results/pages/` afterwards, to be looked at.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Page

from tests.e2e.gallery import State, anonymous, members
from tests.e2e.people import Cast

pytestmark = pytest.mark.e2e

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
SHOTS = Path(__file__).resolve().parents[2] / "test-results" / "pages"
WIDE, MIDDLE, NARROW = ({"width": width, "height": height} for width, height in ((1280, 860), (768, 1024), (360, 740)))
NARROWEST, ZOOMED = {"width": 320, "height": 568}, {"width": 640, "height": 430}
NewPage = Callable[..., Page]

# What sticks out at a side, without what scrolls by itself or is there for screen readers only.
STICKS_OUT = """() => {
  const wide = document.scrollingElement.scrollWidth - innerWidth;
  const out = [...document.querySelectorAll('body *')].filter((one) => {
    const box = one.getBoundingClientRect();
    return box.width > 1 && box.height > 1 && (box.right > innerWidth + 1 || box.left < -1)
      && !one.closest('pre, .sr, .skip, .meta, svg') && one.checkVisibility();
  });
  return wide > 0 || out.length ? [wide, ...out.slice(0, 3).map((one) => one.outerHTML.slice(0, 120))] : [];
}"""
LONGER = """() => {
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), texts = [];
  while (walk.nextNode()) texts.push(walk.currentNode);
  for (const text of texts.filter((one) => !one.parentElement.closest('script, style, [dir=auto], bdi, code, pre, .num, .brand, .avatar, time')))
    text.data = text.data.replace(/[^\\s]{4,}/g, (word) => word + 'x'.repeat(Math.ceil(word.length * 0.4)));
  for (const text of texts.filter((one) => one.data.trim() && one.parentElement.closest('[dir=auto]:not(textarea), bdi:not([dir])')))
    text.data = 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft';
}"""
FOCUSED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const shown = [one, one.closest('.picker')].filter(Boolean).some((part) => {
    const style = getComputedStyle(part);
    return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  });
  const again = one.dataset.reached === 'left';  // a date is three stops of one element
  document.querySelectorAll('[data-reached]').forEach((other) => other === one || (other.dataset.reached = 'left'));
  one.dataset.reached = '';
  return { shown, again, what: one.outerHTML.slice(0, 120) };
}"""
# What is made of a field once it is seen has to be there before the keys come by.
WAKE = """async () => {
  for (let top = 0; top < document.body.scrollHeight; top += 400) {
    scrollTo(0, top);
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 30)));
  }
  document.activeElement?.blur();
  scrollTo(0, 0);
}"""
UNREACHED = """() => [...document.querySelectorAll('a[href], button, input, select, textarea, summary')]
  .filter((one) => !('reached' in one.dataset) && !one.disabled && one.type !== 'hidden' && one.checkVisibility({ visibilityProperty: true })
    && !(one.type === 'radio' && document.querySelector(`[name="${one.name}"][data-reached]`)))
  .map((one) => one.outerHTML.slice(0, 120))"""


def states(cast: Cast) -> list[State]:
    return [*anonymous(), *members(cast)]


def show(page: Page, state: State) -> None:
    answer = page.goto(state.path)
    assert answer
    assert answer.status == state.status, state.name
    if state.do:
        state.do(page)


def visit(new_page: NewPage, cast: Cast, **options: object) -> Callable[[State], Page]:
    """Opens states, each in the browser of whom it belongs to; the answer 404 is no complaint where it is what was asked for."""
    pages: dict[str | None, Page] = {}

    def open_state(state: State) -> Page:
        if state.who not in pages:
            kept = {"storage_state": cast.states[state.who]} if state.who else {}
            pages[state.who] = new_page(forgive="status of 40[04]", **kept, **options)
        show(pages[state.who], state)
        return pages[state.who]

    return open_state


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_is_sound(theme: str, new_page: NewPage, cast: Cast) -> None:
    """axe, a picture at each width, the narrowest window and one zoomed to 200 %; once also text of twice the size, and the
    narrowest window from right to left with words 40 % longer, and one of 80 letters wherever members write."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    objections: list[object] = []
    open_state = visit(new_page, cast, color_scheme=theme, viewport=WIDE)
    for state in states(cast):
        page = open_state(state)
        page.evaluate(AXE)
        found = page.evaluate("() => axe.run(document, { resultTypes: ['violations'], preload: false })")["violations"]
        objections += [(state.name, one["id"], one["nodes"][0]["html"][:160], one["nodes"][0]["failureSummary"][:200]) for one in found]
        for size in (WIDE, MIDDLE, NARROW):
            page.set_viewport_size(size)
            page.screenshot(path=SHOTS / f"{state.name}-{size['width']}-{theme}.jpg", type="jpeg", quality=60)
        objections += [(state.name, *told) for told in sticking_out(page, stretched=theme == "light")]
        page.set_viewport_size(WIDE)
    assert objections == []


def sticking_out(page: Page, *, stretched: bool) -> Iterator[tuple[str, object]]:
    for what, size in {"320 px": NARROWEST, "200 % of 1280 px": ZOOMED}.items():
        page.set_viewport_size(size)
        if found := page.evaluate(STICKS_OUT):
            yield what, found
    if not stretched:
        return
    page.set_viewport_size(WIDE)
    page.evaluate("() => (document.documentElement.style.fontSize = '2.125em')")
    if found := page.evaluate(STICKS_OUT):
        yield "text of twice the size", found
    page.set_viewport_size(NARROWEST)
    page.evaluate("() => { document.documentElement.style.fontSize = ''; document.documentElement.dir = 'rtl'; }")
    page.evaluate(LONGER)
    if found := page.evaluate(STICKS_OUT):
        yield "from right to left, with words 40 % longer and members who write one of 80 letters", found


def test_keys_reach_everything_and_one_sees_where(new_page: NewPage, cast: Cast) -> None:
    open_state = visit(new_page, cast, viewport=WIDE)
    invisible, unreached = {}, {}
    for state in (state for state in states(cast) if state.name not in {"components", "developers", "discover-keys", "onboarding"}):
        page = open_state(state)
        page.evaluate(WAKE)
        for _ in range(300):
            page.keyboard.press("Tab")
            focused = page.evaluate(FOCUSED)
            if focused is None:  # beyond the last: the next one is the first
                continue
            if focused["again"]:
                break
            if not focused["shown"]:
                invisible[state.name] = focused["what"]
        if left := page.evaluate(UNREACHED):
            unreached[state.name] = left[:3]
    assert invisible == {}
    assert unreached == {}
