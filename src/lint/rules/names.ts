import {
  isNodeEntry,
  isNodeGroup,
  isUnknownSystemGroup,
  MASTERS,
  nearGroupHelp,
  nearSystemGroup,
  systemNameOf,
} from '../../authenticator/groups.ts';
import { cannotBeNode, identityOfEntry } from '../../authenticator/resolve-caller.ts';
import { RENDER_FIRST, templateProblem } from '../../configmap/template.ts';
import { isHelm, meantField, NODE_VARIABLE, TEMPLATE_VARIABLES, WRITTEN_VARIABLES } from '../../entry.ts';
import { foldKey } from '../../go-strings.ts';
import { didYouMean, printable, quoted } from '../../text.ts';
import type { YamlNode } from '../../yaml/node.ts';
import type { LintContext, ListEntry } from '../context.ts';
import {
  arnRange,
  type Detection,
  groupNode,
  groupRange,
  type Rule,
  rangeOf,
  usernameRange,
} from '../rule.ts';
import { DISCARDED } from '../unparsable.ts';
import { manifestProblems } from './manifest.ts';

/** The groups that entries give, each with its position in the list. */
function* groupsOf({ entries }: LintContext): Generator<{
  readonly listEntry: ListEntry;
  readonly group: string;
  readonly index: number;
}> {
  for (const listEntry of entries) {
    const { groups } = listEntry.entry;
    if (groups)
      for (let index = 0; index < groups.length; index += 1)
        yield { listEntry, group: groups[index] ?? '', index };
  }
}

function arnOf({ entry: { arn } }: ListEntry): string {
  return printable(arn || 'sso:');
}

const emptyName: Rule = {
  name: 'empty-name',
  severity: 'warning',
  fix: 'none',
  summary: 'An entry has no username, or an empty group',
  consequence: 'the authenticator uses the empty name',
  help: 'Write a username; "{{SessionName}}" is the name of the person or session.',
  *detect(context) {
    const isUsernameLost = lostBy(context, 'username');
    for (const listEntry of context.entries) {
      if (listEntry.entry.username !== '' || isUsernameLost(listEntry) || hasMisspelledUsername(listEntry))
        continue;
      yield {
        range: usernameRange(listEntry),
        what: `the entry of ${arnOf(listEntry)} has no username`,
        consequence: 'audit logs cannot tell its users apart',
      };
    }
    const isGroupLost = lostBy(context, 'groups');
    for (const { listEntry, group, index } of groupsOf(context)) {
      if (group !== '' || isGroupLost(listEntry)) continue;
      yield {
        range: groupRange(listEntry, index),
        what: `a group of ${arnOf(listEntry)} is empty`,
        consequence: 'no RBAC binding can name it',
        help: 'Write the name of the group, or remove the item.',
      };
    }
  },
};

/** Whether another rule already reports the value of a username, or of one group, that an entry has lost. */
function lostBy({ lists }: LintContext, field: 'username' | 'groups'): (listEntry: ListEntry) => boolean {
  const isLost = new Map(
    lists.map(({ key, loaded }) => [
      key,
      new Set(
        loaded.errors
          .filter((error) => error.field === field && (field === 'username' || error.group !== null))
          .map(({ index }) => index),
      ),
    ]),
  );
  return ({ list, entry }) => isLost.get(list.key)?.has(entry.index) ?? false;
}

function hasMisspelledUsername({ list, entry }: ListEntry): boolean {
  return list.pairsOf(entry.node).some(({ pair: { key } }) => {
    const name = key.kind === 'scalar' ? foldKey(key.text) : '';
    return name !== 'username' && meantField(name, ['username']) !== undefined;
  });
}

const joinedGroups: Rule = {
  name: 'joined-groups',
  severity: 'warning',
  fix: 'none',
  summary: 'One string holds several groups',
  consequence: 'the authenticator reads one group with a long name, which no RBAC binding has',
  help: 'Write each group as its own item.',
  *detect(context) {
    for (const { listEntry, group, index } of groupsOf(context))
      if (looksJoined(group))
        yield { range: groupRange(listEntry, index), what: `the group ${quoted(group)} looks like several` };
  },
};

export function looksJoined(group: string): boolean {
  return group.includes(',') || group.includes(' - ');
}

// Blanks at either end, and what nobody sees anywhere.
const HIDDEN = /^\s|\s$|[\p{Cc}\p{Cf}]/u;
/** What nearly every name is. */
const USUAL = /^[\x21-\x7e]+$/;

const whitespaceInName: Rule = {
  name: 'whitespace-in-name',
  severity: 'warning',
  fix: 'none',
  summary:
    'A username or group starts or ends with a space, or contains an invisible character or a line break',
  consequence: 'RBAC compares names byte by byte, so a binding that looks the same does not match it',
  help: 'Retype the name, in double quotes on one line.',
  *detect(context) {
    for (const listEntry of context.entries)
      if (hasHidden(listEntry.entry.username))
        yield hidden('username', listEntry.entry.username, usernameRange(listEntry));
    for (const { listEntry, group, index } of groupsOf(context))
      if (hasHidden(group)) yield hidden('group', group, groupRange(listEntry, index));
  },
};

function hasHidden(name: string): boolean {
  return !USUAL.test(name) && HIDDEN.test(name);
}

function hidden(kind: 'username' | 'group', name: string, range: Detection['range']): Detection {
  return {
    range,
    what: `the ${kind} ${quoted(name)} starts or ends with a space or contains an invisible character`,
  };
}

const systemGroupOnHuman: Rule = {
  name: 'system-group-on-human',
  severity: 'error',
  fix: 'none',
  summary: 'An entry for people has a group for nodes',
  consequence: 'Kubernetes lets its members act as a node of the cluster',
  help: 'Remove the group, and give people one of your own groups, with a binding.',
  *detect(context) {
    for (const { listEntry, group, index } of groupsOf(context))
      if (isNodeGroup(group) && cannotBeNode(listEntry.entry))
        yield {
          range: groupRange(listEntry, index),
          what: `the group ${quoted(group)} of ${arnOf(listEntry)} is for nodes`,
        };
  },
};

const unknownSystemGroup: Rule = {
  name: 'unknown-system-group',
  severity: 'error',
  fix: 'none',
  summary:
    'A group is nearly one of Kubernetes, such as system:node; a warning for other unknown groups with system:',
  consequence: 'it grants nothing unless a binding names it',
  help: 'Write one of your own groups, without system:, and bind it to a role.',
  *detect(context) {
    // Thousands of entries share few groups.
    const nearOf = new Map<string, string | undefined>();
    for (const { listEntry, group, index } of groupsOf(context)) {
      if (!nearOf.has(group)) nearOf.set(group, nearSystemGroup(group));
      const near = nearOf.get(group);
      if (near === undefined && !isUnknownSystemGroup(group.trim())) continue;
      if (isNodeGroup(group) && cannotBeNode(listEntry.entry)) continue;
      if (systemNameOf('group', group) !== undefined) continue;
      yield {
        range: groupRange(listEntry, index),
        what: `the group ${quoted(group)} of ${arnOf(listEntry)} is unknown to Kubernetes`,
        ...(near === undefined ? { severity: 'warning' } : { help: nearGroupHelp(near) }),
      };
    }
  },
};

const sessionSystemName: Rule = {
  name: 'session-system-name',
  severity: 'error',
  fix: 'none',
  summary: 'A session name can turn a group or username into one of Kubernetes or EKS itself',
  consequence: 'whoever assumes the role chooses the session name, and with it the rights of that name',
  help: 'Put a prefix of your own, without system: or eks:, in front of the variable, such as "sso:{{SessionName}}".',
  *detect(context) {
    for (const listEntry of context.entries) {
      const { entry } = listEntry;
      // An IAM user has no session.
      const identity = identityOfEntry(entry);
      if (!identity) continue;
      const { username, groups } = identity;
      const user = isNodeEntry(entry) ? undefined : systemNameOf('username', username);
      if (user !== undefined)
        yield { range: usernameRange(listEntry), what: becomesText('username', username, user) };
      for (const [index, group] of groups.entries()) {
        const name = systemNameOf('group', group);
        if (name === undefined) continue;
        yield {
          range: groupRange(listEntry, index),
          what: becomesText('group', group, name),
          ...(name === MASTERS && {
            consequence: 'whoever assumes the role chooses the session name, and can become cluster admin',
          }),
        };
      }
    }
  },
};

function becomesText(kind: 'username' | 'group', template: string, name: string): string {
  return `the session name can turn the ${kind} ${quoted(template)} into ${quoted(name)}`;
}

/** A username or group that holds braces. */
interface Braces {
  readonly listEntry: ListEntry;
  readonly node: YamlNode;
  readonly name: string;
  readonly kind: 'username' | 'group';
}

function* namesWithBraces({ entries }: LintContext): Generator<Braces> {
  for (const listEntry of entries) {
    const { entry } = listEntry;
    if (entry.username.includes('{{'))
      yield { listEntry, node: entry.fields.username ?? entry.node, name: entry.username, kind: 'username' };
    for (const [index, name] of (entry.groups ?? []).entries())
      if (name.includes('{{')) yield { listEntry, node: groupNode(listEntry, index), name, kind: 'group' };
  }
}

function rangeOfBraces({ listEntry, node }: Braces) {
  return rangeOf(listEntry.list.key, node, listEntry.entry.index);
}

const KNOWN: ReadonlySet<string> = new Set(WRITTEN_VARIABLES);

function unknownIn(name: string): string[] {
  return (name.match(/\{\{.*?(?:\}\}|$)/gs) ?? []).filter((braces) => !KNOWN.has(braces));
}

const helmTemplate: Rule = {
  name: 'helm-template',
  severity: 'error',
  fix: 'none',
  summary: 'A value contains braces of a template engine, such as Helm',
  consequence: 'the authenticator replaces only its own variables',
  help: RENDER_FIRST,
  *detect(context) {
    for (const detection of manifestProblems(context, 'helm-template'))
      yield { ...detection, consequence: 'kubectl cannot read it' };
    for (const cause of context.unparsable) {
      if (cause.kind !== 'helm') continue;
      const { start, end, message } = templateProblem(cause.text, cause.offset);
      const range = { map: cause.key, start, end, index: null };
      yield { range, what: message, consequence: DISCARDED[cause.key] };
    }
    for (const listEntry of context.entriesWith('helm-template'))
      yield { range: arnRange(listEntry), what: listEntry.problem.what };
    for (const braces of namesWithBraces(context)) {
      const helm = unknownIn(braces.name).find(isHelm);
      if (helm !== undefined)
        yield { range: rangeOfBraces(braces), what: `${quoted(helm)} looks like a Helm template` };
    }
  },
};

const unknownVariable: Rule = {
  name: 'unknown-variable',
  severity: 'error',
  fix: 'none',
  summary: 'A username or group contains a {{Variable}} that the authenticator does not know',
  consequence: 'the authenticator does not replace it, so all who use the entry share this name',
  help: `Use one of ${WRITTEN_VARIABLES.join(' ')}, without spaces in the braces.`,
  *detect(context) {
    for (const braces of namesWithBraces(context)) {
      const unknown = unknownIn(braces.name).find((variable) => !isHelm(variable));
      if (unknown !== undefined) yield unknownDetection(braces, unknown);
    }
  },
};

function unknownDetection(braces: Braces, unknown: string): Detection {
  const near = didYouMean(unknown.replace(/[^\w]/g, ''), TEMPLATE_VARIABLES);
  return {
    range: rangeOfBraces(braces),
    what: `the ${braces.kind} ${quoted(braces.name)} contains the unknown variable ${quoted(unknown)}`,
    ...(near && {
      help: `${near} The authenticator knows ${WRITTEN_VARIABLES.join(' ')}, without spaces in the braces.`,
    }),
  };
}

const nodeVariableOnHuman: Rule = {
  name: 'node-variable-on-human',
  severity: 'error',
  fix: 'none',
  summary: `The username or a group of people contains ${NODE_VARIABLE}`,
  consequence: 'the authenticator looks up the EC2 instance of the caller, and denies access to people',
  help: 'Write a name for people, such as "sso:{{SessionName}}".',
  *detect(context) {
    for (const braces of namesWithBraces(context)) {
      if (!braces.name.includes(NODE_VARIABLE) || !cannotBeNode(braces.listEntry.entry)) continue;
      yield {
        range: rangeOfBraces(braces),
        what: `the ${braces.kind} ${quoted(braces.name)} of people contains ${NODE_VARIABLE}`,
      };
    }
  },
};

export const nameRules: readonly Rule[] = [
  helmTemplate,
  unknownVariable,
  nodeVariableOnHuman,
  emptyName,
  joinedGroups,
  whitespaceInName,
  systemGroupOnHuman,
  unknownSystemGroup,
  sessionSystemName,
];
