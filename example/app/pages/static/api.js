// Talks to the server. Cookie and session logins need nothing here: the browser
// sends their cookies. A bearer token lives in this variable and nowhere else,
// so that nothing that reads the browser's storage finds it; a reload logs out.
let bearer = null;
let backend = 'cookie';

export function loggedInBy(name, token) {
  backend = name;
  bearer = token ?? null;
}

// A cookie does not tell a script which backend it belongs to; the list of sessions does.
export async function currentBackend() {
  return (await currentSession()).backend;
}

// currentSession is the session of this page; of a JWT, which is not recorded, only the backend is known.
export async function currentSession() {
  const { data } = await call('GET', '/users/me/sessions');
  return data.find((session) => session.current) ?? { backend };
}

// Only cookies come along when a provider sends the browser back.
export function usesBearer() {
  return bearer !== null;
}

// Failure is an answer other than a success. Its message is for people, its code for the
// page; fields are the names of those that were refused.
export class Failure extends Error {
  constructor(status, detail) {
    super(explain(status, detail));
    this.status = status;
    this.detail = detail;
    this.code = detail?.code ?? detail;
    this.fields = Array.isArray(detail) ? detail.map((d) => d.loc[d.loc.length - 1]) : [];
  }
}

// Refusals of a login that is too old, or was made with one factor where two are needed.
const stale = ['FRESH_LOGIN_REQUIRED', 'FACTOR_REQUIRED'];
let proveAgain = null;

// onStale sets what has users prove once more who they are. It throws if they do not.
export function onStale(prove) {
  proveAgain = prove;
}

// call sends a request. One that needs a fresh login is repeated once, after the proof.
export async function call(method, path, body) {
  try {
    return await send(method, path, body);
  } catch (failure) {
    if (failure.status !== 403 || !stale.includes(failure.code) || !proveAgain) throw failure;
    await proveAgain();
    return send(method, path, body);
  }
}

async function send(method, path, body) {
  const headers = {};
  if (bearer) headers.Authorization = `Bearer ${bearer}`;
  if (body !== undefined && !(body instanceof URLSearchParams)) {
    headers['Content-Type'] = 'application/json';
    body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(path, { method, headers, body, credentials: 'same-origin' });
  } catch {
    throw new Failure(0, null);
  }
  const text = await response.text();
  let data = null;
  try {
    data = text ? JSON.parse(text) : null;
  } catch {
    // Not ginauth's answer; the status says enough.
  }
  if (!response.ok) throw new Failure(response.status, data && data.detail);
  return { data, headers: response.headers };
}

const sentences = {
  LOGIN_BAD_CREDENTIALS: 'E-mail and password do not match.',
  LOGIN_USER_NOT_VERIFIED: 'Please confirm your e-mail address first.',
  LOGIN_FACTOR_REQUIRED: 'This account needs a second factor.',
  LOGIN_BAD_FACTOR: 'This code is wrong, or was used before.',
  LOGIN_BAD_TOKEN: 'This login took too long, too many tries, or was used before. Begin again.',
  LOGIN_CONFIRM_BROWSER: 'The mail was asked for in another browser.',
  FRESH_LOGIN_REQUIRED: 'This needs a login of the last minutes.',
  FACTOR_REQUIRED: 'This needs a login with a second factor.',
  FACTOR_LIMIT: 'There are too many authenticator apps already.',
  API_KEY_LIMIT: 'There are too many API keys already.',
  FACTOR_MISSING: 'Set up an authenticator app first.',
  PASSKEY_LIMIT: 'There are too many passkeys already.',
  PASSKEY_BAD_CEREMONY: 'This took too long. Try again.',
  PASSKEY_BAD_CREDENTIAL: 'This device answered in a way that cannot be used.',
  PASSKEY_ALREADY_REGISTERED: 'This passkey is there already.',
  REGISTER_USER_ALREADY_EXISTS: 'There is an account with this e-mail address already.',
  INVITATION_BAD_TOKEN: 'This invitation is used up, too old, or for another address.',
  INVITATION_REQUIRED: 'Only those who are invited can have an account here.',
  UPDATE_USER_EMAIL_ALREADY_EXISTS: 'Somebody else has this e-mail address.',
  UPDATE_LAST_SUPERUSER: 'At least one superuser must stay.',
  RESET_PASSWORD_BAD_TOKEN: 'This link is used up or too old. Ask for a new one.',
  VERIFY_USER_BAD_TOKEN: 'This link is too old, or for another address. Ask for a new one.',
  VERIFY_USER_ALREADY_VERIFIED: 'The address is confirmed already.',
  OAUTH_USER_ALREADY_EXISTS: 'There is an account with this e-mail address. Log in and link the provider there.',
  OAUTH_ACCOUNT_ALREADY_LINKED: 'This provider account belongs to somebody else here.',
  OAUTH_LAST_LOGIN_METHOD: 'This is the last way to log in; set a password first.',
  OAUTH_NOT_AVAILABLE_EMAIL: 'The provider told no e-mail address.',
  OAUTH_PROVIDER_ERROR: 'The provider did not answer as it should. Try again.',
  OAUTH_INVALID_STATE: 'This sign-in was started in another window or used before. Try again.',
  ACCESS_TOKEN_ALREADY_EXPIRED: 'This sign-in took too long. Try again.',
  access_denied: 'The provider was told not to sign you in.',
  IMPERSONATED: 'Only the user may do this.',
  IMPERSONATION_REFUSED: 'You cannot act in this name.',
  TOO_MANY_REQUESTS: 'Too many tries. Wait a moment and try again.',
  CROSS_ORIGIN_REQUEST: 'The browser says that this request comes from another site.',
};

const fieldNames = { username: 'E-mail', email: 'E-mail', password: 'Password', first_name: 'First name', name: 'Name', code: 'Code' };

export function explain(status, detail) {
  if (status === 0) return 'The server does not answer.';
  if (Array.isArray(detail)) return detail.map((d) => `${fieldNames[d.loc[d.loc.length - 1]] ?? d.loc[d.loc.length - 1]}: ${d.msg}`).join('. ');
  if (detail && detail.reason) return String(detail.reason);
  const code = detail?.code ?? detail;
  if (Object.hasOwn(sentences, code)) return sentences[code];
  if (status === 401) return 'Please log in.';
  if (status === 503) return 'The server is busy. Try again in a moment.';
  return String(code || `Error ${status}`);
}

// explainSignIn words the code that a sign-in with a provider has ended with. It comes
// in the page's address, which anybody can write into a link, so no text of it is shown.
export function explainSignIn(code) {
  return Object.hasOwn(sentences, code) ? sentences[code] : 'The sign-in did not work. Try again.';
}
