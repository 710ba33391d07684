// Keys for the ranked list: ← pass, → like, ↑ super like, Z undo, ? help. They press the buttons that are there for everybody.

const KEPT = "alliv.keys";
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const typing = "input, textarea, select, [contenteditable], [role=combobox]";

const cards = () => [...document.querySelectorAll("#results [data-card]")];
const inView = (card) => card.getBoundingClientRect().bottom > 120;

/** The card that has the focus, else the one marked before, else the first in view. */
function current() {
  const all = cards();
  return all.find((card) => card.contains(document.activeElement)) ?? all.find((card) => "current" in card.dataset) ?? all.find(inView);
}

function mark(card) {
  for (const other of cards()) delete other.dataset.current;
  if (card) card.dataset.current = "";
}

export default function discover(help, first) {
  const asked = help.querySelector("[data-keys]");
  asked.checked = localStorage.getItem(KEPT) !== "off";
  asked.addEventListener("change", () => localStorage.setItem(KEPT, asked.checked ? "on" : "off"));

  const act = (action) => {
    const card = current();
    if (!card) return false;
    mark(card);
    card.querySelector(`[data-swipe] button[value="${action}"]`)?.click();
    return true;
  };
  const undo = () => {
    const button = document.querySelector("[data-undo] button");
    button?.click();
    return Boolean(button);
  };
  const keys = {
    ArrowLeft: () => act("pass"),
    ArrowRight: () => act("like"),
    // ↑ also scrolls: it is ours only where it could not, or when a card has the focus.
    ArrowUp: () => (scrollY === 0 || document.activeElement.closest("[data-card]")) && act("super_like"),
    z: undo,
    Z: undo,
  };

  function onKey(event) {
    if (event.defaultPrevented || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest?.(typing)) return;
    if (event.key === "?") {
      event.preventDefault();
      help.togglePopover();
    } else if (asked.checked && !help.matches(":popover-open") && keys[event.key]?.()) event.preventDefault();
  }

  // An answer takes the card away at once; it comes back when the server refuses. The same place in the list is then the next
  // person: the focus goes there, and without motion where that was asked for.
  let place = -1;
  let answered;
  document.addEventListener("htmx:beforeRequest", (event) => {
    const card = event.detail.elt.closest("[data-card]");
    place = card ? cards().indexOf(card) : event.detail.elt.matches("[data-undo]") ? 0 : -1;
    if (!card) return;
    answered = card.closest("li");
    answered.hidden = true;
    cards()[place + 1]?.focus({ preventScroll: true });
  });
  for (const failure of ["htmx:responseError", "htmx:sendError"]) document.addEventListener(failure, () => {
    if (answered) answered.hidden = false;
    place = -1;
  });
  document.addEventListener("htmx:afterSettle", ({ detail }) => {
    if (detail.requestConfig?.elt.matches(".pager a")) detail.target.querySelector("[data-card]")?.focus({ preventScroll: true });
    if (place < 0) return;
    const card = cards()[Math.min(place, cards().length - 1)];
    place = -1;
    mark(card);
    card?.focus({ preventScroll: true });
    if (!calm.matches) card?.scrollIntoView({ block: "nearest", behavior: "smooth" });
  });

  document.addEventListener("focusin", (event) => {
    const card = event.target.closest("[data-card]");
    if (card) mark(card);
  });
  document.addEventListener("keydown", onKey);
  mark(current());
  if (first?.type === "keydown") onKey(first);
}
