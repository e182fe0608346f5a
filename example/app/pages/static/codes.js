// Recovery codes, which are shown once.
import { $, element } from './dom.js';

const listed = () => [...$('codes-list').children].map((item) => item.textContent);

// showCodes returns when the dialog is closed. The codes are not on the page any more then.
export async function showCodes(codes) {
  const dialog = $('codes');
  $('codes-list').replaceChildren(...codes.map((code) => element('li', {}, element('code', {}, code))));
  $('codes-status').textContent = '';
  dialog.showModal();
  await new Promise((resolve) => {
    dialog.addEventListener('close', resolve, { once: true });
  });
  $('codes-list').replaceChildren();
}

async function copy() {
  try {
    await navigator.clipboard.writeText(`${listed().join('\n')}\n`);
    $('codes-status').textContent = 'Copied.';
  } catch { // not over plain HTTP, and not without leave
    getSelection().selectAllChildren($('codes-list'));
    $('codes-status').textContent = 'The codes are selected; copy them by the keyboard.';
  }
}

export function startCodes() {
  $('copy-codes').addEventListener('click', copy);
  $('print-codes').addEventListener('click', () => print());
}
