// The user's own account: profile and sessions.
import { call, usesBearer } from './api.js';
import { $, attempt, element, onClick, onSubmit, say } from './dom.js';

let me = null;

export function currentUser() {
  return me;
}

export function fillAccount(user) {
  me = user;
  $('who').textContent = user.email;
  $('profile-name').value = user.first_name ?? '';
  $('profile-email').value = user.email;
  $('profile-password').value = '';
  const flags = [user.is_verified ? 'verified' : 'not verified', `plan: ${user.plan}`];
  if (user.is_superuser) flags.push('superuser');
  $('flags').replaceChildren(...flags.map((flag) => element('span', {}, flag)));
  $('send-verify').hidden = user.is_verified;
  $('links').hidden = usesBearer();
  $('no-linking').hidden = !usesBearer();
}

export async function loadSessions() {
  const { data, headers } = await call('GET', '/users/me/sessions');
  const unlisted = headers.get('Ginauth-Unlisted');
  $('unlisted').textContent = unlisted ? `Logins by ${unlisted.replaceAll(',', ', ')} are not recorded, so none is listed here.` : '';
  $('sessions').replaceChildren(...(data.length ? data.map(sessionItem) : [element('li', {}, 'None.')]));
}

// browserOf makes a user agent short, for people who look for what is not theirs.
function browserOf(agent) {
  const names = [['Firefox/', 'Firefox'], ['Edg/', 'Edge'], ['OPR/', 'Opera'], ['Chrome/', 'Chrome'], ['Safari/', 'Safari']];
  const found = names.find(([mark]) => agent.includes(mark));
  return found ? found[1] : agent.split(/[/ ]/)[0] || 'unknown program';
}

function sessionItem(session) {
  const since = new Date(session.created_at).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' });
  const text = element('span', {},
    element('strong', {}, session.backend), ` ${browserOf(session.user_agent ?? '')}`,
    element('small', {}, `since ${since}, from ${session.ip || 'unknown'}`));
  if (session.current) return element('li', {}, text, element('em', {}, 'this one'));
  const end = element('button', {
    type: 'button',
    'aria-label': `End the session by ${session.backend} since ${since}`,
    onclick: () => attempt(end, async () => {
      await call('DELETE', `/users/me/sessions/${session.id}`);
      await loadSessions();
      say('The session is ended.');
    }),
  }, 'End');
  return element('li', {}, text, end);
}

export function startAccount(reload) {
  onSubmit('profile', async (values) => {
    const changes = {};
    if ((values.first_name || null) !== me.first_name) changes.first_name = values.first_name || null;
    if (values.email !== me.email) changes.email = values.email;
    if (values.password) changes.password = values.password;
    await call('PATCH', '/users/me', changes);
    await reload();
    say('Saved.');
  });
  onClick('send-verify', async () => {
    await call('POST', '/auth/request-verify-token', { email: me.email });
    say('A mail with a link is on its way.');
  });
  onClick('end-others', async () => {
    await call('DELETE', '/users/me/sessions');
    await loadSessions();
    say('You are logged out everywhere else.');
  });
}
