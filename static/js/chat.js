// One conversation, live. The page works without this: here it learns to send at once, to wait for a lost connection, and to listen.
//
// What is shown is a list of messages by id; of two states of one message the higher seq wins, so nothing has to arrive in order.
// `cursor` is the seq up to which every event is here. A hole behind it is filled by REST; after a pause `resume` tells the rest.
// What is written waits in the outbox (IndexedDB) until the server says that it is stored. The same client_id is stored once, so
// sending again is always safe.

import { connect } from "./socket.js";

const EDIT_MS = 15 * 60 * 1000;
const TYPING_MS = 5000;
const AGAIN = new Set(["busy", "unavailable", "rate_limited", "internal"]); // errors that pass

export default function mount(root) {
  if (new URLSearchParams(location.search).has("before")) return; // old pages: what is new has no place below them
  const { room, me } = root.dataset;
  const at = (name, within = root) => within.querySelector(`[data-slot="${name}"]`);
  const [list, scroll, composer, banner] = ["list", "scroll", "composer", "banner"].map((name) => at(name));
  const field = composer.elements.body;
  const say = words(root);
  const title = document.title;
  const lang = document.documentElement.lang;
  const outbox = openOutbox();
  const waiting = new Map();
  let cursor = Number(root.dataset.head);
  let peerRead = Number(root.dataset.peerRead);
  let ownRead = cursor;
  let unread = 0;
  let editing = null;

  // --- The list ---

  const messages = () => [...list.querySelectorAll(".message")];
  const isMine = (item) => item.classList.contains("mine");
  const positionOf = (item) => Number(item.dataset.position) || Infinity; // what is not stored yet stands last
  const timeOf = (item) => at("time", item).querySelector("time").dateTime;
  const byClientId = (id) => list.querySelector(`.message[data-client-id="${id}"]`);
  const byId = (id) => list.querySelector(`.message[data-id="${id}"]`);
  const atBottom = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;
  const toBottom = () => (scroll.scrollTop = scroll.scrollHeight);

  function steadily(change) {
    const follow = atBottom();
    const result = change();
    if (follow) toBottom();
    return result;
  }

  /** Shows a message as the server tells it. True when it is new here. */
  function upsert(message, isHistory = false) {
    const mine = message.sender === me;
    const known = byId(message.id) ?? (mine && byClientId(message.client_id)); // a client_id means something to its sender only
    if (known && Number(known.dataset.seq) >= message.seq) return false;
    if (!known && !isHistory && at("earlier") && message.position < positionOf(messages()[0])) return false; // nobody sees it yet
    steadily(() => {
      const item = known || blank(mine, message.client_id, message.created_at);
      Object.assign(item.dataset, { id: message.id, position: message.position, seq: message.seq });
      fill(item, message);
      place(item);
    });
    if (mine) settle(message.client_id);
    return !known;
  }

  function blank(mine, clientId, time) {
    const item = clone(mine ? "message-mine" : "message-theirs").firstElementChild;
    item.dataset.clientId = clientId;
    const stamp = document.createElement("time");
    stamp.dateTime = time;
    stamp.dataset.local = "";
    stamp.textContent = clock(time);
    at("time", item).replaceChildren(stamp);
    return item;
  }

  const clock = (time) => new Date(time).toLocaleTimeString(lang, { hour: "2-digit", minute: "2-digit" });

  function fill(item, message) {
    const bubble = at("body", item);
    bubble.dir = "auto";
    bubble.classList.toggle("gone", message.deleted);
    bubble.replaceChildren(...(message.photo ? [picture(message.photo)] : []), message.deleted ? say.deleted : message.body);
    if (at("edited", item)) at("edited", item).hidden = !message.edited_at || message.deleted;
    if (!isMine(item)) return;
    if (message.deleted) setState(item, null);
    else setState(item, message.position <= peerRead ? "read" : "sent");
  }

  function picture(photo) {
    const link = document.createElement("a");
    link.href = photo.urls.page;
    const image = document.createElement("img");
    Object.assign(image, { src: photo.urls.card, alt: photo.alt, width: photo.width, height: photo.height, loading: "lazy" });
    link.append(image);
    return link;
  }

  /** Puts a message where its position belongs. */
  function place(item) {
    const before = messages().findLast((other) => other !== item && positionOf(other) <= positionOf(item));
    if (before) before.after(item);
    else list.prepend(item);
    at("empty")?.remove();
    drawLines();
  }

  /** A line above every day's first message, in the reader's own zone, and a gap where the speaker changes. */
  function drawLines() {
    list.querySelectorAll("[data-day]").forEach((line) => line.remove());
    let last = null;
    for (const item of messages()) {
      const time = new Date(timeOf(item));
      const above = item.previousElementSibling?.dataset.slot === "unread" ? item.previousElementSibling : item;
      if (last?.time.toDateString() !== time.toDateString()) above.before(dayLine(time));
      item.classList.toggle("first", isMine(item) !== last?.mine);
      last = { time, mine: isMine(item) };
    }
  }

  function dayLine(time) {
    const line = clone("day-divider");
    const stamp = line.querySelector("time");
    stamp.dateTime = time.toISOString();
    stamp.dataset.local = "";
    stamp.textContent = time.toLocaleDateString(lang, { day: "numeric", month: "long", year: "numeric" });
    return line;
  }

  function setState(item, state) {
    item.dataset.state = state ?? "";
    const stamp = item.querySelector(".stamp");
    stamp.querySelectorAll('[data-slot="state"], [data-act]:not(.acts *)').forEach((part) => part.remove());
    const acts = stamp.querySelector(".acts"); // stays what it is: it may be open
    if (state !== "sent" && state !== "read") acts?.remove();
    else if (!acts) stamp.append(clone("message-acts"));
    if (state) stamp.insertBefore(clone(`state-${state}`), stamp.querySelector(".acts"));
  }

  function peerHasRead(seq) {
    peerRead = Math.max(peerRead, seq);
    for (const item of messages()) if (item.dataset.state === "sent" && positionOf(item) <= peerRead) setState(item, "read");
  }

  // --- What is unread ---

  function incoming(message) {
    at("typing").textContent = "";
    at("announce").textContent = `${say.says} ${message.body}`;
    if (document.hidden || !atBottom()) {
      if (!unread) {
        at("unread")?.remove();
        byId(message.id).before(clone("unread-divider"));
      }
      unread += 1;
      document.title = `(${unread}) ${title}`;
    }
    see();
  }

  /** What stands at the bottom of a visible page has been seen. */
  function see() {
    if (document.hidden || !atBottom()) return;
    unread = 0;
    document.title = title;
    if (cursor > ownRead && link.live) {
      ownRead = cursor;
      link.say({ type: "read", room, seq: cursor });
    }
  }

  // --- The outbox ---

  function write(body) {
    const entry = { client_id: uuid(), room, me, body, at: new Date().toISOString() };
    outbox.put(entry);
    queue(entry);
    toBottom();
  }

  function queue(entry) {
    waiting.set(entry.client_id, entry);
    steadily(() => {
      const item = byClientId(entry.client_id) ?? blank(true, entry.client_id, entry.at);
      at("body", item).textContent = entry.body;
      setState(item, entry.failed ? "failed" : "sending");
      place(item);
    });
    transmit(entry);
  }

  function transmit({ client_id, body, failed }) {
    if (link.live && !failed) link.say({ type: "send", room, client_id, body });
  }

  /** The server has it, or nobody wants it: nothing waits any more. */
  async function settle(clientId) {
    if (waiting.delete(clientId)) await outbox.delete(clientId);
  }

  function acknowledged(ack) {
    const item = byClientId(ack.client_id);
    settle(ack.client_id);
    if (item && !item.dataset.id) {
      Object.assign(item.dataset, { id: ack.id, position: ack.seq, seq: ack.seq });
      setState(item, ack.seq <= peerRead ? "read" : "sent");
      steadily(() => place(item));
    }
    advance(ack.seq);
  }

  function refused({ code, detail, client_id }) {
    const entry = waiting.get(client_id);
    if (!entry) return toast(code === "rate_limited" ? say["too-fast"] : detail);
    if (AGAIN.has(code)) return setTimeout(() => transmit(entry), 1000 + Math.random() * 2000);
    entry.failed = true;
    outbox.put(entry);
    setState(byClientId(client_id), "failed");
  }

  async function restore() {
    for (const entry of await outbox.all()) {
      if (entry.room !== room || entry.me !== me) continue;
      if (byClientId(entry.client_id)?.dataset.id) outbox.delete(entry.client_id); // it arrived; only the answer was lost
      else queue(entry);
    }
  }

  // --- Catching up ---

  function advance(seq) {
    if (seq === cursor + 1) cursor = seq;
    else if (seq > cursor + 1 && link.live) catchUp();
  }

  let catching = null;
  const catchUp = () => (catching ??= fetchMissed().finally(() => (catching = null)));

  async function fetchMissed() {
    for (let last = cursor, more = true; more; ) {
      const page = await ask(`after=${last}&limit=100`);
      if (!page) return;
      page.results.forEach(take);
      last = page.results.at(-1)?.seq ?? last;
      more = page.has_more;
      if (!more) cursor = Math.max(cursor, last, page.head);
    }
    see();
  }

  function take(message) {
    if (upsert(message) && message.sender !== me && !message.deleted) incoming(message);
  }

  async function ask(query) {
    const response = await fetch(`/api/chat/rooms/${room}/messages?${query}`, { headers: { Accept: "application/json" } }).catch(() => null);
    if (response?.status === 404) close("closed");
    return response?.ok ? response.json() : null;
  }

  async function earlier(event) {
    event.preventDefault();
    const anchor = event.currentTarget;
    const first = messages().find((item) => item.dataset.position);
    const page = await ask(`before=${first.dataset.position}&limit=50`);
    if (!page) return toast(document.body.dataset.offline);
    const height = scroll.scrollHeight;
    page.results.forEach((message) => upsert(message, true));
    if (!page.has_more) anchor.parentElement.remove();
    scroll.scrollTop += scroll.scrollHeight - height;
  }

  // --- What the server says ---

  let typingEnds;
  const heard = {
    hello(frame) {
      const state = frame.rooms[room];
      if (!state) return close("closed");
      link.patience = (2 * frame.heartbeat + 5) * 1000;
      ownRead = state.read_seq; // what was said into a dead connection is said again
      peerHasRead(state.peer_read_seq);
      link.say({ type: "resume", rooms: { [room]: cursor } });
    },
    resumed(frame) {
      link.live = true;
      link.tries = 0;
      if (!catching) cursor = Math.max(cursor, frame.rooms[room] ?? 0);
      waiting.forEach(transmit);
      tell(null);
      see();
    },
    message(frame) {
      take(frame);
      if (link.live) advance(frame.seq); // before, `resumed` says how far it goes
      see();
    },
    ack: acknowledged,
    error: refused,
    gap: catchUp,
    read: (frame) => frame.member !== me && peerHasRead(frame.seq),
    heartbeat: (frame) => setTimeout(() => frame.rooms[room] > cursor && catchUp(), 1000),
    typing(frame) {
      clearTimeout(typingEnds);
      at("typing").textContent = frame.on ? say.typing : "";
      typingEnds = setTimeout(() => (at("typing").textContent = ""), TYPING_MS + 1000);
    },
    presence(frame) {
      if (frame.member === me) return;
      const word = document.createElement("span");
      word.className = "online";
      word.textContent = say.online;
      at("presence").replaceChildren(...(frame.online ? [word] : []));
    },
    room_closed: () => close("closed"),
  };

  const link = connect({
    hear(frame) {
      if (frame.room === undefined || frame.room === room) heard[frame.type]?.(frame);
      else document.dispatchEvent(new CustomEvent("alliv:news", { detail: frame }));
    },
    lost(since) {
      tell(say.lost.replace("{time}", clock(since)));
    },
    refused: () => close("signed-out"),
    hasToSay: () => waiting.size > 0,
  });

  function tell(text) {
    banner.hidden = !text;
    if (text) at("banner-text").textContent = text;
  }

  function close(word) {
    link.end();
    tell(say[word]);
    field.disabled = true;
  }

  // --- What the member does ---

  let typedAt = 0;
  function typing(on) {
    if (!link.live || (on && Date.now() - typedAt < TYPING_MS - 1500) || (!on && !typedAt)) return;
    typedAt = on ? Date.now() : 0;
    link.say({ type: "typing", room, on });
  }

  function edit(item) {
    editing = item?.dataset.id ?? null;
    at("editing").hidden = !editing;
    field.value = item ? at("body", item).textContent : "";
    field.focus();
  }

  composer.addEventListener("submit", (event) => {
    event.preventDefault();
    const body = field.value.trim();
    if (!body) return;
    if (editing) {
      if (!link.live) return toast(document.body.dataset.offline);
      link.say({ type: "edit", room, id: editing, body });
      edit(null);
    } else {
      field.value = "";
      write(body);
    }
    typing(false);
  });

  field.addEventListener("input", () => typing(Boolean(field.value.trim())));
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && editing) edit(null);
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || matchMedia("(pointer: coarse)").matches) return;
    event.preventDefault();
    composer.requestSubmit();
  });

  root.addEventListener("click", (event) => {
    const act = event.target.closest("[data-act]")?.dataset.act;
    const item = event.target.closest(".message");
    const entry = waiting.get(item?.dataset.clientId);
    if (act === "cancel") edit(null);
    if (act === "edit") edit(item);
    if (act === "retry" && entry) queue(Object.assign(entry, { failed: false }));
    if (act === "delete" && entry) {
      settle(entry.client_id).then(() => item.remove()); // what is gone from the page does not come back with it
    } else if (act === "delete" && confirm(say["delete-question"])) {
      if (link.live) link.say({ type: "delete", room, id: item.dataset.id });
      else toast(document.body.dataset.offline);
    }
    event.target.closest(".acts [data-act]")?.closest("details").removeAttribute("open");
  });

  list.addEventListener("toggle", (event) => {
    if (!event.target.open) return;
    const item = event.target.closest(".message");
    event.target.querySelector('[data-act="edit"]').hidden = Date.now() - new Date(timeOf(item)) > EDIT_MS;
  }, true);

  at("earlier")?.addEventListener("click", earlier);
  scroll.addEventListener("scroll", see, { passive: true });
  document.addEventListener("visibilitychange", see);

  for (const item of messages()) if (["sent", "read"].includes(item.dataset.state) && !at("body", item).classList.contains("gone")) setState(item, item.dataset.state);
  const divider = at("unread");
  if (divider) divider.scrollIntoView({ block: "center" });
  else toBottom();
  // A keyboard that opens takes its room from the list: who was at the end stays there.
  let following = atBottom();
  scroll.addEventListener("scroll", () => (following = atBottom()), { passive: true });
  new ResizeObserver(() => following && toBottom()).observe(scroll);
  restore();
}

/** What was written and not yet stored, across reloads. Where the browser keeps nothing, the page's own memory has to do. */
function openOutbox() {
  const opened = new Promise((resolve) => {
    try {
      const request = indexedDB.open("alliv-chat", 1);
      request.onupgradeneeded = () => request.result.createObjectStore("outbox", { keyPath: "client_id" });
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => resolve(null);
    } catch {
      resolve(null);
    }
  });
  const act = async (mode, call) => {
    const store = (await opened)?.transaction("outbox", mode).objectStore("outbox");
    return new Promise((resolve) => {
      if (!store) return resolve();
      const request = call(store);
      store.transaction.oncomplete = () => resolve(request.result);
      store.transaction.onabort = () => resolve();
    });
  };
  return {
    put: (entry) => act("readwrite", (store) => store.put(entry)),
    delete: (id) => act("readwrite", (store) => store.delete(id)),
    all: async () => ((await act("readonly", (store) => store.getAll())) ?? []).sort((a, b) => a.at.localeCompare(b.at)),
  };
}

const clone = (id) => document.getElementById(id).content.cloneNode(true);

/** The sentences of the page, translated where it was rendered. */
function words(root) {
  const found = root.querySelector("#chat-words").content.querySelectorAll("[data-word]");
  return Object.fromEntries([...found].map((word) => [word.dataset.word, word.textContent]));
}

function toast(text) {
  document.dispatchEvent(new CustomEvent("alliv:toast", { detail: { text, kind: "error" } }));
}

/** Browsers give `randomUUID` to secure pages only. */
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
