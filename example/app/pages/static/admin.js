// The users, for superusers.
import { call } from './api.js';
import { $, attempt, confirmed, element, onClick, onSubmit, say } from './dom.js';
import { currentUser } from './account.js';

let query = '';
let next = null;
let reload = async () => {};

export async function loadUsers(more = false) {
  const parameters = new URLSearchParams({ limit: '20' });
  if (query) parameters.set('q', query);
  if (more && next) parameters.set('cursor', next);
  const { data } = await call('GET', `/users?${parameters}`);
  next = data.next;
  const items = data.items.map(userItem);
  if (more) $('users').append(...items);
  else $('users').replaceChildren(...(items.length ? items : [element('li', {}, 'Nobody.')]));
  $('more').hidden = !next;
}

// refresh loads everything again where superusers have changed themselves.
async function refresh(user) {
  if (user.id === currentUser().id) await reload();
}

function userItem(user) {
  const remove = element('button', {
    type: 'button',
    class: 'danger',
    'aria-label': `Delete ${user.email}`,
    onclick: () => attempt(remove, async () => {
      if (!(await confirmed(`Delete ${user.email} for good?`))) return;
      await call('DELETE', `/users/${user.id}`);
      await refresh(user);
      item.remove();
      say(`${user.email} is deleted.`);
    }),
  }, 'Delete');
  const item = element('li', { 'aria-label': user.email },
    element('span', {}, user.email),
    element('div', { class: 'checks' },
      flag(user, 'is_active', 'Active'),
      flag(user, 'is_verified', 'Verified'),
      flag(user, 'is_superuser', 'Superuser')),
    remove);
  return item;
}

function flag(user, name, label) {
  const box = element('input', {
    type: 'checkbox',
    checked: user[name],
    'aria-label': `${label}: ${user.email}`,
    onchange: () => attempt(null, async () => {
      try {
        const { data } = await call('PATCH', `/users/${user.id}`, { [name]: box.checked });
        box.checked = data[name];
      } catch (error) {
        box.checked = !box.checked;
        throw error;
      }
      await refresh(user);
      say(`${user.email}: ${label.toLowerCase()} ${box.checked ? 'on' : 'off'}.`);
    }),
  });
  return element('label', { class: 'check' }, box, label);
}

export function startAdmin(reloadAll) {
  reload = reloadAll;
  onSubmit('search', async (values) => {
    query = values.q;
    await loadUsers();
    const shown = document.querySelectorAll('#users li[aria-label]').length;
    say(`${next ? `The first ${shown}` : shown} found for “${query}”.`);
  });
  onClick('more', () => loadUsers(true));
}
