import { callerKey } from '../authenticator/caller-order.ts';
import { quoted } from '../text.ts';
import { isDenied } from './human.ts';
import type { LintSubject, ListEntry } from './subject.ts';

/** What the authenticator makes of a caller with an ARN. */
export interface Resolved {
  readonly arn: string;
  /** `username "…", groups […]`; of several that differ by case alone, all that it may be; empty where access is denied. */
  readonly names: string;
}

/**
 * By ARN in lower case, what the authenticator resolves it to. It asks mapRoles first, then mapUsers (its server.go and
 * mapper/configmap); `sso:` entries are inert on EKS.
 */
export function resolve({ entries }: LintSubject): ReadonlyMap<string, Resolved> {
  const byArn = new Map<string, ListEntry[]>();
  for (const one of entries) {
    const { arn, sso, shadowed } = one.entry;
    if (sso || shadowed) continue;
    const rivals = byArn.get(callerKey(arn));
    if (!rivals) byArn.set(callerKey(arn), [one]);
    else if (rivals[0]?.list === one.list) rivals.push(one);
  }
  return new Map([...byArn].map(([key, rivals]) => [key, resolved(rivals)]));
}

function resolved(rivals: readonly ListEntry[]): Resolved {
  const names = new Set(
    rivals
      .filter(({ entry }) => !isDenied(entry))
      .map(namesOf)
      .toSorted(),
  );
  return { arn: rivals[0]?.entry.arn ?? '', names: [...names].join(', or ') };
}

function namesOf({ entry: { username, groups } }: ListEntry): string {
  return `username ${quoted(username)}, groups [${(groups ?? []).map(quoted).join(', ')}]`;
}
