import { fold } from '../../authenticator/item-fields.ts';
import { printable } from '../../text.ts';
import { groupSpot, groupsOf, usernameSpot } from '../entry-names.ts';
import { meantField } from '../key-meaning.ts';
import type { Rule } from '../rule.ts';
import type { LintSubject, ListEntry } from '../subject.ts';

/** Entries of which another rule tells already why a name is empty. */
function explained(subject: LintSubject, field: 'username' | 'groups'): (one: ListEntry) => boolean {
  const lost = new Set(
    subject.lists.flatMap(({ key, loaded }) =>
      loaded.errors
        .filter((error) => error.field === field && (field === 'username' || error.group !== null))
        .map(({ index }) => `${key} ${index}`),
    ),
  );
  return (one) =>
    lost.has(`${one.list.key} ${one.entry.index}`) || (field === 'username' && isMisspelled(subject, one));
}

function isMisspelled(subject: LintSubject, { list, entry }: ListEntry): boolean {
  return subject
    .pairsOf(list, entry.node)
    .some(
      ({ pair: { key } }) =>
        key.kind === 'scalar' && meantField(fold(key.text), ['username']) && fold(key.text) !== 'username',
    );
}

export const emptyName: Rule = {
  name: 'empty-name',
  severity: 'warning',
  fix: 'none',
  summary: 'An entry has no username, or an empty group',
  consequence: 'the authenticator takes the empty name',
  help: 'Give it a name; "{{SessionName}}" stands for the name of the person or session.',
  *detect(subject) {
    const isExplained = explained(subject, 'username');
    for (const one of subject.entries) {
      if (one.entry.username !== '' || isExplained(one)) continue;
      yield {
        spot: usernameSpot(one),
        what: `the entry of ${printable(one.entry.arn || 'sso:')} has no username`,
        consequence: 'all who come in through it have the empty name, and no audit log tells them apart',
      };
    }
    const isLost = explained(subject, 'groups');
    for (const { one, group, index } of groupsOf(subject)) {
      if (group !== '' || isLost(one)) continue;
      yield {
        spot: groupSpot(one, index),
        what: `a group of ${printable(one.entry.arn || 'sso:')} is empty`,
        consequence: 'no RBAC binding can name it',
        help: 'Write the name of the group, or take the item away.',
      };
    }
  },
};
