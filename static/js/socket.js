// The socket of a page.

/** A connection that comes back by itself, after rand(0, min(30 s, 0.5 s · 2ⁿ)). `live` begins when everything missed was told. */
export function connect({ hear, lost = () => {}, refused = () => {}, hasToSay = () => false }) {
  let socket, retry, probe, alarm, watch, since;
  const link = { live: false, tries: 0, patience: 35_000, say, end };
  function say(frame) {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
  }

  function open() {
    clearTimeout(retry);
    socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/chat`);
    const mine = socket;
    socket.onmessage = ({ data }) => {
      stayAwake(mine);
      hear(JSON.parse(data));
      if (link.live) since = clearTimeout(alarm);
    };
    socket.onclose = ({ code }) => mine === socket && drop(code);
    stayAwake(mine);
    begin();
  }

  function begin() {
    if (since) return;
    since = new Date();
    alarm = setTimeout(() => link.live || lost(since), 1000);
  }

  /** A dead network closes nothing: whoever says nothing for two heartbeats is gone. */
  function stayAwake(mine) {
    clearTimeout(watch);
    watch = setTimeout(() => mine === socket && (mine.close(), drop(1006)), link.patience);
  }

  function drop(code) {
    clearTimeout(watch);
    socket = null;
    link.live = false;
    if (code === 4401 || code === 4403) return refused();
    begin();
    const pause = Math.random() * Math.min(30_000, 500 * 2 ** link.tries++);
    retry = setTimeout(open, code === 4429 ? 10_000 + pause : pause);
    if (code !== 4429) look();
  }

  /** Long pauses spare a server that comes back. Who has something to say meanwhile asks the cheapest door whether it is there. */
  function look() {
    clearTimeout(probe);
    probe = setTimeout(async () => {
      if (socket) return;
      if (hasToSay() && (await fetch("/health/live").catch(() => null))?.ok) now();
      else look();
    }, 1000 + Math.random() * 1000);
  }

  function end() {
    [retry, probe, alarm, watch].forEach(clearTimeout);
    removeEventListener("online", now);
    const last = socket;
    socket = null;
    link.live = false;
    last?.close();
  }

  function now() {
    if (socket) return;
    link.tries = 0;
    open();
  }

  addEventListener("online", now);
  open();
  return link;
}
