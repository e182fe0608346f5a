// Small helpers around the page's elements.
export const $ = (id) => document.getElementById(id);

// element makes an element; children are elements or texts, never HTML.
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) made.addEventListener(key.slice(2), value);
    else if (typeof value === 'boolean') made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

export function say(text) {
  $('alert').textContent = '';
  $('status').textContent = text;
}

export function complain(text) {
  $('status').textContent = '';
  $('alert').textContent = text;
}

// show shows these sections of the page and no others.
export function show(...ids) {
  for (const section of document.querySelectorAll('main > section')) section.hidden = !ids.includes(section.id);
  document.title = `${$(`${ids[0]}-title`).textContent} – ginauth`;
}

let whenLoggedOut = () => {};

// onLoggedOut sets what happens when an answer says that nobody is logged in (any more).
export function onLoggedOut(action) {
  whenLoggedOut = action;
}

// attempt runs an action with its button disabled and tells what went wrong.
export async function attempt(button, action) {
  if (button) button.disabled = true;
  say('');
  try {
    await action();
  } catch (error) {
    if (error.status === 401) whenLoggedOut();
    complain(error.message);
    return error;
  } finally {
    if (button) button.disabled = false;
  }
  return null;
}

// onSubmit calls action with the form's values, and points at fields that are refused.
export function onSubmit(id, action) {
  const form = $(id);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    for (const field of form.elements) field.removeAttribute('aria-invalid');
    const button = form.querySelector('button[type=submit]');
    const error = await attempt(button, () => action(Object.fromEntries(new FormData(form)), form));
    const refused = [...form.elements].filter((field) => error?.fields?.includes(field.name));
    for (const field of refused) field.setAttribute('aria-invalid', 'true');
    refused[0]?.focus();
  });
}

export function onClick(id, action) {
  $(id).addEventListener('click', () => attempt($(id), action));
}

// confirmed asks a question and tells whether the answer is yes.
export function confirmed(text) {
  const dialog = $('question');
  $('question-text').textContent = text;
  dialog.returnValue = 'no'; // also the answer of the Escape key
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true });
  });
}
