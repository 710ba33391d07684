// What every page has: features where the page asks for them, toasts, the theme, menus, times in the reader's own zone.

const features = {
  picker: () => import("./picker.js"),
  discover: () => import("./discover.js"),
  photo: () => import("./photo.js"),
  place: () => import("./place.js"),
  chat: () => import("./chat.js"),
  live: () => import("./live.js"),
  zone: () => import("./zone.js"),
  trial: () => import("./trial.js"),
  passkey: () => import("./passkey.js"),
};

const start = async (element, event) => (await features[element.dataset.module]()).default(element, event);

/** A module is fetched when it is of use: now, when its element is `seen`, or at the first key or touch. */
const when = {
  seen(element) {
    new IntersectionObserver((entries, observer) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      start(element);
    }).observe(element);
  },
  used(element) {
    const begin = (event) => {
      for (const kind of ["keydown", "pointerover"]) removeEventListener(kind, begin);
      start(element, event);
    };
    for (const kind of ["keydown", "pointerover"]) addEventListener(kind, begin);
  },
};

function wake(root) {
  for (const element of root.querySelectorAll("[data-module]:not([data-awake])")) {
    element.dataset.awake = "";
    (when[element.dataset.when] ?? start)(element);
  }
  root.querySelectorAll("time[datetime]:not([data-local])").forEach(localise);
  if (root.querySelector("img[data-hash]")) import("./photos.js").then(({ blur }) => blur(root));
}

const styles = {
  time: { hour: "2-digit", minute: "2-digit" },
  day: { day: "numeric", month: "short" },
};

function localise(time) {
  // A bare date is a day of the calendar, not midnight in Greenwich.
  const at = new Date(time.dateTime.length === 10 ? `${time.dateTime}T00:00` : time.dateTime);
  if (isNaN(at)) return;
  const now = new Date();
  const today = at.toDateString() === now.toDateString();
  const style = { ...styles[time.dataset.style === "time" || (today && time.dataset.style === "recent") ? "time" : "day"] };
  if (!style.hour && at.getFullYear() !== now.getFullYear()) style.year = "numeric";
  const lang = document.documentElement.lang;
  time.textContent = at.toLocaleString(lang, style);
  time.title = at.toLocaleString(lang, { dateStyle: "full", ...(time.dateTime.length > 10 && { timeStyle: "short" }) });
  time.dataset.local = "";
}

/** Says one sentence at the foot of the page. Other modules ask for it by an event: an import back would be a circle. */
document.addEventListener("alliv:toast", ({ detail }) => toast(detail.text, detail.kind));
function toast(text, kind = "info") {
  const box = document.createElement("div");
  box.className = `toast ${kind}`;
  const words = document.createElement("p");
  words.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.dataset.close = "";
  close.ariaLabel = document.body.dataset.closeLabel;
  close.textContent = "×";
  box.append(words, close);
  toasts.append(box);
}

/** Good news leaves by itself; bad news and matches wait to be closed. */
function fade(box) {
  if (!box.matches?.(".toast:is(.success, .info)")) return;
  const leave = () => (box.matches(":hover, :focus-within") ? setTimeout(leave, 3000) : box.remove());
  setTimeout(leave, 8000);
}
const toasts = document.getElementById("toasts");
[...toasts.children].forEach(fade);
new MutationObserver((changes) => changes.forEach((change) => change.addedNodes.forEach(fade))).observe(toasts, { childList: true });

document.addEventListener("click", (event) => {
  event.target.closest("[data-close]")?.parentElement.remove();
  for (const menu of document.querySelectorAll(".menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector(".menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  } else toasts.lastElementChild?.remove();
});

// A theme is put on at once and kept by the same form that works without this.
document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-theme-form]");
  if (!form || !event.submitter) return;
  event.preventDefault();
  const theme = event.submitter.value;
  document.documentElement.dataset.theme = theme;
  for (const button of document.querySelectorAll("[data-theme-form] button")) button.ariaPressed = String(button.value === theme);
  const body = new FormData(form, event.submitter);
  fetch(form.action, { method: "POST", body, redirect: "manual", keepalive: true }).catch(() => toast(document.body.dataset.failed, "error"));
});

// htmx is larger than all the rest and needed only by who does something: it comes when a pointer or the focus comes near what uses it.
// A press that is quicker than it sends the form, as without scripts.
for (const kind of ["pointerover", "pointerdown", "focusin"]) document.addEventListener(kind, ({ target }) => target.closest?.("[hx-get], [hx-post]") && htmx(), { passive: true });
function htmx() {
  if (document.getElementById("htmx")) return;
  const script = document.createElement("script");
  Object.assign(script, { id: "htmx", src: document.body.dataset.htmx });
  document.head.append(script);
}

// What was left empty does not belong into an address.
document.addEventListener("htmx:configRequest", ({ detail: { verb, formData } }) => {
  if (verb !== "get") return;
  for (const name of new Set(formData.keys())) if (!formData.getAll(name).some(Boolean)) formData.delete(name);
});

document.addEventListener("htmx:load", (event) => wake(event.detail.elt));
document.addEventListener("htmx:responseError", () => toast(document.body.dataset.failed, "error"));
document.addEventListener("htmx:sendError", () => toast(document.body.dataset.offline, "error"));

// Addresses of photos die after a quarter of an hour. One that is fetched later is told anew by the page itself.
document.addEventListener("error", ({ target }) => {
  if (target.matches?.('img[src^="/photos/"]')) import("./photos.js").then(({ renew }) => renew());
}, true);

if (document.body.dataset.worker) addEventListener("load", () => navigator.serviceWorker?.register(document.body.dataset.worker));

wake(document);
