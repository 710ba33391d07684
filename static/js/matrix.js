// The matrix by keyboard: arrows move, digits edit, Enter saves into the draft, Esc leaves, Delete takes out, Ctrl+Z undoes.
// Without this module every square is a link to a form, and nothing else changes.

const table = document.querySelector("table[data-matrix]");
if (table?.dataset.save) edit(table);
document.querySelector("[data-filter]")?.addEventListener("input", ({ target }) => filter(target.value));

function filter(text) {
  const wanted = text.trim().toLowerCase();
  for (const row of table?.tBodies[0].rows ?? []) row.hidden = !row.dataset.name.toLowerCase().includes(wanted);
}

function edit(table) {
  const body = table.tBodies[0];
  const columns = [...table.tHead.rows[0].cells].slice(1);
  const rowOf = new Map([...body.rows].map((row) => [row.dataset.slug, row]));
  const columnOf = new Map(columns.map((head, index) => [head.dataset.slug, index]));
  const status = document.querySelector("[data-status]");
  const counter = document.querySelector("[data-draft-count]");
  const token = document.querySelector("[data-token] input").value;
  const done = [];
  let saving = Promise.resolve();
  let current;

  table.setAttribute("role", "grid");
  for (const link of body.querySelectorAll("td > *")) link.tabIndex = -1;
  document.querySelector("[data-keys]").hidden = false;
  take(body.querySelector("td:not(.self)"));

  const handle = (cell) => cell.firstElementChild;
  const nameOf = (cell) => [cell.parentElement.dataset.name, columns[cell.cellIndex - 1].dataset.name];

  function take(cell, focus = false) {
    if (!cell) return;
    if (current) current.firstElementChild.tabIndex = -1;
    current = cell;
    cell.firstElementChild.tabIndex = 0;
    if (focus) cell.firstElementChild.focus();
  }

  function mirror(cell) {
    const row = rowOf.get(columns[cell.cellIndex - 1].dataset.slug);
    const column = columnOf.get(cell.parentElement.dataset.slug);
    return row && column !== undefined ? row.cells[column + 1] : null;
  }

  function paint(cell, square) {
    cell.className = square.css;
    if (square.value === null) delete cell.dataset.value;
    else cell.dataset.value = square.value;
    handle(cell).textContent = square.shown;
    handle(cell).setAttribute("aria-label", square.label);
  }

  async function put(cell, value) {
    const [a, b] = nameOf(cell);
    const answer = await fetch(table.dataset.save, {
      method: "POST",
      headers: { Accept: "application/json", "X-CSRFToken": token },
      body: new URLSearchParams({ table: table.dataset.matrix, a, b, value }),
    }).catch(() => null);
    const square = await answer?.json().catch(() => null);
    if (!answer?.ok) throw new Error(square?.detail ?? "That was not saved. Are you still signed in?");
    for (const one of [cell, mirror(cell)]) if (one) paint(one, square);
    counter.textContent = square.changes;
    status.textContent = square.label;
  }

  // One after the other, so that an undo never overtakes what it undoes.
  function save(cell, value, undoing = false) {
    const before = cell.dataset.value ?? "";
    saving = saving.then(async () => {
      try {
        await put(cell, value);
        if (!undoing) done.push([cell, before]);
      } catch (error) {
        status.textContent = error.message;
      }
    });
    return saving;
  }

  function open(cell, text) {
    const link = handle(cell);
    const input = Object.assign(document.createElement("input"), { type: "text", inputMode: "decimal", value: text, ariaLabel: nameOf(cell).join(" × "), autocomplete: "off" });
    let closed = false;
    const close = (focus) => {
      if (closed) return;
      closed = true;
      input.remove();
      link.hidden = false;
      if (focus) link.focus();
    };
    input.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Escape") close(true);
      if (event.key === "Enter" || event.key === "Tab") {
        event.preventDefault();
        const value = input.value;
        close(true);
        save(cell, value);
        if (event.key === "Tab") move(cell, 0, event.shiftKey ? -1 : 1);
      }
    });
    input.addEventListener("blur", () => close(false));
    link.hidden = true;
    cell.append(input);
    input.focus();
  }

  function move(cell, down, right) {
    let row = cell.parentElement;
    for (let step = Math.abs(down); step > 0; step--) {
      let next = row;
      do next = down > 0 ? next.nextElementSibling : next.previousElementSibling; while (next?.hidden);
      if (!next) break;
      row = next;
    }
    const column = Math.min(Math.max(cell.cellIndex + right, 1), columns.length);
    take(row.cells[column], true);
  }

  const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageUp: [-10, 0], PageDown: [10, 0], Home: [0, -999], End: [0, 999] };

  body.addEventListener("keydown", (event) => {
    const cell = event.target.closest("td");
    if (!cell) return;
    const undo = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z";
    if (undo) {
      event.preventDefault();
      saving.then(() => {
        const last = done.pop();
        if (!last) return (status.textContent = "There is nothing to undo.");
        take(last[0], true);
        return save(...last, true);
      });
    } else if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    } else if (steps[event.key]) {
      event.preventDefault();
      move(cell, ...steps[event.key]);
    } else if (cell.classList.contains("self")) {
      return;
    } else if (/^[0-9.,]$/.test(event.key)) {
      event.preventDefault();
      open(cell, event.key);
    } else if (event.key === "Enter" || event.key === "F2") {
      event.preventDefault();
      open(cell, cell.dataset.value ?? "");
    } else if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      save(cell, "");
    }
  });

  body.addEventListener("click", (event) => {
    const cell = event.target.closest("td:not(.self)");
    if (!cell || event.target.matches("input") || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    take(cell, true);
    if (event.detail > 1 || matchMedia("(pointer: coarse)").matches) open(cell, cell.dataset.value ?? "");
  });
  body.addEventListener("focusin", (event) => event.target.matches("td > a") && take(event.target.closest("td")));
}
