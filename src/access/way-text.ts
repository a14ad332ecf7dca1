import type { GrantingEntry } from '../cluster/entry.ts';
import { principalText, shortName } from '../inventory/model.ts';
import { printable, quoted } from '../text.ts';
import { isPerson, type Way, type WayPrincipal } from './who-gets-in.ts';

/** A principal with access: `group "Platform" (Admin in 111122223333)`, `IAM role "ci" (in 111122223333)` */
export function wayText({ entry, principal, via, permissionSet, accountId }: Way<GrantingEntry>): string {
  const place = `${permissionSet} in ${accountId}`;
  if (!principal) return `people with access through ${place}`;
  if (entry.source === 'binding')
    return `${principalKindText(principal)} ${quoted(shortName(principal.name ?? principal.id))}`;
  if (!isPerson(principal))
    return `${principalKindText(principal)} ${quoted(shortName(principal.name))} (in ${printable(accountId)})`;
  const through = via ? `through ${principalText(via)}, ` : '';
  return `${principalText(principal)} (${through}${place})`;
}

const KINDS = {
  GROUP: 'group',
  USER: 'user',
  IAM_ROLE: 'IAM role',
  IAM_USER: 'IAM user',
  ACCOUNT: 'account',
  KUBERNETES_GROUP: 'Kubernetes group',
  KUBERNETES_USER: 'Kubernetes user',
  SERVICE_ACCOUNT: 'service account',
} as const;

/** `group`, `IAM role`, `service account` */
export function principalKindText({ type }: Pick<WayPrincipal, 'type'>): string {
  return KINDS[type];
}
