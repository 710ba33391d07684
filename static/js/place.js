// Fills the two numbers in from the browser's own position, and sends the form. The server keeps only the square around them.

export default function place(form) {
  const button = form.querySelector("[data-act=locate]");
  const failed = () => {
    button.disabled = false;
    document.dispatchEvent(new CustomEvent("alliv:toast", { detail: { text: form.dataset.refused, kind: "error" } }));
  };
  button.addEventListener("click", () => {
    if (!navigator.geolocation) return failed();
    button.disabled = true;
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      form.elements.lat.value = coords.latitude.toFixed(2);
      form.elements.lon.value = coords.longitude.toFixed(2);
      form.requestSubmit(form.querySelector("[name=do]"));
    }, failed, { timeout: 10000, maximumAge: 600000 });
  });
}
