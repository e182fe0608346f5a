// Which part of the page is shown, and the forms of people who are not logged in.
import { call, currentBackend, explainSignIn, loggedInBy, onStale } from './api.js';
import { $, attempt, complain, onClick, onLoggedOut, onSubmit, say, show } from './dom.js';
import { fillAccount, loadSessions, startAccount } from './account.js';
import { loadLinked, startLinked } from './linked.js';
import { loadUsers, showActing, startAdmin } from './admin.js';
import { proveAgain, startAgain } from './again.js';
import { loadInvitations, startInvitations, startInvited } from './invitations.js';
import { forgetKey, loadFactors, startFactors } from './factors.js';
import { stopOffer } from './passkey.js';
import { loadPasskeys, offerPasskeys, startPasskeys } from './passkeys.js';
import { loadKeys, startKeys } from './keys.js';
import { startMailLink, startMailLogin } from './maillogin.js';
import { askFactor, startStep } from './step.js';
import { loadEvents, startEvents } from './events.js';

// A mailed link carries its token behind the "#", which browsers send to nobody.
function takeToken() {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token) history.replaceState(null, '', location.pathname);
  return token;
}

// A mail's link that is opened in this tab may change nothing but what is behind the "#".
addEventListener('hashchange', () => {
  if (new URLSearchParams(location.hash.slice(1)).has('token')) location.reload();
});

// The optional guard answers strangers without an error, which a first visit is not.
// shown is called when the right part of the page is there, before its lists are.
async function enter(shown = () => {}) {
  const { user } = (await call('GET', '/protected/optional')).data;
  if (!user || !user.is_active) {
    leave();
    shown();
    return null;
  }
  stopOffer();
  $('logout').hidden = false;
  fillAccount(user);
  show('account', ...(user.is_superuser ? ['admin'] : []));
  shown();
  const admin = user.is_superuser ? [loadUsers(), loadEvents('all-events'), ...($('invite') ? [loadInvitations()] : [])] : [];
  await Promise.all([showActing(user), loadSessions(), loadLinked(), loadFactors(), loadPasskeys(), loadKeys(), loadEvents(), ...admin]);
  return user;
}

function leave() {
  $('acting').hidden = true;
  loggedInBy('cookie', null);
  forgetKey();
  $('who').textContent = '';
  $('logout').hidden = true;
  show('welcome');
  offerPasskeys();
}

// focusTop is for people who hear the page: what they pressed is gone.
function focusTop() {
  $('main').focus({ preventScroll: true });
  scrollTo(0, 0);
}

async function logOut() {
  await call('POST', `/auth/${await currentBackend()}/logout`);
  loggedInBy('cookie', null);
  const still = await enter(focusTop);
  say(still ? 'You are logged out there, and still logged in by another cookie.' : 'You are logged out.');
}

function startWelcome() {
  onSubmit('login', async ({ username, password, backend }, form) => {
    try {
      const { data } = await call('POST', `/auth/${backend}/login`, new URLSearchParams({ username, password }));
      loggedInBy(backend, data?.access_token);
    } catch (failure) {
      if (failure.code !== 'LOGIN_FACTOR_REQUIRED') throw failure;
      askFactor(backend, failure.detail.factors, failure.detail.login_token);
      form.reset();
      return;
    }
    form.reset();
    await enter(focusTop);
  });
  onSubmit('register', async ({ email, password, first_name: name }, form) => {
    await call('POST', '/auth/register', name ? { email, password, first_name: name } : { email, password });
    form.reset();
    $('login-email').value = email;
    $('login-password').focus();
    say('The account is there. Log in now.');
  });
  onSubmit('forgot', async ({ email }, form) => {
    await call('POST', '/auth/forgot-password', { email });
    form.reset();
    say('If there is such an account, a mail with a link is on its way.');
  });
}

// goHome is where the page of a mail's link ends.
async function goHome() {
  history.replaceState(null, '', '/');
  await enter();
}

function startVerify(token) {
  show('verify');
  onSubmit('verify-form', async () => {
    await call('POST', '/auth/verify', { token });
    await goHome();
    say('The address is confirmed.');
  });
}

function startReset(token) {
  show('reset');
  onSubmit('reset-form', async ({ password }, form) => {
    await call('POST', '/auth/reset-password', { token, password });
    form.reset();
    await goHome();
    say('The new password is saved. Log in with it.');
  });
}

// endSignIn shows how a sign-in with a provider has ended that did not log in.
async function endSignIn(code) {
  history.replaceState(null, '', location.pathname);
  if (code !== 'LOGIN_FACTOR_REQUIRED') return complain(explainSignIn(code));
  const { data } = await call('GET', '/auth/cookie/login/factor');
  return askFactor('cookie', data.factors);
}

async function start() {
  startWelcome();
  startStep(() => enter(focusTop), leave);
  startMailLogin(() => enter(focusTop), leave);
  startAgain();
  onStale(proveAgain);
  startAccount(() => enter());
  startEvents();
  startLinked();
  startFactors();
  startPasskeys(() => enter(focusTop));
  startKeys();
  startAdmin(() => enter());
  if ($('invite')) startInvitations();
  onLoggedOut(leave);
  onClick('logout', logOut);
  const token = takeToken();
  if (token && location.pathname === '/verify') return startVerify(token);
  if (token && location.pathname === '/reset-password') return startReset(token);
  if (token && location.pathname === '/invitation') return startInvited(token, goHome);
  if (token && location.pathname === '/login-by-mail') return startMailLink(token, goHome);
  await enter();
  const failure = new URLSearchParams(location.search).get('error');
  return failure ? endSignIn(failure) : null;
}

attempt(null, start);
