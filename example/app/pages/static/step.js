// The second step of a login, whichever way it was made.
import { call, loggedInBy } from './api.js';
import { $, onClick, onSubmit, show } from './dom.js';
import { knownWays, proofField } from './proof.js';

let field = null;
// The login that waits. Cookie and session logins have the token in a cookie instead.
let waiting = { backend: 'cookie', token: undefined };

// askFactor shows the step.
export function askFactor(backend, factors, token) {
  const ways = knownWays(factors);
  if (!ways.length) throw new Error('No second factor of this account can be used. A superuser can help.');
  waiting = { backend, token };
  $('factor-form').reset();
  $('factor-trust').hidden = token !== undefined; // only browsers with cookies are trusted
  show('factor');
  field.ask(...ways);
}

async function answer(trust) {
  const { backend, token } = waiting;
  const body = { ...(await field.proof(`/auth/${backend}/login/factor/options`, token ? { login_token: token } : {})) };
  if (token) body.login_token = token;
  else body.trust_device = trust;
  const { data } = await call('POST', `/auth/${backend}/login/factor`, body);
  loggedInBy(backend, data?.access_token);
}

export function startStep(entered, left) {
  field = proofField('factor');
  onSubmit('factor-form', async (values) => {
    try {
      await answer(values.trust_device === 'yes');
    } catch (failure) {
      if (failure.code === 'LOGIN_BAD_TOKEN') left();
      else field.clear();
      throw failure;
    }
    $('factor-form').reset();
    await entered();
  });
  onClick('factor-cancel', left);
}
