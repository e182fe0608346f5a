// The users, for superusers.
import { call, currentSession, loggedInBy } from './api.js';
import { $, attempt, confirmed, element, onClick, onSubmit, say } from './dom.js';
import { currentUser } from './account.js';

let query = '';
let filter = '';
let next = null;
let reload = async () => {};

export async function loadUsers(more = false) {
  const parameters = new URLSearchParams({ limit: '20' });
  if (query) parameters.set('q', query);
  for (const [name, value] of new URLSearchParams(filter)) parameters.set(name, value);
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
      flag(user, 'is_superuser', 'Superuser'),
      ...(user.roles ? ['editor', 'support'].map((name) => role(user, name)) : [])),
    ...(user.ban === undefined ? [] : [ban(user), impersonate(user)]),
    remove);
  return item;
}

function role(user, name) {
  const box = element('input', {
    type: 'checkbox',
    checked: user.roles.includes(name),
    'aria-label': `Role ${name}: ${user.email}`,
    onchange: () => attempt(null, async () => {
      const roles = user.roles.filter((one) => one !== name).concat(box.checked ? [name] : []);
      try {
        user.roles = (await call('PATCH', `/users/${user.id}`, { roles })).data.roles;
      } finally {
        box.checked = user.roles.includes(name);
      }
      say(`${user.email}: ${user.roles.join(', ') || 'no roles'}.`);
    }),
  });
  return element('label', { class: 'check' }, box, name);
}

function ban(user) {
  const words = () => (user.ban ? 'Lift the ban' : 'Ban');
  const button = element('button', {
    type: 'button',
    class: 'quiet',
    'aria-label': `${words()}: ${user.email}`,
    onclick: () => attempt(button, async () => {
      if (user.ban) {
        await call('DELETE', `/users/${user.id}/ban`);
        user.ban = null;
      } else {
        const reason = prompt(`Ban ${user.email}. Why?`);
        if (reason === null) return;
        await call('POST', `/users/${user.id}/ban`, { reason });
        user.ban = { reason };
      }
      button.textContent = words();
      button.setAttribute('aria-label', `${words()}: ${user.email}`);
      say(`${user.email} is ${user.ban ? 'banned' : 'not banned any more'}.`);
    }),
  }, words());
  return button;
}

function impersonate(user) {
  const button = element('button', {
    type: 'button',
    class: 'quiet',
    'aria-label': `Act as ${user.email}`,
    onclick: () => attempt(button, async () => {
      const reason = prompt(`Act as ${user.email}. Why? It is recorded.`);
      if (!reason) return;
      const { backend } = await currentSession();
      const { data } = await call('POST', `/users/${user.id}/impersonate?backend=${backend}`, { reason });
      if (data && data.access_token) loggedInBy(backend, data.access_token);
      await reload();
    }),
  }, 'Act as');
  return button;
}

// showActing shows in whose name a superuser acts.
export async function showActing(user) {
  const { actor } = await currentSession();
  $('acting').hidden = !actor;
  $('acting-as').textContent = actor ? user.email : '';
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
    filter = values.filter;
    await loadUsers();
    const shown = document.querySelectorAll('#users li[aria-label]').length;
    say(`${next ? `The first ${shown}` : shown} found for “${query}”.`);
  });
  onClick('more', () => loadUsers(true));
  onClick('acting-stop', () => $('logout').click());
}
