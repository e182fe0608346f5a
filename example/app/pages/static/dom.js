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

export function show(...ids) {
  for (const section of document.querySelectorAll('main > section')) section.hidden = !ids.includes(section.id);
}

// attempt runs an action with its button disabled and tells what went wrong.
export async function attempt(button, action) {
  if (button) button.disabled = true;
  try {
    await action();
  } catch (error) {
    complain(error.message);
  } finally {
    if (button) button.disabled = false;
  }
}

// onSubmit calls action with the form's values.
export function onSubmit(id, action) {
  const form = $(id);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const button = form.querySelector('button[type=submit]');
    attempt(button, () => action(Object.fromEntries(new FormData(form)), form));
  });
}

export function onClick(id, action) {
  $(id).addEventListener('click', () => attempt($(id), action));
}
