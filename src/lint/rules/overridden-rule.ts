import type { LoadedEntry } from '../../authenticator/loaded.ts';
import { printable, quoted } from '../../text.ts';
import type { Detection, Rule } from '../rule.ts';
import { arnSpot } from '../spot.ts';
import type { LintSubject, ListEntry } from '../subject.ts';

export const overriddenUser: Rule = {
  name: 'overridden-user',
  severity: 'error',
  fix: 'none',
  summary: 'An ARN of mapUsers has an entry in mapRoles too; a warning where they say the same',
  consequence: 'the authenticator asks mapRoles first, so this entry of mapUsers never counts',
  help: 'Keep one of the two entries, with all that the ARN is to have.',
  *detect(subject) {
    for (const one of subject.entries) {
      const role = one.fault || one.entry.shadowed ? undefined : subject.overridden.get(one.entry);
      if (role) yield overriddenBy(subject, one, role);
    }
  },
};

function overriddenBy(subject: LintSubject, one: ListEntry, role: LoadedEntry): Detection {
  const { username, groups } = role;
  const offsets = subject.mapRoles?.source.embedded.offsets;
  const { line } = subject.document.locationOf(offsets?.startOf(role.node.start) ?? 0);
  const names = (groups ?? []).map(quoted).join(', ');
  const isSame =
    one.entry.username === username &&
    JSON.stringify(one.entry.groups ?? []) === JSON.stringify(groups ?? []);
  return {
    spot: arnSpot(one),
    what: `${printable(one.entry.arn)} is overridden by mapRoles in line ${line}: username ${quoted(username)}, groups [${names}]`,
    ...(isSame && { severity: 'warning' as const }),
  };
}
