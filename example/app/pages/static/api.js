// Talks to the server. Cookie and session logins need nothing here: the browser
// sends their cookies. A bearer token lives in this variable and nowhere else,
// so that nothing that reads the browser's storage finds it; a reload logs out.
let bearer = null;
let backend = 'cookie';

export function loggedInBy(name, token) {
  backend = name;
  bearer = token ?? null;
}

export function currentBackend() {
  return backend;
}

// Only cookies come along when a provider sends the browser back.
export function usesBearer() {
  return bearer !== null;
}

// Failure is an answer other than a success. Its message is for people; fields are
// the names of those that were refused.
export class Failure extends Error {
  constructor(status, detail) {
    super(explain(status, detail));
    this.status = status;
    this.fields = Array.isArray(detail) ? detail.map((d) => d.loc[d.loc.length - 1]) : [];
  }
}

export async function call(method, path, body) {
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
  REGISTER_USER_ALREADY_EXISTS: 'There is an account with this e-mail address already.',
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
  TOO_MANY_REQUESTS: 'Too many tries. Wait a moment and try again.',
  CROSS_ORIGIN_REQUEST: 'The browser says that this request comes from another site.',
};

const fieldNames = { username: 'E-mail', email: 'E-mail', password: 'Password', first_name: 'First name' };

export function explain(status, detail) {
  if (status === 0) return 'The server does not answer.';
  if (Array.isArray(detail)) return detail.map((d) => `${fieldNames[d.loc[d.loc.length - 1]] ?? d.loc[d.loc.length - 1]}: ${d.msg}`).join('. ');
  if (detail && detail.reason) return String(detail.reason);
  if (Object.hasOwn(sentences, detail)) return sentences[detail];
  if (status === 401) return 'Please log in.';
  if (status === 503) return 'The server is busy. Try again in a moment.';
  return String(detail || `Error ${status}`);
}

// explainSignIn words the code that a sign-in with a provider has ended with. It comes
// in the page's address, which anybody can write into a link, so no text of it is shown.
export function explainSignIn(code) {
  return Object.hasOwn(sentences, code) ? sentences[code] : 'The sign-in did not work. Try again.';
}
