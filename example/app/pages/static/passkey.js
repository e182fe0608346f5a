// Passkeys as the browser has them. The server's JSON is what browsers read and write
// themselves (WebAuthn level 3).
import { call } from './api.js';

// hasPasskeys reports whether this page can use passkeys: at the address that they belong
// to, in a browser that reads the JSON.
export function hasPasskeys() {
  const at = document.getElementById('passkeys-card')?.dataset.passkeys;
  return at === location.origin && typeof window.PublicKeyCredential?.parseRequestOptionsFromJSON === 'function';
}

// A browser has one request for a passkey at a time: the offer in the e-mail field ends
// when another one begins.
let offer = null;

export function beginOffer() {
  stopOffer();
  offer = new AbortController();
  return offer;
}

export function stopOffer() {
  offer?.abort();
  offer = null;
}

// refuse says what went wrong in the browser. What the page itself has ended is no news.
function refuse(error, signal) {
  if (signal?.aborted) throw error;
  if (error.name === 'NotAllowedError' || error.name === 'AbortError') throw new Error('The device has not answered. Nothing was changed.');
  if (error.name === 'InvalidStateError') throw new Error('This device has a passkey for this account already.');
  throw error;
}

// create makes a passkey and returns what the server is told.
export async function create(path) {
  stopOffer();
  const { data } = await call('POST', path, {});
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(data.publicKey);
  const credential = await navigator.credentials.create({ publicKey }).catch(refuse);
  return { ceremony: data.ceremony, credential: credential.toJSON() };
}

// answerBy has a passkey answer the options of the path, and returns what the server is
// told. more are choices of navigator.credentials.get, as for conditional mediation.
export async function answerBy(path, body, more = {}) {
  if (!more.signal) stopOffer();
  const { data } = await call('POST', path, body);
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(data.publicKey);
  const credential = await navigator.credentials.get({ publicKey, ...more }).catch((error) => refuse(error, more.signal));
  return { ceremony: data.ceremony, credential: credential.toJSON() };
}
