// Passkeys: the browser's answer to the server's options goes into the page's form, which
// is then sent like every other. What refuses the options is said by the server, too.
// Browsers have no passkeys at an IP address.
const atAddress = /^(\d+\.){3}\d+$|^\[/.test(location.hostname);
const supported = !atAddress && typeof window.PublicKeyCredential?.parseRequestOptionsFromJSON === "function";
showPasskeys(supported);

function showPasskeys(can) {
  for (const element of document.querySelectorAll("[data-needs-passkeys]")) {
    element.hidden = !can;
  }
  for (const element of document.querySelectorAll("[data-without-passkeys]")) {
    element.hidden = can;
  }
}

// A browser has one request for a passkey at a time: the offer in the field of the address
// ends when another one begins.
let offer = null;

function answerOf(form, options, more) {
  if (form.dataset.passkey === "create") {
    return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) });
  }
  return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options), ...more });
}

// fill completes a form, and reports whether the server has given options for it.
async function fill(form, more = {}) {
  const response = await fetch(form.dataset.options, {
    method: "POST",
    headers: { Accept: "application/json", "Content-Type": "application/json" },
    body: "{}",
    signal: more.signal,
  });
  form.elements.ceremony.value = "";
  form.elements.credential.value = "";
  if (!response.ok) {
    return false;
  }
  const { ceremony, publicKey } = await response.json();
  const credential = await answerOf(form, publicKey, more);
  form.elements.ceremony.value = ceremony;
  form.elements.credential.value = JSON.stringify(credential.toJSON());
  return true;
}

function send(form) {
  form.dataset.filled = "yes";
  form.requestSubmit();
}

function sayWhy(form, error) {
  const { known, failed, elsewhere } = form.dataset;
  const texts = { InvalidStateError: known, SecurityError: elsewhere };
  form.querySelector("[role=alert]").textContent = texts[error.name] ?? failed;
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
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
    offer?.abort();
    form.querySelector("[role=alert]").textContent = "";
    try {
      await fill(form);
      send(form);
    } catch (error) {
      sayWhy(form, error);
    } finally {
      busy = false;
    }
  });
}

// The browser offers passkeys in the field of the address. The server's options last five
// minutes, so they are asked for once more before, but not while the page is hidden.
const renewal = 4 * 60 * 1000;

const visible = () => new Promise((done) => {
  const check = () => document.hidden || done();
  document.addEventListener("visibilitychange", check);
  check();
});

// An offer that was refused, or has given way to another request, is made again when the
// field gets the focus once more, not before.
const focused = () => new Promise((done) => {
  document.querySelector("[autocomplete~=webauthn]")?.addEventListener("focus", done, { once: true });
});

async function offerPasskeys(form) {
  if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) {
    return;
  }
  for (;;) {
    await visible();
    let renewed = false;
    offer = new AbortController();
    const timer = setTimeout(() => {
      renewed = true;
      offer.abort();
    }, renewal);
    try {
      if (await fill(form, { mediation: "conditional", signal: offer.signal })) {
        send(form);
        return;
      }
    } catch (error) {
      if (error.name === "SecurityError") { // passkeys belong to another host
        showPasskeys(false);
        return;
      }
    } finally {
      clearTimeout(timer);
    }
    if (!renewed) {
      await focused();
    }
  }
}

const offered = document.querySelector("form[data-offer]");
if (supported && offered) {
  offerPasskeys(offered);
}
