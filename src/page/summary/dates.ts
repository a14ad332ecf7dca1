import { type Markup, markup } from './markup.ts';

// In UTC: a page is read in many places, and mailed.
const DAY = { day: 'numeric', month: 'short', timeZone: 'UTC' } as const;
const shortDays = new Intl.DateTimeFormat('en-GB', DAY);
const days = new Intl.DateTimeFormat('en-GB', { ...DAY, year: 'numeric' });
const times = new Intl.DateTimeFormat('en-GB', {
  ...DAY,
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  timeZoneName: 'short',
});

/** `28 Oct` */
export function shortDay(iso: string): string {
  return formatted(iso, shortDays);
}

/** `28 Oct 2026` */
export function dayView(iso: string): Markup {
  return markup('time', { datetime: iso, title: iso }, formatted(iso, days));
}

/** `28 Oct 2026, 05:00 UTC` */
export function timeView(iso: string): Markup {
  return markup('time', { datetime: iso, title: iso }, formatted(iso, times));
}

/** A text that isn't a date stays as it is. */
function formatted(iso: string, format: Intl.DateTimeFormat): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? iso : format.format(date);
}
