// Before a photo is sent: what it looks like, and whether it may be sent at all. The server checks everything again.

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
  preview.append(image, facts);

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
  if (input.files.length) show();
}
