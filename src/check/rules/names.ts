import {
  canBecome,
  hasSession,
  isNodeEntry,
  isNodeGroup,
  isUnknownSystemGroup,
  MASTERS,
  nearGroupHelp,
  nearSystemGroup,
  reservedNameOf,
} from '../../aws-auth/groups.ts';
import { RENDER_FIRST } from '../../aws-auth/helm.ts';
import type { LoadedEntry } from '../../aws-auth/loaded.ts';
import { cannotBeNode, identityOfEntry, parseCaller } from '../../aws-auth/resolve-caller.ts';
import { hasVariable, reservedPrefixOf } from '../../aws-auth/templates.ts';
import { foldKey } from '../../go-strings.ts';
import { isHelm, meantField, NODE_VARIABLE, WRITTEN_VARIABLES } from '../../map-entry.ts';
import { memo } from '../../memo.ts';
import { printable, quoted } from '../../text.ts';
import type { Pair } from '../../yaml/node.ts';
import type { CheckContext } from '../context.ts';
import {
  atArn,
  atGroup,
  atUsername,
  type DetectionDetails,
  type PlacedDetection,
  type Rule,
  rule,
} from '../rule.ts';
import { helmKeys } from './unparsable.ts';

/** A username or group of an entry. */
interface GivenName {
  readonly entry: LoadedEntry;
  readonly kind: 'username' | 'group';
  readonly name: string;
  /** Fires at the name. */
  readonly at: (what: string, details?: DetectionDetails) => PlacedDetection;
}

function* usernamesOf({ entries }: CheckContext): Generator<GivenName> {
  for (const entry of entries) {
    const at: GivenName['at'] = (what, details) => atUsername(entry, what, details);
    yield { entry, kind: 'username', name: entry.username, at };
  }
}

function* groupsOf({ entries }: CheckContext): Generator<GivenName> {
  for (const entry of entries)
    for (const [index, name] of (entry.groups ?? []).entries())
      yield { entry, kind: 'group', name, at: (what, details) => atGroup(entry, index, what, details) };
}

function* namesOf(context: CheckContext): Generator<GivenName> {
  yield* usernamesOf(context);
  yield* groupsOf(context);
}

function arnOf({ arn }: LoadedEntry): string {
  return printable(arn || 'sso:');
}

const emptyName = rule({
  name: 'empty-name',
  severity: 'warning',
  summary: 'An entry has no username, or an empty group',
  consequence: 'the authenticator uses the empty name',
  help: 'Write a username. "{{SessionName}}" is the name of the person or session.',
  *detect(context) {
    const isUsernameLost = context.lostIn('username');
    const isMisspelled = ({ key }: Pair) => {
      const name = key.kind === 'scalar' ? foldKey(key.text) : '';
      return name !== 'username' && meantField(name, ['username']) !== undefined;
    };
    for (const { entry, name, at } of usernamesOf(context))
      if (name === '' && !isUsernameLost(entry) && !entry.node.pairs.some(isMisspelled))
        yield at(`the entry of ${arnOf(entry)} has no username`, {
          consequence: "audit logs can't distinguish its users",
        });
    const isGroupLost = context.lostIn('groups', ({ group }) => group !== null);
    for (const { entry, name, at } of groupsOf(context))
      if (name === '' && !isGroupLost(entry))
        yield at(`a group of ${arnOf(entry)} is empty`, {
          consequence: "an RBAC binding can't name it",
          help: 'Write a group name, or remove the item.',
        });
  },
});

const joinedGroups = rule({
  name: 'joined-groups',
  severity: 'warning',
  summary: 'One string holds several groups',
  consequence: 'the authenticator reads one group with a long name that no RBAC binding has',
  help: 'Write each group as its own item.',
  *detect(context) {
    for (const { name, at } of groupsOf(context))
      if (looksJoined(name)) yield at(`the group ${quoted(name)} looks like several groups`);
  },
});

export function looksJoined(group: string): boolean {
  return group.includes(',') || group.includes(' - ');
}

// Whitespace at either end, or invisible characters anywhere.
const HIDDEN = /^\s|\s$|[\p{Cc}\p{Cf}]/u;
/** Fast path: matches nearly every name. */
const USUAL = /^[\x21-\x7e]+$/;

const whitespaceInName = rule({
  name: 'whitespace-in-name',
  severity: 'warning',
  summary: 'A username or group has a space at either end, an invisible character or a line break',
  consequence: "RBAC compares names byte by byte, so a binding that looks the same doesn't match it",
  help: 'Retype the name, in double quotes on one line.',
  *detect(context) {
    for (const { kind, name, at } of namesOf(context))
      if (!USUAL.test(name) && HIDDEN.test(name))
        yield at(`the ${kind} ${quoted(name)} has a space at either end or contains an invisible character`);
  },
});

const systemGroupOnHuman = rule({
  name: 'system-group-on-human',
  severity: 'error',
  summary: 'A non-node entry has a group for nodes',
  consequence: "the group's members can act as a node of the cluster",
  help: 'Remove the group. Use one of your groups instead, and bind it to a role.',
  *detect(context) {
    for (const { entry, name, at } of groupsOf(context))
      if (isNodeGroup(name) && cannotBeNode(entry))
        yield at(`the group ${quoted(name)} of ${arnOf(entry)} is for nodes`);
  },
});

const unknownSystemGroup = rule({
  name: 'unknown-system-group',
  severity: 'error',
  summary:
    'A group looks like a misspelled Kubernetes group, such as system:node. A warning for other unknown groups with system:.',
  consequence: 'it grants no permissions unless a binding names it',
  help: 'Write one of your groups, without system:, and bind it to a role.',
  *detect(context) {
    // Thousands of entries share few groups.
    const nearOf = memo(nearSystemGroup);
    for (const { entry, name, at } of groupsOf(context)) {
      const near = nearOf(name);
      if (near === undefined && !isUnknownSystemGroup(name.trim())) continue;
      if (isNodeGroup(name) && cannotBeNode(entry)) continue;
      if (reservedNameOf('group', name) !== undefined) continue;
      yield at(
        `the group ${quoted(name)} of ${arnOf(entry)} is unknown to Kubernetes`,
        near === undefined ? { severity: 'warning' } : { help: nearGroupHelp(near) },
      );
    }
  },
});

const reservedUsername = rule({
  name: 'reserved-username',
  severity: 'error',
  summary: 'An entry for people has a username that Kubernetes or EKS reserves',
  consequence: 'its users have the permissions of a component of the cluster',
  help: 'Write a username for people, such as "sso:{{SessionName}}".',
  *detect(context) {
    for (const { entry, name, at } of usernamesOf(context)) {
      const prefix = reservedPrefixOf(name);
      // Variables have their own rules.
      if (prefix === undefined || hasVariable(name) || !cannotBeNode(entry)) continue;
      yield at(`the username ${quoted(name)} of ${arnOf(entry)} starts with ${quoted(prefix)}`);
    }
  },
});

const sessionSystemName = rule({
  name: 'session-system-name',
  severity: 'error',
  summary: 'A session name can turn a group or username into a built-in Kubernetes or EKS name',
  consequence:
    'anyone who assumes the role chooses the session name, and with it the permissions of that name',
  help: 'Put a prefix other than system: or eks: in front of the variable, such as "sso:{{SessionName}}".',
  *detect(context) {
    for (const entry of context.entries) {
      // An IAM user has no session.
      const identity = parseCaller(foldKey(entry.arn))?.kind === 'role' ? entry : identityOfEntry(entry);
      if (!identity) continue;
      const { username, groups } = { ...identity, groups: identity.groups ?? [] };
      const isNode = isNodeEntry(entry);
      const user = isNode ? undefined : reservedNameOf('username', username);
      if (user !== undefined)
        yield atUsername(entry, becomesText('username', username, user), {
          consequence: consequenceOf(username),
        });
      for (const [index, group] of groups.entries()) {
        const name = reservedNameOf('group', group);
        if (name === undefined || (isNode && !hasSession(group))) continue;
        yield atGroup(entry, index, becomesText('group', group, name), {
          consequence: canBecome(group, MASTERS)
            ? 'anyone who assumes the role chooses the session name, and can become cluster admin'
            : consequenceOf(group),
        });
      }
    }
  },
});

/** Only session names are chosen by callers. */
function consequenceOf(template: string): string | undefined {
  return hasSession(template) ? undefined : 'Kubernetes and EKS reserve such names';
}

function becomesText(kind: 'username' | 'group', template: string, name: string): string {
  return `${hasSession(template) ? 'the session name' : 'a variable'} can turn the ${kind} ${quoted(template)} into ${name}`;
}

function* namesWithBraces(context: CheckContext): Generator<GivenName> {
  for (const given of namesOf(context)) if (hasVariable(given.name)) yield given;
}

const KNOWN: ReadonlySet<string> = new Set(WRITTEN_VARIABLES);

function unknownIn(name: string): string[] {
  return (name.match(/\{\{.*?(?:\}\}|$)/gs) ?? []).filter((braces) => !KNOWN.has(braces));
}

const helmTemplate = rule({
  name: 'helm-template',
  severity: 'error',
  summary: 'A value contains template braces, such as those from Helm',
  consequence: 'the authenticator replaces only its own variables',
  help: RENDER_FIRST,
  *detect(context) {
    for (const detection of context.manifestProblems('helm-template'))
      yield { ...detection, consequence: "kubectl can't read it" };
    yield* helmKeys(context);
    for (const [entry, { what }] of context.entriesWith('helm-template')) yield atArn(entry, what);
    for (const { name, at } of namesWithBraces(context)) {
      const helm = unknownIn(name).find(isHelm);
      if (helm !== undefined) yield at(`${quoted(helm)} looks like a Helm template`);
    }
  },
});

const unknownVariable = rule({
  name: 'unknown-variable',
  severity: 'error',
  summary: 'A username or group contains an unknown {{Variable}}',
  consequence: "the authenticator doesn't replace it, so everyone who uses the entry shares this name",
  help: `Use one of ${WRITTEN_VARIABLES.join(' ')}, without spaces in the braces.`,
  *detect(context) {
    for (const { kind, name, at } of namesWithBraces(context)) {
      const unknown = unknownIn(name).find((variable) => !isHelm(variable));
      if (unknown === undefined) continue;
      yield at(`the ${kind} ${quoted(name)} contains the unknown variable ${quoted(unknown)}`);
    }
  },
});

const nodeVariableOnHuman = rule({
  name: 'node-variable-on-human',
  severity: 'error',
  summary: `A non-node entry's username or group contains ${NODE_VARIABLE}`,
  consequence: "the authenticator looks up the caller's EC2 instance, and denies access to people",
  help: 'Write a username for people, such as "sso:{{SessionName}}".',
  *detect(context) {
    for (const { entry, kind, name, at } of namesOf(context))
      if (name.includes(NODE_VARIABLE) && cannotBeNode(entry))
        yield at(`the ${kind} ${quoted(name)} of a non-node entry contains ${NODE_VARIABLE}`);
  },
});

export const nameRules: readonly Rule[] = [
  helmTemplate,
  unknownVariable,
  nodeVariableOnHuman,
  emptyName,
  joinedGroups,
  whitespaceInName,
  systemGroupOnHuman,
  unknownSystemGroup,
  reservedUsername,
  sessionSystemName,
];
