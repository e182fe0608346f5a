// The user's own API keys.
import { call } from './api.js';
import { $, attempt, confirmed, element, onClick, onSubmit, say } from './dom.js';

const day = (time) => new Date(time).toLocaleString([], { dateStyle: 'medium' });

export async function loadKeys() {
  const { data } = await call('GET', '/users/me/api-keys');
  $('keys').replaceChildren(...(data.length ? data.map(keyItem) : [element('li', {}, 'None.')]));
  $('end-keys').hidden = data.length < 2;
}

function keyItem(key) {
  const remove = element('button', {
    type: 'button',
    'aria-label': `Remove the key ${key.name}, ${key.prefix}`,
    onclick: () => attempt(remove, async () => {
      if (!(await confirmed(`Remove ${key.name}? Programs with this key stop at once.`))) return;
      await call('DELETE', `/users/me/api-keys/${key.id}`);
      await loadKeys();
      say(`${key.name} is removed.`);
    }),
  }, 'Remove');
  const used = key.last_used_at ? `last used ${day(key.last_used_at)}` : 'not used yet';
  const until = key.expires_at ? `until ${day(key.expires_at)}, ` : '';
  const scopes = key.scopes.length ? key.scopes.join(', ') : 'may do nothing';
  return element('li', {}, element('span', {},
    element('strong', {}, key.name), ' ', element('code', {}, `${key.prefix}…`),
    element('small', {}, `${scopes}; ${until}${used}`)), remove);
}

// showKey returns when the dialog is closed. The key is not on the page any more then.
async function showKey(text) {
  const dialog = $('new-key');
  $('new-key-text').textContent = text;
  $('new-key-status').textContent = '';
  dialog.showModal();
  await new Promise((resolve) => {
    dialog.addEventListener('close', resolve, { once: true });
  });
  $('new-key-text').textContent = '';
}

async function copy() {
  try {
    await navigator.clipboard.writeText($('new-key-text').textContent);
    $('new-key-status').textContent = 'Copied.';
  } catch { // not over plain HTTP, and not without leave
    getSelection().selectAllChildren($('new-key-text'));
    $('new-key-status').textContent = 'The key is selected; copy it by the keyboard.';
  }
}

export function startKeys() {
  $('copy-key').addEventListener('click', copy);
  onSubmit('add-key', async ({ name, days, ...chosen }, form) => {
    const body = { name, scopes: Object.keys(chosen) };
    if (days) body.expires_at = new Date(Date.now() + Number(days) * 86_400_000 - 60_000).toISOString();
    const { data } = await call('POST', '/users/me/api-keys', body);
    form.reset();
    await showKey(data.key); // before anything that may fail: this is the only time
    await loadKeys();
    say(`${data.name} is made.`);
  });
  onClick('end-keys', async () => {
    if (!(await confirmed('End all keys? Programs with any of them stop at once.'))) return;
    await call('DELETE', '/users/me/api-keys');
    await loadKeys();
    say('All keys are ended.');
  });
}
