// A combobox in place of a plain text field of names with commas: over the vocabulary, or over the words of a list on the page.
// The field stays and keeps the value.

const PAUSE = 150;
const SHOWN = 20;
let count = 0;

const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};
const fold = (name) => name.normalize("NFKC").trim().replace(/\s+/g, " ").toLowerCase();

async function search(q, signal) {
  const answer = await fetch(`/api/skills?q=${encodeURIComponent(q)}`, { signal, headers: { Accept: "application/json" } });
  if (!answer.ok) return [];
  const page = await answer.json();
  return page.results ?? page;
}

/** The words of a list on the page: first those that begin with `q`, then those that have it inside. */
function among(list, q) {
  const rank = (name) => fold(name).indexOf(fold(q));
  const found = [...list.options].map((option) => ({ name: option.value })).filter(({ name }) => rank(name) >= 0);
  return found.sort((a, b) => Math.sign(rank(a.name)) - Math.sign(rank(b.name))).slice(0, SHOWN);
}

export default function picker(wrapper) {
  const field = wrapper.querySelector("input");
  if (!field) return;
  const words = wrapper.dataset;
  const local = words.list && document.getElementById(words.list);
  const id = `picker-${++count}`;
  const limit = Number(field.dataset.limit) || 30;
  let chosen = field.value.split(",").map((name) => name.trim()).filter(Boolean);
  let found = [];
  let options = [];
  let active = -1;
  let timer;
  let asking;

  const input = make("input", { type: "text", id: field.id, autocomplete: "off", role: "combobox", ariaExpanded: "false", ariaAutoComplete: "list", spellcheck: false, maxLength: 50, dir: "auto" });
  input.setAttribute("aria-controls", id);
  for (const name of ["aria-describedby", "aria-invalid", "placeholder"]) if (field.hasAttribute(name)) input.setAttribute(name, field.getAttribute(name));
  const chips = make("ul", { className: "chips" });
  const list = make("ul", { className: "options", id, role: "listbox", hidden: true, ariaLabel: words.found });
  const said = make("span", { className: "sr", role: "status" });
  const box = make("div", { className: "picker" }, chips, input, list, said);

  const hadFocus = document.activeElement === field;
  field.removeAttribute("id");
  field.required = false;
  field.type = "hidden";
  field.after(box);
  draw();
  if (hadFocus) input.focus();

  function draw() {
    chips.replaceChildren(...chosen.map((name, index) => {
      const remove = make("button", { type: "button", textContent: "×", ariaLabel: `${words.remove} ${name}` });
      remove.addEventListener("click", () => { drop(index); input.focus(); });
      return make("li", { className: "chip", dir: "auto" }, name, remove);
    }));
    field.value = chosen.join(", ");
  }

  function changed(sentence) {
    draw();
    said.textContent = sentence;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function add(name) {
    name = name.replaceAll(",", " ").trim().replace(/\s+/g, " ");
    close();
    input.value = "";
    if (!name || chosen.length >= limit || chosen.some((other) => fold(other) === fold(name))) return;
    chosen.push(name);
    changed(`${name} ${words.added}`);
  }

  function drop(index) {
    const [name] = chosen.splice(index, 1);
    if (name) changed(`${name} ${words.removed}`);
  }

  function close() {
    clearTimeout(timer);
    asking?.abort();
    list.hidden = true;
    input.ariaExpanded = "false";
    point(-1);
  }

  /** Marks the option that Enter takes; with -1 it takes what was typed. */
  function point(index) {
    list.children[active]?.setAttribute("aria-selected", "false");
    active = index;
    list.children[active]?.setAttribute("aria-selected", "true");
    if (active < 0) input.removeAttribute("aria-activedescendant");
    else input.setAttribute("aria-activedescendant", list.children[active].id);
  }

  /** The option that was meant by its beginning. */
  function meant(q) {
    const first = (test) => options.findIndex(({ name, aliases = [] }) => [name, ...aliases].map(fold).some(test));
    if (!q || chosen.map(fold).includes(q)) return -1;
    const same = first((name) => name === q);
    return same < 0 ? first((name) => name.startsWith(q)) : same;
  }

  function show(q) {
    list.replaceChildren(...options.map((option, index) => {
      const alias = option.aliases?.find((other) => fold(other).startsWith(fold(q)) && !fold(option.name).startsWith(fold(q)));
      const item = make("li", { id: `${id}-${index}`, role: "option", ariaSelected: "false" }, make("span", { textContent: option.name }));
      item.append(make("span", { className: "small quiet", textContent: alias ? `${words.also} ${alias}` : option.category ?? "" }));
      // Not click: the field must not lose the focus first.
      item.addEventListener("pointerdown", (event) => { event.preventDefault(); add(option.name); });
      return item;
    }));
    list.hidden = !options.length;
    input.ariaExpanded = String(options.length > 0);
    active = -1;
    point(meant(fold(q)));
    said.textContent = options.length ? `${options.length} ${words.found}` : words.none;
  }

  function move(step) {
    if (list.hidden) return ask();
    point((active + step + options.length + (active < 0 && step < 0 ? 1 : 0)) % options.length);
    list.children[active].scrollIntoView({ block: "nearest" });
  }

  async function ask() {
    const q = input.value.trim();
    asking?.abort();
    if (!q && !local) return close();
    asking = new AbortController();
    try {
      found = local ? among(local, q) : await search(q, asking.signal);
      const had = new Set(chosen.map(fold));
      options = found.filter((option) => !had.has(fold(option.name)));
      show(q);
    } catch (error) {
      if (error.name !== "AbortError") close();
    }
  }

  input.addEventListener("input", (event) => {
    event.stopPropagation();
    clearTimeout(timer);
    point(-1); // what was meant by fewer letters may not be meant any more
    const parts = input.value.split(",");
    if (parts.length > 1) {
      const rest = parts.pop();
      parts.forEach(add);
      input.value = rest.trimStart();
    }
    timer = setTimeout(ask, PAUSE);
  });
  // The text being typed is no change of the form yet.
  input.addEventListener("change", (event) => event.stopPropagation());
  input.addEventListener("keydown", (event) => {
    const { key } = event;
    if (event.isComposing) return;
    if (key === "ArrowDown" || key === "ArrowUp") move(key === "ArrowDown" ? 1 : -1);
    else if (key === "Enter" && (input.value.trim() || active >= 0)) add(active >= 0 ? options[active].name : exact(input.value));
    else if (key === "Escape" && !list.hidden) close();
    else if (key === "Escape" && input.value) input.value = "";
    else if (key === "Backspace" && !input.value && chosen.length) return drop(chosen.length - 1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  input.addEventListener("blur", () => {
    close();
    if (input.value.trim()) add(exact(input.value));
  });
  box.addEventListener("click", (event) => event.target === box && input.focus());

  /** What was typed, by its own name when the vocabulary knows it (also by an alias). */
  function exact(text) {
    const known = found.find((option) => [option.name, ...(option.aliases ?? [])].some((name) => fold(name) === fold(text)));
    return known?.name ?? text;
  }
}
