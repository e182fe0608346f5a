// Passkeys as the browser has them. The server's JSON is what browsers read and write
// themselves (WebAuthn level 3).
import { call } from './api.js';

// hasPasskeys reports whether this page can use passkeys: at the address that they belong
// to, in a browser that reads the JSON.
export function hasPasskeys() {
  const at = document.getElementById('passkeys-card')?.dataset.passkeys;
  return at === location.origin && typeof window.PublicKeyCredential?.parseRequestOptionsFromJSON === 'function';
}

// words says what went wrong in the browser.
function words(error) {
  if (error.name === 'NotAllowedError' || error.name === 'AbortError') return new Error('The device has not answered. Nothing was changed.');
  if (error.name === 'InvalidStateError') return new Error('This device has a passkey for this account already.');
  return error;
}

// create makes a passkey and returns what the server is told.
export async function create(path) {
  const { data } = await call('POST', path, {});
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(data.publicKey);
  try {
    const credential = await navigator.credentials.create({ publicKey });
    return { ceremony: data.ceremony, credential: credential.toJSON() };
  } catch (error) {
    throw words(error);
  }
}

// answerBy has a passkey answer the options of the path, and returns what the server is
// told. more are choices of navigator.credentials.get, as for conditional mediation.
export async function answerBy(path, body, more = {}) {
  const { data } = await call('POST', path, body);
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(data.publicKey);
  try {
    const credential = await navigator.credentials.get({ publicKey, ...more });
    return { ceremony: data.ceremony, credential: credential.toJSON() };
  } catch (error) {
    throw more.signal?.aborted ? error : words(error);
  }
}
