// Has users prove once more who they are, where a request needs a fresh login.
import { call, currentBackend, loggedInBy } from './api.js';
import { $ } from './dom.js';
import { knownWays, proofField } from './proof.js';

let field = null;
let backend = 'cookie';

// proveAgain returns when the login is fresh, and throws if the user cancels.
export async function proveAgain() {
  const [current, { data }] = await Promise.all([currentBackend(), call('GET', '/users/me/factors')]);
  backend = current;
  const types = data.factors.filter((factor) => factor.active !== false).map((factor) => factor.type);
  const ways = knownWays([...types, 'recovery_code']);
  const hasFactor = types.some((type) => type !== 'device');
  const dialog = $('again');
  dialog.returnValue = ''; // also the answer of the Escape key
  $('again-alert').textContent = '';
  $('again-hint').hidden = hasFactor;
  dialog.showModal();
  field.ask(...(hasFactor ? ways : ['password']));
  await new Promise((resolve) => {
    dialog.addEventListener('close', resolve, { once: true });
  });
  field.clear();
  if (dialog.returnValue !== 'proved') throw new Error('Nothing was changed.');
}

// prove answers in the dialog, which lies over the page's own messages.
async function prove(event) {
  event.preventDefault();
  const button = $('again-form').querySelector('button[type=submit]');
  button.disabled = true;
  $('again-alert').textContent = '';
  try {
    const proof = await field.proof(`/auth/${backend}/reauthenticate/options`, {});
    const { data } = await call('POST', `/auth/${backend}/reauthenticate`, proof);
    loggedInBy(backend, data?.access_token);
    $('again').close('proved');
  } catch (failure) {
    if (failure.status === 401) $('again').close('proved'); // the repeated request learns it, too
    $('again-alert').textContent = failure.code === 'LOGIN_BAD_CREDENTIALS' ? 'The password is wrong.' : failure.message;
    field.clear();
  } finally {
    button.disabled = false;
  }
}

export function startAgain() {
  field = proofField('again');
  $('again-form').addEventListener('submit', prove);
  $('again-cancel').addEventListener('click', () => $('again').close());
}
