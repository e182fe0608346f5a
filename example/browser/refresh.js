// How a page of yours calls the API with the tokens of the backend app: a sample for
// docs/refresh.md.

let tokens = JSON.parse(localStorage.getItem('tokens'));

async function refresh(used) {
  return navigator.locks.request('refresh', async () => {
    tokens = JSON.parse(localStorage.getItem('tokens'));
    if (!tokens || tokens.access_token !== used) return;          // another tab has done it
    const answer = await fetch('/auth/app/refresh', {
      method: 'POST', headers: {'Content-Type': 'application/json'},
      body: JSON.stringify({refresh_token: tokens.refresh_token}),
    });
    if (answer.status === 401) localStorage.removeItem('tokens'); // log in again
    if (!answer.ok) throw new Error(`refresh: ${answer.status}`);
    localStorage.setItem('tokens', await answer.text());
    tokens = JSON.parse(localStorage.getItem('tokens'));
  });
}

async function call(path, options = {}) {
  for (let attempt = 0; ; attempt++) {
    const used = tokens?.access_token;
    const headers = {...options.headers, Authorization: `Bearer ${used}`};
    const answer = await fetch(path, {...options, headers});
    if (answer.status !== 401 || attempt > 0) return answer;
    await refresh(used);
  }
}
