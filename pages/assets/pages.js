// What pages do with a script: a link's token behind "#", which no browser sends to a
// server, is moved into the form and out of the address.
const field = document.querySelector("[data-token]");
const token = new URLSearchParams(location.hash.slice(1)).get("token");
if (field && token) {
  field.querySelector("input").value = token;
  field.hidden = true;
  history.replaceState(null, "", location.pathname);
}

// A form that was sent is not sent once more by a second click. The browser's back button
// brings it back.
addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) {
    event.preventDefault();
  }
  form.dataset.sent = "yes";
});
addEventListener("pageshow", () => {
  for (const form of document.forms) {
    delete form.dataset.sent;
  }
});
