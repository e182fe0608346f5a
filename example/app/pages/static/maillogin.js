// Logging in by mail: with the code where the mail was asked for, or with the link.
import { call, loggedInBy } from './api.js';
import { $, onClick, onSubmit, say, show } from './dom.js';
import { askFactor } from './step.js';

// The request that waits for its code. It is worth nothing without the mail.
let request = null;

// logIn sends the proof and shows the next step, if there is one.
async function logIn(backend, proof, entered) {
  try {
    const { data } = await call('POST', `/auth/${backend}/login/mail`, proof);
    loggedInBy(backend, data?.access_token);
  } catch (failure) {
    if (failure.code !== 'LOGIN_FACTOR_REQUIRED') throw failure;
    askFactor(backend, failure.detail.factors, failure.detail.login_token);
    return;
  }
  await entered();
}

export function startMailLogin(entered, left) {
  onSubmit('mail-request', async ({ email }, form) => {
    request = (await call('POST', '/auth/request-login', { email })).data.request;
    form.reset();
    $('mail-code-form').reset();
    show('mail-code');
    say('A mail with a code and a link is on its way.');
    $('mail-code-code').focus();
  });
  onSubmit('mail-code-form', async ({ code }, form) => {
    await logIn('cookie', { request, code }, entered);
    form.reset();
  });
  onClick('mail-code-cancel', left);
}

// startMailLink is the page that the link of a mail opens. Nothing happens before its
// button is pressed, as programs open links, too.
export function startMailLink(token, entered) {
  let confirm = false;
  show('mail-link');
  onSubmit('mail-link-form', async () => {
    try {
      await logIn('cookie', confirm ? { token, confirm } : { token }, entered);
    } catch (failure) {
      if (failure.code !== 'LOGIN_CONFIRM_BROWSER') throw failure;
      confirm = true;
      $('mail-link-other').hidden = false;
      $('mail-link-button').textContent = 'Yes, log in here';
    }
  });
}
