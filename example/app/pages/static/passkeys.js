// Signing in with a passkey, and the user's own passkeys.
import { call, loggedInBy } from './api.js';
import { $, attempt, complain, confirmed, element, onClick, onSubmit, say } from './dom.js';
import { loadSessions } from './account.js';
import { showCodes } from './codes.js';
import { loadFactors } from './factors.js';
import { answerBy, beginOffer, create, hasPasskeys } from './passkey.js';

// An offer is good for five minutes on the server, and made again before that.
const offerTime = 4 * 60 * 1000;
let entered = () => {};

const day = (time) => new Date(time).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' });

async function logIn(backend, answer) {
  const { data } = await call('POST', `/auth/${backend}/passkey/login`, answer);
  loggedInBy(backend, data?.access_token);
  await entered();
}

const chosen = () => $('login-backend').value;

// offerPasskeys has the browser offer passkeys in the e-mail field (conditional mediation).
export async function offerPasskeys() {
  if (!hasPasskeys() || !(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  const { signal } = beginOffer();
  const timer = setTimeout(() => signal.aborted || offerPasskeys(), offerTime);
  let answered = false;
  try {
    const answer = await answerBy('/auth/cookie/passkey/options', {}, { mediation: 'conditional', signal });
    answered = true;
    await logIn('cookie', answer);
  } catch (error) {
    if (signal.aborted) return;
    complain(explainLogin(error));
    if (answered) offerPasskeys();
  } finally {
    clearTimeout(timer);
  }
}

const explainLogin = (error) => (error.code === 'LOGIN_BAD_CREDENTIALS' ? 'This passkey is not known here (any more).' : error.message);

async function signIn() {
  const backend = chosen();
  try {
    await logIn(backend, await answerBy(`/auth/${backend}/passkey/options`, {}));
  } catch (error) {
    offerPasskeys();
    throw error.code === 'LOGIN_BAD_CREDENTIALS' ? new Error(explainLogin(error)) : error;
  }
}

export async function loadPasskeys() {
  if (!$('passkeys-card')) return;
  const { data } = await call('GET', '/users/me/passkeys');
  $('passkeys').replaceChildren(...(data.length ? data.map(passkeyItem) : [element('li', {}, 'None yet. A passkey logs you in without your password.')]));
}

function passkeyItem(passkey) {
  const since = day(passkey.created_at);
  const used = passkey.last_used_at ? `last used ${day(passkey.last_used_at)}` : 'not used yet';
  const remove = element('button', {
    type: 'button',
    'aria-label': `Delete the passkey ${passkey.name} since ${since}`,
    onclick: () => attempt(remove, async () => {
      if (!(await confirmed(`Delete ${passkey.name}? The device cannot log in with it any more.`))) return;
      await call('DELETE', `/users/me/passkeys/${passkey.id}`);
      await loadChanged();
      say(`The passkey ${passkey.name} is deleted.`);
    }),
  }, 'Delete');
  const where = passkey.backed_up ? 'on all your devices' : 'on one device';
  return element('li', {}, element('span', {}, element('strong', {}, passkey.name), element('small', {}, `${where}, since ${since}, ${used}`)), remove);
}

// loadChanged shows what is left: a passkey is a second factor, too.
async function loadChanged() {
  await Promise.all([loadPasskeys(), loadFactors(), loadSessions()]);
}

export function startPasskeys(whenEntered) {
  entered = whenEntered;
  if (!$('passkeys-card')) return;
  const here = hasPasskeys();
  $('passkey-login').hidden = !here;
  $('passkey-elsewhere').hidden = here;
  $('add-passkey').hidden = !here;
  $('no-passkeys').hidden = here;
  onClick('passkey-login', signIn);
  onSubmit('add-passkey', async ({ name }, form) => {
    const answer = await create('/users/me/passkeys/options');
    const { data } = await call('POST', '/users/me/passkeys', name ? { name, ...answer } : answer);
    form.reset();
    // Before anything that may fail: this is the only time.
    if (data.recovery_codes) await showCodes(data.recovery_codes);
    await loadChanged();
    say(`The passkey ${data.name} is there.`);
  });
}
