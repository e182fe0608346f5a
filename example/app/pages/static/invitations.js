// Invitations: the page of an invitation's link, and the superusers' list.
import { call } from './api.js';
import { $, attempt, element, onSubmit, say, show } from './dom.js';

// startInvited is the page that the link of an invitation opens.
export function startInvited(token, goHome) {
  show('invited');
  onSubmit('invited-form', async ({ email, password }, form) => {
    await call('POST', '/auth/register', { email, password, invitation: token });
    form.reset();
    await goHome();
    $('login-email').value = email;
    say('The account is there. Log in now.');
  });
}

export async function loadInvitations() {
  const { data } = await call('GET', '/invitations?limit=100');
  const items = data.items.map(invitationItem);
  $('invitations').replaceChildren(...(items.length ? items : [element('li', {}, 'Nobody is invited.')]));
}

function invitationItem(invitation) {
  const path = `/invitations/${invitation.id}`;
  const again = element('button', {
    type: 'button',
    class: 'quiet',
    'aria-label': `Send the invitation of ${invitation.email} again`,
    onclick: () => attempt(again, async () => {
      await call('POST', `${path}/resend`);
      say('If it has not had too many, the address gets another mail.');
    }),
  }, 'Send again');
  const revoke = element('button', {
    type: 'button',
    class: 'danger',
    'aria-label': `Revoke the invitation of ${invitation.email}`,
    onclick: () => attempt(revoke, async () => {
      await call('DELETE', path);
      await loadInvitations();
      say('The invitation is revoked.');
    }),
  }, 'Revoke');
  return element('li', { 'aria-label': invitation.email }, element('span', {}, invitation.email), again, revoke);
}

export function startInvitations() {
  onSubmit('invite', async ({ email }, form) => {
    await call('POST', '/invitations', { email });
    form.reset();
    await loadInvitations();
    say('The invitation is on its way.');
  });
}
