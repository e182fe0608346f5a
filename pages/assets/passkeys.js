// Passkeys: the browser's answer to the server's options goes into the page's form, which
// is then sent like every other. What refuses the options is said by the server, too.
const supported = typeof window.PublicKeyCredential?.parseRequestOptionsFromJSON === "function";
for (const element of document.querySelectorAll("[data-needs-passkeys]")) {
  element.hidden = !supported;
}
for (const element of document.querySelectorAll("[data-without-passkeys]")) {
  element.hidden = supported;
}

async function answerOf(form, options) {
  if (form.dataset.passkey === "create") {
    return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) });
  }
  return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
}

async function fill(form) {
  const response = await fetch(form.dataset.options, {
    method: "POST",
    headers: { Accept: "application/json", "Content-Type": "application/json" },
    body: "{}",
  });
  form.elements.ceremony.value = "";
  form.elements.credential.value = "";
  if (!response.ok) {
    return;
  }
  const { ceremony, publicKey } = await response.json();
  const credential = await answerOf(form, publicKey);
  form.elements.ceremony.value = ceremony;
  form.elements.credential.value = JSON.stringify(credential.toJSON());
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const complaint = form.querySelector("[role=alert]");
  let busy = false;
  form.addEventListener("submit", async (event) => {
    if (form.dataset.filled) {
      delete form.dataset.filled;
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    if (busy) {
      return;
    }
    busy = true;
    complaint.textContent = "";
    try {
      await fill(form);
      form.dataset.filled = "yes";
      form.requestSubmit();
    } catch (error) {
      complaint.textContent = error.name === "InvalidStateError" ? form.dataset.known : form.dataset.failed;
    } finally {
      busy = false;
    }
  });
}
