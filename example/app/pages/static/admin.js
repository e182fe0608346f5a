// The users, for superusers.
import { call } from './api.js';
import { $, attempt, element, onClick, onSubmit, say } from './dom.js';

let query = '';
let next = null;

export async function loadUsers(more = false) {
  const parameters = new URLSearchParams({ limit: '20' });
  if (query) parameters.set('q', query);
  if (more && next) parameters.set('cursor', next);
  const { data } = await call('GET', `/users?${parameters}`);
  next = data.next;
  const rows = data.items.map(row);
  if (more) $('users').append(...rows);
  else $('users').replaceChildren(...rows);
  $('more').hidden = !next;
}

function row(user) {
  const remove = element('button', {
    type: 'button',
    'aria-label': `Delete ${user.email}`,
    onclick: () => {
      if (!confirm(`Delete ${user.email} for good?`)) return;
      attempt(remove, async () => {
        await call('DELETE', `/users/${user.id}`);
        await loadUsers();
        say('The user is deleted.');
      });
    },
  }, 'Delete');
  return element('tr', {},
    element('th', { scope: 'row' }, user.email),
    element('td', {}, flag(user, 'is_active', 'active')),
    element('td', {}, flag(user, 'is_verified', 'verified')),
    element('td', {}, flag(user, 'is_superuser', 'superuser')),
    element('td', {}, remove));
}

function flag(user, name, label) {
  const box = element('input', {
    type: 'checkbox',
    checked: user[name],
    'aria-label': `${user.email} is ${label}`,
    onchange: () => attempt(null, async () => {
      try {
        const { data } = await call('PATCH', `/users/${user.id}`, { [name]: box.checked });
        box.checked = data[name];
        say('Saved.');
      } catch (error) {
        box.checked = !box.checked;
        throw error;
      }
    }),
  });
  return box;
}

export function startAdmin() {
  onSubmit('search', async (values) => {
    query = values.q;
    await loadUsers();
  });
  onClick('more', () => loadUsers(true));
}
