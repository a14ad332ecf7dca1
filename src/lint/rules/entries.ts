import { isAccountId } from '../../arn.ts';
import { isNodeEntry, MASTERS } from '../../authenticator/groups.ts';
import type { LoadError, LoadedEntry } from '../../authenticator/loaded.ts';
import { scalarType, stringValue } from '../../authenticator/scalar.ts';
import type { MapKey } from '../../entry.ts';
import { quoted } from '../../text.ts';
import type { ScalarNode, YamlNode } from '../../yaml/node.ts';
import { doubleQuoted } from '../../yaml/quote.ts';
import { type LintContext, type LoadedList, modeOf } from '../context.ts';
import {
  type Detection,
  type FixEffect,
  itemRange,
  nodeFinder,
  type Rule,
  rangeOf,
  type TextRange,
} from '../rule.ts';
import { misspelledFieldsOf } from './keys.ts';

const droppedEntry: Rule = {
  name: 'dropped-entry',
  severity: 'error',
  fix: 'none',
  summary: 'An item of a list is not an entry',
  consequence: 'the authenticator drops this item',
  help: 'Add a rolearn (userarn in mapUsers) that is a string, or remove the item.',
  *detect(context) {
    for (const list of context.lists) {
      const { errors } = list.loaded;
      const dropped = errors.filter(({ loss }) => loss === 'dropped');
      if (dropped.length === 0) continue;
      // Their misspelled key says more than that they are dropped.
      const explained = new Set([...misspelledFieldsOf(context, list)].map(({ range }) => range.index));
      const lostArns = new Map(
        errors.filter(({ field }) => field === 'arn').map((error) => [error.index, error]),
      );
      for (const error of dropped) {
        if (explained.has(error.index)) continue;
        const item = error.index === null ? undefined : list.items[error.index];
        const { message } = lostArns.get(error.index) ?? error;
        yield { range: rangeOfError(list, error), what: message, help: droppedHelp(error, item, list) };
      }
    }
    for (const { loss, offset, index, message } of context.accounts?.loaded.errors ?? [])
      if (loss === 'dropped')
        yield {
          range: { map: 'mapAccounts', start: offset, end: offset, index },
          what: message,
          help: 'Write the account id in double quotes.',
        };
  },
};

function rangeOfError({ key, loaded }: LoadedList, { offset, index }: LoadError): TextRange {
  if (loaded.list && index !== null) return itemRange(key, loaded.list, index);
  return { map: key, start: offset, end: offset, index };
}

function droppedHelp({ code }: LoadError, item: YamlNode | undefined, { arnField }: LoadedList): string {
  if (code === 'arn-and-sso') return 'Remove sso:, which EKS does not support.';
  if (code === 'invalid-sso') return 'Write the ARN of the role as rolearn: EKS does not support sso:.';
  if (code === 'not-a-map' && item?.kind === 'scalar' && item.text !== '')
    return `Write "- ${arnField}: …" with the ARN, and the other fields below it.`;
  return `Add a ${arnField} that is a string, or remove the item.`;
}

const fieldNotString: Rule = {
  name: 'field-not-string',
  severity: 'error',
  fix: 'access',
  summary:
    'A username or group is not a string, or groups is not a list: YAML reads yes, on, n, 123 or 1.0 as something else',
  consequence: 'the authenticator empties it and keeps the rest of the entry',
  help: 'Put the value in double quotes, and groups in a list.',
  *detect({ lists }) {
    for (const list of lists) {
      const { errors } = list.loaded;
      const dropped = new Set(errors.flatMap(({ loss, index }) => (loss === 'dropped' ? [index] : [])));
      const nodeAt = nodeFinder(list);
      for (const error of errors)
        if (error.loss === 'field' && !(isOfIdentity(error) && dropped.has(error.index)))
          yield lostField(list, error, error.index === null ? undefined : nodeAt(error.index, error.offset));
    }
  },
};

/** Whether an error is of what an item is dropped for, which another rule reports. */
function isOfIdentity({ field }: LoadError): boolean {
  return field === 'arn' || (field?.startsWith('sso') ?? false);
}

function lostField(list: LoadedList, error: LoadError, node: YamlNode | undefined): Detection {
  const { offset, index, group, message } = error;
  const range = node ? rangeOf(list.key, node, index) : { map: list.key, start: offset, end: offset, index };
  const detection = { range, what: message, help: lostHelp(node, error) };
  if (index === null || node?.kind !== 'scalar' || !list.isEditable(index)) return detection;
  if (list.entryAt(index)?.fields.groups === node) return withListOf(detection, node, index);
  if (!isBare(node)) return detection;
  const effect = effectOf(list.entryAt(index), node, group);
  if (!effect) return detection;
  const edit = { start: node.contentStart, end: node.contentEnd, replacement: doubleQuoted(node.text) };
  return { ...detection, fix: { kind: 'edit', map: list.key, index, edit, effect } };
}

/** With the fix that makes a list of a string, where it can only be one group. */
function withListOf(detection: Detection, node: ScalarNode, index: number): Detection {
  const { map } = detection.range;
  const quotes = { plain: 0, single: 1, double: 1, literal: null, folded: null }[node.style];
  const isAsWritten = quotes !== null && node.tag === null && node.anchor === null;
  if (map === null || !isAsWritten || !isOneGroup(node.text)) return detection;
  const edit = {
    start: node.contentStart - quotes,
    end: node.contentEnd + quotes,
    replacement: `[${doubleQuoted(node.text)}]`,
  };
  return { ...detection, fix: { kind: 'edit', map, index, edit, effect: { groups: [node.text] } } };
}

/** Whether a string that stands for groups is one, without doubt. Nobody becomes administrator, or whom a session names, by a fix. */
function isOneGroup(text: string): boolean {
  return /^[\w.:@/+=-]+$/.test(text) && text !== MASTERS;
}

/** Whether only quotes are missing. */
function isBare(node: YamlNode): node is ScalarNode {
  return node.kind === 'scalar' && node.style === 'plain' && node.tag === null && node.anchor === null;
}

function effectOf(entry: LoadedEntry | undefined, node: ScalarNode, group: number | null): FixEffect | null {
  if (entry?.fields.username === node) return { username: node.text };
  const groups = entry?.fields.groups;
  if (group === null || groups?.kind !== 'sequence' || groups.items[group] !== node) return null;
  return { group: { index: group, text: node.text } };
}

const AS_A_LIST = 'Write the groups as a list, one "- " and name per line.';

function lostHelp(node: YamlNode | undefined, { field, group }: LoadError): string {
  const isList = field === 'groups' && group === null;
  if (node?.kind === 'scalar') {
    if (!isList) return `Put it in double quotes: ${doubleQuoted(node.text)}`;
    const names = node.text.split(',').map((name) => name.trim());
    if (names.includes(MASTERS)) return `${AS_A_LIST} No fix does it, for it would make administrators.`;
    if (!names.every(isOneGroup))
      return `${AS_A_LIST} No fix does it, for the string is not the plain name of one group.`;
    const list = `Write a list: [${names.map(quoted).join(', ')}]`;
    return names.length === 1 ? list : `${list}. No fix splits a string, for it may be one name.`;
  }
  if (isList) return AS_A_LIST;
  return group !== null && node?.kind === 'mapping'
    ? 'Write the group as one string in double quotes, without a space after its colon; if it is an entry of its own, indent it less.'
    : 'Write a string in double quotes.';
}

const noNodeEntry: Rule = {
  name: 'no-node-entry',
  severity: 'warning',
  fix: 'none',
  summary: 'mapRoles has no entry for nodes',
  consequence: 'nodes cannot join the cluster, unless they have access entries',
  help: 'Add an entry for the role of the nodes, with the username "system:node:{{EC2PrivateDNSName}}" and the groups system:bootstrappers and system:nodes; `aws-auth-sso merge --node-role ARN` does it.',
  *detect(context) {
    const isForNodes = context.list('mapRoles')?.loaded.entries.some(isNodeEntry) ?? false;
    if (isForNodes || haveNodesAccessEntries(context) || !isRead(context)) return;
    const { configMap, mapRoles } = context.document;
    const where = mapRoles?.pair?.key ?? configMap?.data?.key ?? configMap?.root;
    yield {
      range: where ? rangeOf(null, where, null) : { map: null, start: 0, end: 0, index: null },
      what: 'mapRoles has no entry for nodes',
      ...(isModeKnown(context) && { consequence: 'nodes cannot join the cluster' }),
    };
  },
};

/** Whether it is known that nodes have no access entries, where they are not known to have some. */
function isModeKnown({ options }: LintContext): boolean {
  return options.cluster !== undefined || modeOf(options) === 'CONFIG_MAP';
}

function haveNodesAccessEntries({ options: { cluster } }: LintContext): boolean {
  return cluster?.accessEntries.some(({ type }) => type !== 'STANDARD') ?? false;
}

/** Whether all is known that mapRoles says; what hides it has a finding of its own. */
function isRead(context: LintContext): boolean {
  const { unparsable, document } = context;
  if (unparsable.some(({ key }) => key === 'mapRoles')) return false;
  if (document.problems.some(({ rule }) => rule !== null)) return false;
  const hasMergeKey = document.data.some(({ key }) => key.kind === 'scalar' && key.text === '<<');
  return context.list('mapRoles') !== undefined || !hasMergeKey;
}

export const entryRules: readonly Rule[] = [noNodeEntry, droppedEntry, fieldNotString];

/** The items of mapAccounts that are scalars. */
function* accountItems({
  accounts,
}: LintContext): Generator<{ readonly node: ScalarNode; readonly index: number }> {
  for (const [index, node] of accounts?.loaded.list?.items.entries() ?? [])
    if (node.kind === 'scalar') yield { node, index };
}

/** Whether a scalar is a number to YAML, or would be to some reader of it. */
function isBareNumber({ style, text, tag, anchor }: ScalarNode): boolean {
  return style === 'plain' && tag === null && anchor === null && /^\d+$/.test(text);
}

const unquotedAccountId: Rule = {
  name: 'unquoted-account-id',
  severity: 'warning',
  fix: 'safe',
  summary: 'An account id is not quoted',
  consequence: 'a tool that reads it as a number drops a leading zero, or writes 1.11e+11',
  help: 'Put it in double quotes.',
  *detect(context) {
    const isEditable = context.accounts?.source.isEditable ?? false;
    for (const { node, index } of accountItems(context))
      if (isBareNumber(node)) yield unquoted('mapAccounts', node, index, isEditable ? {} : null);
    for (const list of context.lists) yield* ssoAccounts(list);
  },
};

/** Those under `sso:`, for which the authenticator drops the entry. */
function* ssoAccounts(list: LoadedList): Generator<Detection> {
  const nodeAt = nodeFinder(list);
  for (const { index, offset, field } of list.loaded.errors) {
    if (index === null || field !== 'sso.accountID') continue;
    const node = nodeAt(index, offset);
    if (node?.kind !== 'scalar' || !isBareNumber(node)) continue;
    const isWhole = isAccountId(node.text) && list.isEditable(index);
    yield {
      ...unquoted(list.key, node, index, isWhole ? { ssoAccountId: node.text } : null),
      consequence: 'the authenticator reads a number and drops the entry',
    };
  }
}

function unquoted(map: MapKey, node: ScalarNode, index: number, effect: FixEffect | null): Detection {
  const edit = { start: node.contentStart, end: node.contentEnd, replacement: doubleQuoted(node.text) };
  return {
    range: rangeOf(map, node, index),
    what: `the account id ${node.text} is not quoted`,
    ...(effect && { fix: { kind: 'edit', map, index, edit, effect } }),
  };
}

const malformedAccountId: Rule = {
  name: 'malformed-account-id',
  severity: 'error',
  fix: 'none',
  summary: 'An item of mapAccounts is not an account id',
  consequence: 'this item never matches',
  help: 'Write the 12 digits of the account id, in double quotes.',
  *detect(context) {
    const list = context.accounts?.loaded.list;
    if (!list) return;
    for (const { node, index } of accountItems(context)) {
      const text = scalarType(node) === 'null' ? '' : stringValue(node);
      if (isAccountId(text)) continue;
      const zero = /^\d{11}$/.test(text) ? ` Did it lose a leading zero ("0${text}")?` : '';
      yield {
        range: itemRange('mapAccounts', list, index),
        what: `${quoted(text)} is not an account id`,
        help: `${malformedAccountId.help}${zero}`,
      };
    }
  },
};

export const accountRules: readonly Rule[] = [unquotedAccountId, malformedAccountId];
