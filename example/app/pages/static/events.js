// What has happened: to the user's own account, and to all for superusers.
import { call } from './api.js';
import { $, element, onClick } from './dom.js';

// lists are the two lists: where they come from, and the cursor of the next page.
const lists = {
  events: { path: '/users/me/events', more: 'more-events', next: null },
  'all-events': { path: '/events', more: 'more-all-events', next: null },
};

export async function loadEvents(id = 'events', more = false) {
  const list = lists[id];
  const parameters = new URLSearchParams({ limit: '10' });
  if (more && list.next) parameters.set('cursor', list.next);
  const { data } = await call('GET', `${list.path}?${parameters}`);
  list.next = data.next;
  const items = data.items.map(eventItem);
  if (more) $(id).append(...items);
  else $(id).replaceChildren(...(items.length ? items : [element('li', {}, 'Nothing yet.')]));
  $(list.more).hidden = !list.next;
}

function eventItem(event) {
  const at = new Date(event.at).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' });
  const details = [event.outcome !== 'ok' && (event.code || event.outcome), event.backend && `by ${event.backend}`, event.ip && `from ${event.ip}`];
  return element('li', {}, element('span', {},
    element('strong', {}, event.kind.replaceAll('_', ' ')), ` ${details.filter(Boolean).join(', ')}`,
    element('small', {}, at)));
}

export function startEvents() {
  onClick('more-events', () => loadEvents('events', true));
  onClick('more-all-events', () => loadEvents('all-events', true));
}
