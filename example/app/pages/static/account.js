// The user's own account: profile, sessions, linked accounts.
import { call } from './api.js';
import { $, attempt, complain, element, onClick, onSubmit, say } from './dom.js';

let me = null;

export function fillAccount(user) {
  me = user;
  $('profile-name').value = user.first_name ?? '';
  $('profile-email').value = user.email;
  $('profile-password').value = '';
  const flags = [user.is_verified ? 'verified' : 'not verified', `plan: ${user.plan}`];
  if (user.is_superuser) flags.push('superuser');
  $('flags').replaceChildren(...flags.map((flag) => element('span', {}, flag)));
  $('send-verify').hidden = user.is_verified;
}

export async function loadLists() {
  await Promise.all([loadSessions(), loadLinked()]);
}

async function loadSessions() {
  const { data, headers } = await call('GET', '/users/me/sessions');
  const unlisted = headers.get('Ginauth-Unlisted');
  $('unlisted').textContent = unlisted ? `Not recorded, so not listed: logins by ${unlisted.replaceAll(',', ', ')}.` : '';
  $('sessions').replaceChildren(...data.map(sessionItem));
}

function sessionItem(session) {
  const since = new Date(session.created_at).toLocaleString();
  const text = `${session.backend}, since ${since}, ${session.ip || 'unknown address'}`;
  if (session.current) return element('li', {}, element('span', {}, text), element('strong', {}, 'this one'));
  const end = element('button', {
    type: 'button',
    'aria-label': `End the session by ${session.backend} since ${since}`,
    onclick: () => attempt(end, async () => {
      await call('DELETE', `/users/me/sessions/${session.id}`);
      await loadSessions();
      say('The session is ended.');
    }),
  }, 'End');
  return element('li', {}, element('span', {}, text), end);
}

async function loadLinked() {
  const { data } = await call('GET', '/users/me/oauth-accounts');
  const items = data.map(linkedItem);
  $('linked').replaceChildren(...(items.length ? items : [element('li', {}, 'None yet.')]));
}

function linkedItem(account) {
  const unlink = element('button', {
    type: 'button',
    'aria-label': `Unlink ${account.account_email} at ${account.provider}`,
    onclick: () => attempt(unlink, async () => {
      await call('DELETE', `/users/me/oauth-accounts/${account.id}`);
      await loadLinked();
      say('The account is unlinked.');
    }),
  }, 'Unlink');
  return element('li', {}, element('span', {}, `${account.provider}: ${account.account_email}`), unlink);
}

// linkByPopup sends a second window to the provider; association answers in JSON,
// so this page looks at its own list until the account is there.
async function linkByPopup() {
  const { data } = await call('GET', '/auth/associate/demo/authorize');
  const before = $('linked').querySelectorAll('button').length;
  const popup = window.open(data.authorization_url, 'link', 'width=520,height=640');
  if (!popup) {
    complain('The browser has blocked the window of the provider.');
    return;
  }
  const timer = setInterval(async () => {
    await loadLinked().catch(() => {});
    const linked = $('linked').querySelectorAll('button').length > before;
    if (linked || popup.closed) {
      clearInterval(timer);
      popup.close();
      if (linked) say('The account is linked.');
    }
  }, 700);
}

export function startAccount(reload) {
  onSubmit('profile', async (values) => {
    const changes = {};
    if ((values.first_name || null) !== me.first_name) changes.first_name = values.first_name || null;
    if (values.email !== me.email) changes.email = values.email;
    if (values.password) changes.password = values.password;
    fillAccount((await call('PATCH', '/users/me', changes)).data);
    await reload();
    say('Saved.');
  });
  onClick('send-verify', async () => {
    await call('POST', '/auth/request-verify-token', { email: me.email });
    say('If the address is not confirmed yet, there is a mail in the outbox.');
  });
  onClick('end-others', async () => {
    await call('DELETE', '/users/me/sessions');
    await loadSessions();
    say('You are logged out everywhere else.');
  });
  onClick('link', linkByPopup);
}
