const auth = '/auth';

export class Failure extends Error {
  constructor(status, detail) {
    super(`${status} ${detail?.code ?? detail ?? ''}`);
    this.status = status;
    this.detail = detail; // a code, or an object with one: LOGIN_FACTOR_REQUIRED
  }
}

const load = () => JSON.parse(localStorage.getItem('tokens'));

async function failure(answer) {
  const body = await answer.json().catch(() => null);
  return new Failure(answer.status, body?.detail);
}

export async function logIn(username, password) {
  const answer = await fetch(`${auth}/login`, {method: 'POST', body: new URLSearchParams({username, password})});
  if (!answer.ok) throw await failure(answer);
  localStorage.setItem('tokens', await answer.text());
}

export async function logOut() {
  const tokens = load();
  if (!tokens) return;
  const answer = await fetch(`${auth}/logout`, {
    method: 'POST',
    headers: {Authorization: `Bearer ${tokens.access_token}`, 'Content-Type': 'application/json'},
    body: JSON.stringify({refresh_token: tokens.refresh_token}), // ends the login where the access token has expired
  });
  if (!answer.ok && answer.status !== 401) throw await failure(answer); // the login may go on: try again
  localStorage.removeItem('tokens');
}

// refresh replaces the tokens, unless another tab has replaced those that were used.
function refresh(used) {
  return navigator.locks.request('refresh', async () => {
    const tokens = load();
    if (!tokens || tokens.access_token !== used) return;
    const answer = await fetch(`${auth}/refresh`, {
      method: 'POST',
      headers: {'Content-Type': 'application/json'},
      body: JSON.stringify({refresh_token: tokens.refresh_token}),
    });
    if (answer.status === 401) localStorage.removeItem('tokens');
    if (!answer.ok) throw await failure(answer); // 503, 429: the same token, later
    localStorage.setItem('tokens', await answer.text()); // before anything uses the access token
  });
}

// call is fetch for a user who is logged in. A 401 of its answer means: show the login.
export async function call(path, options = {}) {
  for (let attempt = 0; ; attempt++) {
    const used = load()?.access_token;
    const headers = used ? {...options.headers, Authorization: `Bearer ${used}`} : options.headers;
    const answer = await fetch(path, {...options, headers});
    if (answer.status !== 401 || !used || attempt > 0) return answer;
    try {
      await refresh(used);
    } catch (error) {
      if (error.status === 401) return answer;
      throw error;
    }
  }
}
