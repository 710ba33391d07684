// One operation of the API, called as the fields say: with the session of this browser, or with a token that is kept nowhere.

const HEADS = ["Content-Type", "ETag", "Location", "X-API-Version", "X-Request-ID", "RateLimit", "Retry-After", "Idempotent-Replayed", "Deprecation", "Sunset"];

export default function trial(root) {
  const { method, path, body: kind } = root.dataset;
  const form = root.querySelector("form");
  const slot = (name) => root.querySelector(`[data-slot=${name}]`);
  const field = (name) => form.querySelector(`[data-${name}]`);
  const origin = slot("curl").textContent.match(/'(https?:\/\/[^/']+)/)?.[1] ?? location.origin;

  function address() {
    const query = new URLSearchParams();
    for (const one of form.querySelectorAll("[data-query]"))
      for (const value of "many" in one.dataset ? one.value.split(",") : [one.value]) if (value.trim()) query.append(one.dataset.query, value.trim());
    const filled = path.replace(/{(\w+)}/g, (hole, name) => encodeURIComponent(form.querySelector(`[data-path=${name}]`).value.trim()) || hole);
    return query.size ? `${filled}?${query}` : filled;
  }

  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

  const headers = () => [...form.querySelectorAll("[data-header]")].map((one) => [one.dataset.header, one.value.trim()]).filter(([, value]) => value);

  function curl() {
    const words = [`curl -X ${method} ${quoted(origin + address())}`];
    if ("signedIn" in root.dataset) words.push('-H "Authorization: Bearer $TOKEN"');
    for (const [name, value] of headers()) words.push(`-H ${quoted(`${name}: ${value}`)}`);
    const name = field("file")?.files[0]?.name ?? "portrait.jpg";
    if (kind === "json") words.push("-H 'Content-Type: application/json'", `-d ${quoted(compact(field("body").value))}`);
    if (kind === "form") words.push(`-F ${quoted(`file=@${name}`)}`);
    if (kind === "file") words.push(`-H ${quoted(`Content-Type: ${field("file").files[0]?.type || "image/jpeg"}`)}`, `--data-binary ${quoted(`@${name}`)}`);
    return words.join(" \\\n  ");
  }

  /** Says whether the body can be sent, and where it cannot, why. */
  function checked() {
    const body = field("body");
    if (!body) return true;
    const wrong = complaint(body.value);
    body.ariaInvalid = wrong ? "true" : null;
    form.querySelector("#wrong-body").textContent = wrong && `${root.dataset.invalid} ${wrong}`;
    if (wrong) body.focus();
    return !wrong;
  }

  function request() {
    const token = field("token")?.value.trim();
    const sent = { Accept: "application/json", ...Object.fromEntries(headers()) };
    if (token) sent.Authorization = `Bearer ${token}`;
    else sent["X-CSRFToken"] = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
    const [file] = field("file")?.files ?? [];
    let body;
    if (kind === "form") (body = new FormData()).set("file", file);
    if (kind === "file") [body, sent["Content-Type"]] = [file, file.type];
    if (kind === "json") [body, sent["Content-Type"]] = [field("body").value, "application/json"];
    return { method, headers: sent, body, credentials: token ? "omit" : "same-origin", cache: "no-store" };
  }

  async function send() {
    const began = performance.now();
    field("send").disabled = true;
    slot("status").textContent = root.dataset.sending;
    slot("heads").replaceChildren();
    slot("answer").hidden = true;
    try {
      const answer = await fetch(address(), request());
      show(answer, await answer.text(), performance.now() - began);
    } catch {
      slot("status").textContent = document.body.dataset.failed;
    }
    field("send").disabled = false;
    field("send").focus();
  }

  function show(answer, text, took) {
    slot("status").textContent = `${answer.status} ${answer.statusText} · ${Math.round(took)} ms`;
    for (const name of HEADS.filter((one) => answer.headers.has(one))) {
      const [term, told] = ["dt", "dd"].map((tag) => document.createElement(tag));
      [term.textContent, told.textContent] = [name, answer.headers.get(name)];
      slot("heads").append(term, told);
    }
    slot("answer").textContent = pretty(text) || root.dataset.empty;
    slot("answer").hidden = false;
  }

  async function copy() {
    const told = await navigator.clipboard?.writeText(slot("curl").textContent).then(() => root.dataset.copied, () => "");
    if (!told) getSelection().selectAllChildren(slot("curl"));
    document.dispatchEvent(new CustomEvent("alliv:toast", { detail: { text: told || root.dataset.select } }));
  }

  form.addEventListener("input", () => (slot("curl").textContent = curl()));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (checked()) send();
  });
  root.querySelector("[data-copy]").addEventListener("click", copy);
  root.querySelector("[data-copy]").hidden = false;
  field("send").disabled = false;
  slot("curl").textContent = curl();
}

function complaint(text) {
  try {
    JSON.parse(text);
    return "";
  } catch (error) {
    return error.message;
  }
}

const compact = (text) => (complaint(text) ? text : JSON.stringify(JSON.parse(text)));
const pretty = (text) => (complaint(text) ? text : JSON.stringify(JSON.parse(text), null, 2));
