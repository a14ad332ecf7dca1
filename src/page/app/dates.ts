import { element } from './dom.ts';

const DAY = { day: 'numeric', month: 'short', year: 'numeric' } as const;
const days = new Intl.DateTimeFormat('en-GB', DAY);
const times = new Intl.DateTimeFormat('en-GB', {
  ...DAY,
  hour: '2-digit',
  minute: '2-digit',
  timeZoneName: 'short',
});

/**
 * A point in time in the reader's time zone; ISO 8601 on hover and for programs.
 * @param iso as in the data; shown as it is if it isn't a date
 */
export function dateElement(iso: string, { withTime = false } = {}): HTMLElement {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return element('span', {}, iso);
  return element('time', { datetime: iso, title: iso }, (withTime ? times : days).format(date));
}
