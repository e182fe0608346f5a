// How a page of yours has passkeys over the API: a sample for docs/passkeys.md.

async function send(path, body) {
  const answer = await fetch(path, {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(body)});
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

// createBy has the browser make a passkey by the options of a path.
async function createBy(path) {
  const {ceremony, publicKey} = await send(path, {});
  const credential = await navigator.credentials.create({publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey)});
  return {ceremony, credential: credential.toJSON()};
}

// answerBy has a passkey answer the options of a path. more are choices of
// navigator.credentials.get, as for conditional mediation.
async function answerBy(path, more = {}) {
  const {ceremony, publicKey} = await send(path, {});
  const credential = await navigator.credentials.get({publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey), ...more});
  return {ceremony, credential: credential.toJSON()};
}
