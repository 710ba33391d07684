// A photo before it is sent: what it looks like, and whether it may be sent at all; then how far it has come, and once more what failed.
// The server checks everything again.

const KINDS = new Set(["image/jpeg", "image/png", "image/webp"]);

export default function photo(form) {
  const input = form.querySelector("input[type=file]");
  const preview = form.querySelector("[data-preview]");
  if (!input || !preview) return;
  const image = document.createElement("img");
  image.alt = "";
  image.width = 128;
  image.height = 160;
  const facts = document.createElement("p");
  facts.className = "quiet";
  facts.setAttribute("role", "status");
  const bar = Object.assign(document.createElement("progress"), { max: 1, value: 0, hidden: true, ariaLabel: form.dataset.sending });
  preview.append(image, facts, bar);

  const show = () => {
    const [file] = input.files;
    URL.revokeObjectURL(image.src);
    const wrong = !file ? "" : !KINDS.has(file.type) ? form.dataset.type : file.size > Number(form.dataset.max) ? form.dataset.large : "";
    input.setCustomValidity(wrong);
    if (wrong) input.reportValidity();
    preview.hidden = !file;
    image.hidden = Boolean(wrong) || !file;
    if (!file) return;
    if (!wrong) image.src = URL.createObjectURL(file);
    facts.textContent = wrong || `${file.name} · ${(file.size / 2 ** 20).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 })} MB`;
  };
  input.addEventListener("change", show);

  /** Sends what the form would send. Nothing has to be chosen or written again when it fails. */
  function send(button) {
    const request = new XMLHttpRequest();
    const failed = (sentence) => {
      facts.textContent = sentence;
      button.textContent = form.dataset.retry;
      button.disabled = false;
      bar.hidden = true;
      button.focus();
    };
    request.upload.addEventListener("progress", ({ loaded, total }) => (bar.value = loaded / total));
    request.addEventListener("load", () => {
      if (request.status < 400) return location.assign(request.responseURL);
      const page = new DOMParser().parseFromString(request.responseText, "text/html");
      failed(page.querySelector("main .errorlist")?.textContent ?? document.body.dataset.failed);
    });
    request.addEventListener("error", () => failed(document.body.dataset.offline));
    request.open("POST", form.action);
    request.send(new FormData(form, button));
    [button.disabled, bar.hidden, bar.value] = [true, false, 0];
  }

  form.addEventListener("submit", (event) => {
    if (!input.files.length || !event.submitter) return;
    event.preventDefault();
    send(event.submitter);
  });
  if (input.files.length) show();
}
