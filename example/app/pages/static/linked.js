// Accounts at providers: signing in with one, linking, unlinking.
import { call, explain } from './api.js';
import { $, attempt, element, say } from './dom.js';

export async function loadLinked() {
  const { data } = await call('GET', '/users/me/oauth-accounts');
  $('linked').replaceChildren(...(data.length ? data.map(linkedItem) : [element('li', {}, 'None yet.')]));
  return data;
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
  return element('li', {}, element('span', {}, element('strong', {}, account.provider), ` ${account.account_email}`), unlink);
}

// signInWith leaves the page; the provider sends the browser back to it.
async function signInWith(provider) {
  const target = encodeURIComponent(`${location.origin}/account`);
  const { data } = await call('GET', `/auth/${provider}-web/authorize?redirect_to=${target}`);
  location.assign(data.authorization_url);
}

// link sends a second window to the provider. Its way ends at the API's callback,
// which answers in JSON: this page reads that, closes the window, and tells.
async function link(provider) {
  const group = `/auth/associate/${provider}`;
  // Before anything is awaited, or browsers take it for an advertisement.
  const popup = window.open('about:blank', 'ginauth-link', 'popup,width=480,height=640');
  if (!popup) throw new Error('The browser has blocked the window of the provider.');
  try {
    const before = (await loadLinked()).length;
    const { data } = await call('GET', `${group}/authorize`);
    popup.location.replace(data.authorization_url);
    say('Go on in the other window.');
    const end = await endOf(popup, `${group}/callback`, before);
    await loadLinked();
    if (end.detail) throw new Error(explain(400, end.detail));
    say(end.linked ? 'The account is linked.' : 'The window was closed, and nothing is linked.');
  } finally {
    popup.close();
  }
}

// How often the window, and more rarely the server, is looked at, in milliseconds.
const look = 150;
const asks = 10;

// endOf waits until the window has come back, or is closed. A browser that shows JSON
// in a page of its own does not let it be read; then the list of accounts tells.
function endOf(popup, callback, before) {
  return new Promise((resolve) => {
    let looks = 0;
    const timer = setInterval(async () => {
      const answer = answerIn(popup, callback);
      looks += 1;
      const ask = popup.closed || looks % asks === 0;
      const more = !answer && ask && (await loadLinked().catch(() => [])).length > before;
      if (!answer && !more && !popup.closed) return;
      clearInterval(timer);
      resolve(answer ?? { linked: more });
    }, look);
  });
}

// answerIn returns what the callback has answered in the window, or null.
function answerIn(popup, callback) {
  try {
    if (popup.location.pathname !== callback || popup.document.readyState !== 'complete') return null;
    const data = JSON.parse((popup.document.querySelector('pre') ?? popup.document.body).textContent);
    return data.detail ? { detail: data.detail } : { linked: true };
  } catch {
    return null; // another origin: still at the provider
  }
}

export function startLinked() {
  for (const button of document.querySelectorAll('[data-provider]')) {
    button.addEventListener('click', () => attempt(button, () => signInWith(button.dataset.provider)));
  }
  for (const button of document.querySelectorAll('[data-link]')) {
    button.addEventListener('click', () => attempt(button, () => link(button.dataset.link)));
  }
}
