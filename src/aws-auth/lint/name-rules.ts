import { printable, quoted } from '../../printable.ts';
import { ownPair } from '../edit-context.ts';
import { isHuman } from './human.ts';
import { type LostField, lostFieldOf } from './lost-field-name.ts';
import type { Detection, Rule } from './rule.ts';
import { fieldSpot, type LintSubject, type ListEntry, spotOf, writtenSpot } from './subject.ts';
import { groupNode } from './template-rules.ts';

/** Names that entries give, with the spot of each. */
function* groupsOf(
  subject: LintSubject,
): Generator<{ readonly one: ListEntry; readonly group: string; readonly index: number }> {
  for (const one of subject.entries) {
    const { groups } = one.entry;
    if (groups)
      for (let index = 0; index < groups.length; index += 1) yield { one, group: groups[index] ?? '', index };
  }
}

function groupSpot(one: ListEntry, index: number) {
  return writtenSpot(one.list.key, groupNode(one, index), one.entry.index, keySpot(one));
}

/** The key `groups`, for a group of which nothing is written. */
function keySpot({ list, entry }: ListEntry) {
  return spotOf(list.key, ownPair(entry, 'groups')?.key ?? entry.node, entry.index);
}

function usernameSpot(one: ListEntry) {
  return fieldSpot(one, 'username');
}

/** Whether lost-field tells of this entry already. */
function hasLost({ list, entry }: ListEntry, field: LostField): boolean {
  return list.loaded.errors.some((error) => error.index === entry.index && lostFieldOf(error) === field);
}

export const emptyName: Rule = {
  name: 'empty-name',
  severity: 'warning',
  fix: 'none',
  summary: 'An entry has no username, or an empty group',
  consequence: 'the authenticator takes the empty name',
  cure: 'Give it a name; "{{SessionName}}" stands for the name of the person or session.',
  *detect(subject) {
    for (const one of subject.entries) {
      if (one.entry.username !== '' || hasLost(one, 'username')) continue;
      yield {
        spot: usernameSpot(one),
        what: `the entry of ${printable(one.entry.arn || 'sso:')} has no username`,
        consequence: 'all who come in through it have the empty name, and no audit log tells them apart',
      };
    }
    for (const { one, group, index } of groupsOf(subject)) {
      if (group !== '' || hasLost(one, 'group')) continue;
      yield {
        spot: groupSpot(one, index),
        what: `a group of ${printable(one.entry.arn || 'sso:')} is empty`,
        consequence: 'no RBAC binding can name it',
        cure: 'Write the name of the group, or take the item away.',
      };
    }
  },
};

export const joinedGroups: Rule = {
  name: 'joined-groups',
  severity: 'warning',
  fix: 'none',
  summary: 'Several groups stand in one text',
  consequence: 'to the authenticator it is one group with a long name, which no RBAC binding has',
  cure: 'Write each group as an item of its own.',
  *detect(subject) {
    for (const { one, group, index } of groupsOf(subject))
      if (group.includes(',') || group.includes(' - '))
        yield { spot: groupSpot(one, index), what: `the group ${quoted(group)} looks like several` };
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
  cure: 'Type the name anew, in double quotes on one line.',
  *detect(subject) {
    for (const one of subject.entries)
      if (isHidden(one.entry.username)) yield hidden('username', one.entry.username, usernameSpot(one));
    for (const { one, group, index } of groupsOf(subject))
      if (isHidden(group)) yield hidden('group', group, groupSpot(one, index));
  },
};

function isHidden(name: string): boolean {
  return !USUAL.test(name) && HIDDEN.test(name);
}

function hidden(kind: 'username' | 'group', name: string, spot: Detection['spot']): Detection {
  return { spot, what: `the ${kind} ${quoted(name)} has a space at its end or something invisible in it` };
}

const NODE_GROUPS: readonly string[] = ['system:bootstrappers', 'eks:kube-proxy-windows'];

export const systemGroupOnHuman: Rule = {
  name: 'system-group-on-human',
  severity: 'error',
  fix: 'none',
  summary: 'People are in a group of nodes',
  consequence: 'Kubernetes lets its members act as a node of the cluster',
  cure: 'Take the group away; system:masters, or a group of your own with a binding, is for people.',
  *detect(subject) {
    for (const { one, group, index } of groupsOf(subject))
      if ((group.startsWith('system:node') || NODE_GROUPS.includes(group)) && isHuman(one.entry))
        yield {
          spot: groupSpot(one, index),
          what: `the group ${quoted(group)} of ${printable(one.entry.arn)} is one of nodes`,
        };
  },
};
