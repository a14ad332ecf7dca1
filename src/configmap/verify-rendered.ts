import { readMapRoles } from '../authenticator/read-map.ts';
import type { Entry } from '../entry.ts';
import { bug } from '../errors.ts';
import { readDocument } from './document.ts';
import { requireSize } from './size.ts';

/**
 * Reads a text that was rendered, a ConfigMap or a bare list, as the authenticator does.
 * @throws Failure: exit 2 where no cluster would take it, exit 4 where other entries than these would load
 */
export function verifyRendered(text: string, entries: readonly Entry[]): void {
  const document = readDocument(text, '<stdout>');
  requireSize(document);
  const loaded = readMapRoles(document.mapRoles?.text ?? '');
  const [wanted, found] = [
    entries.map(({ rolearn, username, groups }) => [rolearn, username, ...groups]),
    loaded.entries.map(({ arn, username, groups }) => [arn, username, ...(groups ?? [])]),
  ];
  if (loaded.errors.length > 0 || JSON.stringify(wanted) !== JSON.stringify(found)) {
    throw bug('the entries would load differently than they were meant');
  }
}
