import { isNodeGroup, isUnknownSystemGroup, nearSystemGroup } from '../../authenticator/groups.ts';
import { printable, quoted } from '../../text.ts';
import { groupSpot, groupsOf, usernameSpot } from '../entry-names.ts';
import { isHuman } from '../human.ts';
import type { Detection, Rule } from '../rule.ts';

export const joinedGroups: Rule = {
  name: 'joined-groups',
  severity: 'warning',
  fix: 'none',
  summary: 'Several groups stand in one text',
  consequence: 'to the authenticator it is one group with a long name, which no RBAC binding has',
  help: 'Write each group as an item of its own.',
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
  help: 'Type the name anew, in double quotes on one line.',
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

export const systemGroupOnHuman: Rule = {
  name: 'system-group-on-human',
  severity: 'error',
  fix: 'none',
  summary: 'People are in a group of nodes',
  consequence: 'Kubernetes lets its members act as a node of the cluster',
  help: 'Take the group away; system:masters, or a group of your own with a binding, is for people.',
  *detect(subject) {
    for (const { one, group, index } of groupsOf(subject))
      if (isNodeGroup(group) && isHuman(one.entry))
        yield {
          spot: groupSpot(one, index),
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
  *detect(subject) {
    for (const { one, group, index } of groupsOf(subject)) {
      const near = nearSystemGroup(group);
      if (near === undefined && !isUnknownSystemGroup(group.trim())) continue;
      if (isNodeGroup(group) && isHuman(one.entry)) continue;
      yield {
        spot: groupSpot(one, index),
        what: `the group ${quoted(group)} of ${printable(one.entry.arn || 'sso:')} is unknown to Kubernetes`,
        ...(near === undefined
          ? { severity: 'warning' as const }
          : { help: `Did you mean ${quoted(near)}?` }),
      };
    }
  },
};
