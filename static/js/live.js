// The numbers beside the tabs, kept true while a page stays open. What changed is told by the socket; how many there are, by the server.

import { connect } from "./socket.js";

const NEWS = new Set(["message", "match", "room_closed"]);
const PAUSE = 400;

export default function live(tabs) {
  const title = document.title.replace(/^\(\d+\) /, "");
  let timer;

  async function count() {
    const answer = await fetch("/counts/", { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer?.ok) return;
    const counts = await answer.json();
    for (const [name, number] of Object.entries(counts)) {
      const badge = tabs.querySelector(`[data-count="${name}"]`);
      badge.hidden = !number;
      badge.firstElementChild.textContent = number;
    }
    if (!document.body.classList.contains("talk")) document.title = counts.unread ? `(${counts.unread}) ${title}` : title;
  }

  function soon(frame) {
    if (!NEWS.has(frame.type)) return;
    clearTimeout(timer);
    timer = setTimeout(count, PAUSE);
  }

  document.addEventListener("alliv:news", ({ detail }) => soon(detail));
  document.addEventListener("visibilitychange", () => document.hidden || count());
  document.addEventListener("htmx:afterSettle", () => count());
  if (document.body.classList.contains("talk")) return; // the conversation has a socket and passes the news on

  // Whoever only passes through needs no socket, and a page that is put aside must not hold one.
  let link;
  const open = () => (link ??= connect({ hear: soon }));
  const close = () => (link = link?.end());
  setTimeout(open, 1500);
  addEventListener("pagehide", close);
  addEventListener("pageshow", ({ persisted }) => persisted && (open(), count()));
}
