// A form whose answer a device gives: it is asked with the options that the server tells, and what it says is sent with the form.

export default function passkey(form) {
  if (!window.PublicKeyCredential?.parseRequestOptionsFromJSON) return;
  form.hidden = false;

  async function credential() {
    const answer = await fetch(form.dataset.options, { method: "POST", body: new FormData(form) });
    const told = await answer.json();
    if (!answer.ok) throw new Error(told.detail);
    const create = "create" in form.dataset;
    const publicKey = PublicKeyCredential[create ? "parseCreationOptionsFromJSON" : "parseRequestOptionsFromJSON"](told.publicKey);
    return navigator.credentials[create ? "create" : "get"]({ publicKey }).catch(() => { throw new Error(form.dataset.refused); });
  }

  form.addEventListener("submit", async (event) => {
    const field = form.elements.credential;
    if (field.value) return;
    event.preventDefault();
    const { submitter } = event;
    submitter.disabled = true;
    try {
      field.value = JSON.stringify(await credential());
      submitter.disabled = false;
      form.requestSubmit(submitter);
    } catch (error) {
      document.dispatchEvent(new CustomEvent("alliv:toast", { detail: { text: error.message, kind: "error" } }));
    }
    submitter.disabled = false;
  });
}
