// The user's own second factors: authenticator apps, recovery codes, trusted browsers.
import { call } from './api.js';
import { $, attempt, confirmed, element, onClick, onSubmit, say } from './dom.js';
import { loadSessions } from './account.js';
import { showCodes, startCodes } from './codes.js';

// The ID of the key that waits for its first code.
let fresh = null;

export async function loadFactors() {
  const { data } = await call('GET', '/users/me/factors');
  const devices = data.factors.filter((factor) => factor.type === 'device');
  const others = data.factors.filter((factor) => factor.type === 'totp');
  const isOn = data.factors.some((factor) => factor.type !== 'device' && factor.active !== false);
  fill('factors', others, 'No authenticator app yet. With one, or with a passkey, a password alone does not log in.');
  fill('devices', devices, 'None.');
  $('with-factor').hidden = !isOn;
  $('codes-left').textContent = `${data.recovery_codes_left} left. Each works once, in the place of the app or passkey.`;
}

function fill(list, factors, none) {
  $(list).replaceChildren(...(factors.length ? factors.map(factorItem) : [element('li', {}, none)]));
}

const day = (time) => new Date(time).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' });

function factorItem(factor) {
  const isDevice = factor.type === 'device';
  const since = day(factor.created_at);
  const used = factor.last_used_at ? `last used ${day(factor.last_used_at)}` : 'not used yet';
  const remove = element('button', {
    type: 'button',
    'aria-label': isDevice ? `Remove the trusted browser ${factor.name} since ${since}` : `Remove ${factor.name} since ${since}`,
    onclick: () => attempt(remove, async () => {
      if (!isDevice && !(await confirmed(`Remove ${factor.name}? Without an app or a passkey, your password alone logs in.`))) return;
      await call('DELETE', `/users/me/factors/${factor.id}`);
      await loadChanged();
      say(isDevice ? 'The browser is not trusted any more.' : `${factor.name} is removed.`);
    }),
  }, 'Remove');
  const state = factor.active === false ? 'not in force: set it up again' : `since ${since}, ${used}`;
  return element('li', {}, element('span', {}, element('strong', {}, factor.name), element('small', {}, state)), remove);
}

// loadChanged shows what is left: a change of apps ends other sessions.
async function loadChanged() {
  await Promise.all([loadFactors(), loadSessions()]);
}

function showKey(key) {
  fresh = key?.id ?? null;
  $('confirm-factor').reset();
  $('qr').replaceChildren(...(key ? [element('img', { src: key.qr, alt: 'QR code with the key' })] : []));
  $('secret').textContent = key ? key.secret.match(/.{1,4}/g).join(' ') : '';
  $('confirm-factor').hidden = !key;
  $('add-factor').hidden = Boolean(key);
}

// forgetKey takes a key off the page that was not confirmed.
export function forgetKey() {
  showKey(null);
}

export function startFactors() {
  startCodes();
  onSubmit('add-factor', async ({ name }, form) => {
    const { data } = await call('POST', '/users/me/factors/totp', name ? { name } : {});
    form.reset();
    showKey(data);
    $('confirm-code').focus();
  });
  onSubmit('confirm-factor', async ({ code }) => {
    const { data } = await call('POST', `/users/me/factors/totp/${fresh}/confirm`, { code });
    showKey(null);
    // Before anything that may fail: this is the only time.
    if (data?.recovery_codes) await showCodes(data.recovery_codes);
    await loadChanged();
    say('The app is set up. Logins ask for its code now.');
  });
  onClick('cancel-factor', forgetKey);
  onClick('new-codes', async () => {
    const { data } = await call('POST', '/users/me/recovery-codes');
    await showCodes(data.recovery_codes);
    await loadFactors();
    say('The new recovery codes are in force, those of before are not.');
  });
}
