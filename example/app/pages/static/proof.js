// A field that takes a proof of who somebody is: the password, a code of the app, a
// recovery code, or nothing where a passkey answers. A button beside it changes between
// them.
import { $ } from './dom.js';
import { answerBy, hasPasskeys } from './passkey.js';

const kinds = {
  password: { label: 'Password', type: 'password', autocomplete: 'current-password', inputMode: 'text' },
  totp: { label: 'Code of your authenticator app', type: 'text', autocomplete: 'one-time-code', inputMode: 'numeric', use: 'Use the app' },
  passkey: { label: 'Your device asks you for your passkey.', use: 'Use a passkey' },
  recovery_code: { label: 'Recovery code', type: 'text', autocomplete: 'off', inputMode: 'text', use: 'Use a recovery code' },
};

// proofField is the field of a form whose parts have IDs that begin with prefix.
export function proofField(prefix) {
  const [label, input, other] = ['label', 'code', 'other'].map((part) => $(`${prefix}-${part}`));
  let ways = [];

  // ask asks for the first of the ways.
  function ask(...names) {
    ways = names;
    const { label: text, type = 'text', autocomplete = 'off', inputMode = 'text' } = kinds[ways[0]];
    label.textContent = text;
    Object.assign(input, { type, autocomplete, inputMode, value: '' });
    input.hidden = ways[0] === 'passkey';
    input.required = !input.hidden;
    other.hidden = ways.length < 2;
    other.textContent = other.hidden ? '' : kinds[ways[1]].use;
    input.focus();
  }

  function clear() {
    input.value = '';
    input.focus();
  }

  // proof returns what requests prove it with. The options of a passkey are asked for at
  // the path given, with body.
  async function proof(path, body) {
    if (ways[0] === 'passkey') return { factor: 'passkey', ...(await answerBy(path, body)) };
    return ways[0] === 'password' ? { password: input.value } : { factor: ways[0], code: input.value };
  }

  other.addEventListener('click', () => ask(...ways.slice(1), ways[0]));
  return { ask, clear, proof };
}

// knownWays returns the factors that this page has a field for, passkeys first.
export function knownWays(factors) {
  return ['passkey', 'totp', 'recovery_code'].filter((name) => factors.includes(name) && (name !== 'passkey' || hasPasskeys()));
}
