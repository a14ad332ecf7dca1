import { isNodeGroup, isUnknownSystemGroup, nearSystemGroup } from '../../authenticator/groups.ts';
import { fold } from '../../authenticator/item-fields.ts';

import { printable, quoted } from '../../text.ts';
import type { LintContext, ListEntry } from '../context.ts';
import { groupRange, groupsOf, usernameRange } from '../locate.ts';

import { isHuman } from '../resolution.ts';
import type { Detection, Rule } from '../rule.ts';
import { meantField } from '../typo.ts';

export const joinedGroups: Rule = {
  name: 'joined-groups',
  severity: 'warning',
  fix: 'none',
  summary: 'Several groups stand in one text',
  consequence: 'to the authenticator it is one group with a long name, which no RBAC binding has',
  help: 'Write each group as an item of its own.',
  *detect(context) {
    for (const { one, group, index } of groupsOf(context))
      if (group.includes(',') || group.includes(' - '))
        yield { range: groupRange(one, index), what: `the group ${quoted(group)} looks like several` };
  },
};

// Blanks at either end, and what nobody sees anywhere.
const HIDDEN = /^[\s\p{Z}]|[\s\p{Z}]$|[\p{Cc}\p{Cf}]/u;
/** What nearly every name is. */
const USUAL = /^[\x21-\x7e]+$/;

export const whitespaceInName: Rule = {
  name: 'whitespace-in-name',
  severity: 'warning',
  fix: 'none',
  summary:
    'A username or group begins or ends with a space, or has an invisible character or a line break in it',
  consequence: 'RBAC compares names byte for byte, so a binding that looks right does not match it',
  help: 'Type the name anew, in double quotes on one line.',
  *detect(context) {
    for (const one of context.entries)
      if (isHidden(one.entry.username)) yield hidden('username', one.entry.username, usernameRange(one));
    for (const { one, group, index } of groupsOf(context))
      if (isHidden(group)) yield hidden('group', group, groupRange(one, index));
  },
};

function isHidden(name: string): boolean {
  return !USUAL.test(name) && HIDDEN.test(name);
}

function hidden(kind: 'username' | 'group', name: string, range: Detection['range']): Detection {
  return {
    range: range,
    what: `the ${kind} ${quoted(name)} has a space at its end or something invisible in it`,
  };
}

export const systemGroupOnHuman: Rule = {
  name: 'system-group-on-human',
  severity: 'error',
  fix: 'none',
  summary: 'People are in a group of nodes',
  consequence: 'Kubernetes lets its members act as a node of the cluster',
  help: 'Take the group away; system:masters, or a group of your own with a binding, is for people.',
  *detect(context) {
    for (const { one, group, index } of groupsOf(context))
      if (isNodeGroup(group) && isHuman(one.entry))
        yield {
          range: groupRange(one, index),
          what: `the group ${quoted(group)} of ${printable(one.entry.arn)} is one of nodes`,
        };
  },
};

export const unknownSystemGroup: Rule = {
  name: 'unknown-system-group',
  severity: 'error',
  fix: 'none',
  summary: 'A group is nearly one of Kubernetes, such as system:master; a warning for others with system:',
  consequence: 'its members may do nothing unless a binding names it',
  help: 'Write the group as Kubernetes has it, such as system:masters, or name one of your own without system:.',
  *detect(context) {
    for (const { one, group, index } of groupsOf(context)) {
      const near = nearSystemGroup(group);
      if (near === undefined && !isUnknownSystemGroup(group.trim())) continue;
      if (isNodeGroup(group) && isHuman(one.entry)) continue;
      yield {
        range: groupRange(one, index),
        what: `the group ${quoted(group)} of ${printable(one.entry.arn || 'sso:')} is unknown to Kubernetes`,
        ...(near === undefined
          ? { severity: 'warning' as const }
          : { help: `Did you mean ${quoted(near)}?` }),
      };
    }
  },
};

/** Entries of which another rule tells already why a name is empty. */
function explained(context: LintContext, field: 'username' | 'groups'): (one: ListEntry) => boolean {
  const lost = new Set(
    context.lists.flatMap(({ key, loaded }) =>
      loaded.errors
        .filter((error) => error.field === field && (field === 'username' || error.group !== null))
        .map(({ index }) => `${key} ${index}`),
    ),
  );
  return (one) =>
    lost.has(`${one.list.key} ${one.entry.index}`) || (field === 'username' && isMisspelled(context, one));
}

function isMisspelled(context: LintContext, { list, entry }: ListEntry): boolean {
  return context
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
  *detect(context) {
    const isExplained = explained(context, 'username');
    for (const one of context.entries) {
      if (one.entry.username !== '' || isExplained(one)) continue;
      yield {
        range: usernameRange(one),
        what: `the entry of ${printable(one.entry.arn || 'sso:')} has no username`,
        consequence: 'all who come in through it have the empty name, and no audit log tells them apart',
      };
    }
    const isLost = explained(context, 'groups');
    for (const { one, group, index } of groupsOf(context)) {
      if (group !== '' || isLost(one)) continue;
      yield {
        range: groupRange(one, index),
        what: `a group of ${printable(one.entry.arn || 'sso:')} is empty`,
        consequence: 'no RBAC binding can name it',
        help: 'Write the name of the group, or take the item away.',
      };
    }
  },
};
