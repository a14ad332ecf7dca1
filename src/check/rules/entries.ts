import { isAccountId } from '../../arn.ts';
import type { AwsAuth } from '../../aws-auth/aws-auth.ts';
import { isNodeEntry, MASTERS } from '../../aws-auth/groups.ts';
import type { LoadError } from '../../aws-auth/loaded.ts';
import { scalarType, stringValue } from '../../aws-auth/scalar.ts';
import type { MapKey } from '../../map-entry.ts';
import { quoted } from '../../text.ts';
import { allNodesIn, type ScalarNode, type YamlNode } from '../../yaml/node.ts';
import { doubleQuoted } from '../../yaml/quote.ts';
import type { CheckContext, LoadedList } from '../context.ts';
import {
  atItem,
  atNode,
  type Fix,
  manifestRange,
  type PlacedDetection,
  type Rule,
  rewrite,
  rule,
} from '../rule.ts';
import { misspelledFieldsOf } from './keys.ts';

const droppedEntry = rule({
  name: 'dropped-entry',
  severity: 'error',
  summary: "A list item isn't an entry",
  consequence: 'the authenticator drops this item',
  help: 'Add a rolearn (userarn in mapUsers) with a string value, or remove the item.',
  *detect(context) {
    for (const list of context.lists) {
      const { errors } = list.loaded;
      const dropped = errors.filter(({ loss }) => loss === 'dropped');
      if (dropped.length === 0) continue;
      // A finding about the misspelled key explains more.
      const explained = new Set([...misspelledFieldsOf(context, list)].map(({ range }) => range?.index));
      const lostArns = new Map(
        errors.filter(({ field }) => field === 'arn').map((error) => [error.index, error]),
      );
      for (const error of dropped) {
        if (explained.has(error.index)) continue;
        const { code, offset, index } = error;
        const what = (lostArns.get(index) ?? error).message;
        const help =
          code === 'arn-and-sso' || code === 'invalid-sso'
            ? "Write the role's ARN as rolearn, without sso:. EKS doesn't support it."
            : `Add a ${list.arnField} with a string value, or remove the item.`;
        if (list.loaded.list && index !== null)
          yield atItem(list.key, list.loaded.list, index, what, { help });
        else yield { range: { map: list.key, start: offset, end: offset, index }, what, help };
      }
    }
    for (const { loss, offset, index, message } of context.awsAuth?.mapAccounts.errors ?? [])
      if (loss === 'dropped')
        yield {
          range: { map: 'mapAccounts', start: offset, end: offset, index },
          what: message,
          help: 'Write the account ID in double quotes.',
        };
  },
});

const fieldNotString = rule({
  name: 'field-not-string',
  severity: 'error',
  fix: 'access',
  summary:
    "A username or group isn't a string, or groups isn't a list. YAML reads yes, on, n, 123 and 1.0 as other types.",
  consequence: 'the authenticator drops the value and keeps the rest of the entry',
  help: 'Put the value in double quotes, and groups in a list.',
  *detect({ lists }) {
    for (const list of lists) {
      const { errors } = list.loaded;
      const dropped = new Set(errors.flatMap(({ loss, index }) => (loss === 'dropped' ? [index] : [])));
      const nodeAt = nodeFinder(list);
      // The loss of its ARN or sso drops the entry, which has its own rule.
      const isOfIdentity = ({ field }: LoadError) => field === 'arn' || field?.startsWith('sso');
      for (const error of errors)
        if (error.loss === 'field' && !(isOfIdentity(error) && dropped.has(error.index)))
          yield lostField(list, error, error.index === null ? undefined : nodeAt(error.index, error.offset));
    }
  },
});

/** Finds the first node of an item at an offset. Caches the last item because errors come item by item. */
function nodeFinder(list: LoadedList): (index: number, offset: number) => YamlNode | undefined {
  let last = -1;
  let nodes: ReadonlyMap<number, YamlNode> = new Map();
  return (index, offset) => {
    if (index !== last) {
      const item = list.items[index];
      nodes = new Map([...(item ? allNodesIn(item) : [])].reverse().map((node) => [node.start, node]));
      last = index;
    }
    return nodes.get(offset);
  };
}

function lostField(list: LoadedList, error: LoadError, node: YamlNode | undefined): PlacedDetection {
  const { offset: start, index, message } = error;
  const help = lostHelp(node, error);
  if (!node) return { range: { map: list.key, start, end: start, index }, what: message, help };
  const isEditable = index !== null && node.kind === 'scalar' && list.isEditable(index);
  const fix = isEditable ? lostFix(list, index, node, error) : undefined;
  return atNode(list.key, node, index, message, { help, fix });
}

/** Quotes a value if only quotes are missing; turns a string into a list if it can only be one group. */
function lostFix(list: LoadedList, index: number, node: ScalarNode, { group }: LoadError): Fix | undefined {
  const { username, groups } = list.entryAt(index)?.fields ?? {};
  if (groups === node) return listFix(list.key, index, node);
  const isGroup = group !== null && groups?.kind === 'sequence' && groups.items[group] === node;
  if (!isBare(node) || !(username === node || isGroup)) return undefined;
  const { text } = node;
  const effect = isGroup ? { group: { index: group, text } } : { username: text };
  return rewrite(list.key, index, node, doubleQuoted(text), effect);
}

function listFix(map: MapKey, index: number, node: ScalarNode): Fix | undefined {
  const quotes = { plain: 0, single: 1, double: 1, literal: null, folded: null }[node.style];
  const isAsWritten = quotes !== null && node.tag === null && node.anchor === null;
  if (!isAsWritten || !isOneGroup(node.text)) return undefined;
  const edit = {
    start: node.contentStart - quotes,
    end: node.contentEnd + quotes,
    replacement: `[${doubleQuoted(node.text)}]`,
  };
  return { kind: 'edit', map, index, edit, effect: { groups: [node.text] } };
}

/** True if a string is certainly one group name. A fix never grants system:masters or a group with variables. */
function isOneGroup(text: string): boolean {
  return /^[\w.:@/+=-]+$/.test(text) && text !== MASTERS;
}

/** True if only quotes are missing. */
function isBare({ style, tag, anchor }: ScalarNode): boolean {
  return style === 'plain' && tag === null && anchor === null;
}

function lostHelp(node: YamlNode | undefined, { field, group }: LoadError): string {
  if (field === 'groups' && group === null)
    return node?.kind === 'scalar' && isOneGroup(node.text)
      ? `Write a list: [${quoted(node.text)}]`
      : 'Write the groups as a list, one "- " and name per line.';
  if (node?.kind === 'scalar') return `Put it in double quotes: ${doubleQuoted(node.text)}`;
  return group !== null && node?.kind === 'mapping'
    ? 'Write the group as one string in double quotes. If it is a separate entry, indent it less.'
    : 'Write a string in double quotes.';
}

const noNodeEntry = rule({
  name: 'no-node-entry',
  severity: 'warning',
  summary: 'mapRoles has no entry for nodes',
  consequence: "nodes can't join the cluster unless they have access entries",
  help: 'Add an entry for the node role, with the username "system:node:{{EC2PrivateDNSName}}" and the groups system:bootstrappers and system:nodes. `aws-auth-sso merge --node-role ARN` adds it.',
  *detect(context) {
    const { awsAuth, eks } = context;
    const haveAccessEntry = eks?.accessEntries.some(({ type }) => type !== 'STANDARD') ?? false;
    if (!awsAuth || haveAccessEntry || awsAuth.mapRoles.entries.some(isNodeEntry) || !isRead(awsAuth)) return;
    yield {
      range: manifestRange(awsAuth.document, awsAuth.document.mapRoles?.pair),
      what: 'mapRoles has no entry for nodes',
      // It is certain that they have no access entries.
      consequence: eks || context.mode === 'CONFIG_MAP' ? "nodes can't join the cluster" : undefined,
    };
  },
});

/** True if mapRoles could be read completely; otherwise another rule reports the cause. */
function isRead({ document, lostKeys }: AwsAuth): boolean {
  if (lostKeys.includes('mapRoles')) return false;
  if (document.problems.some(({ rule }) => rule !== null)) return false;
  const hasMergeKey = document.data.some(({ key }) => key.kind === 'scalar' && key.text === '<<');
  return document.mapRoles !== null || !hasMergeKey;
}

export const entryRules: readonly Rule[] = [noNodeEntry, droppedEntry, fieldNotString];

/** The scalar items of mapAccounts. */
function* accountItems({
  awsAuth,
}: CheckContext): Generator<{ readonly node: ScalarNode; readonly index: number }> {
  for (const [index, node] of awsAuth?.mapAccounts.list?.items.entries() ?? [])
    if (node.kind === 'scalar') yield { node, index };
}

const unquotedAccountId = rule({
  name: 'unquoted-account-id',
  severity: 'warning',
  fix: 'safe',
  summary: "An account ID isn't quoted",
  consequence: 'a tool that reads it as a number drops a leading zero or writes 1.11e+11',
  help: 'Put it in double quotes.',
  *detect(context) {
    const isEditable = context.document?.mapAccounts?.isEditable ?? false;
    for (const { node, index } of accountItems(context)) {
      // Some YAML reader takes it for a number.
      if (!isBare(node) || !/^\d+$/.test(node.text)) continue;
      const fix = isEditable ? rewrite('mapAccounts', index, node, doubleQuoted(node.text), {}) : undefined;
      yield atNode('mapAccounts', node, index, `the account ID ${node.text} isn't quoted`, { fix });
    }
  },
});

const malformedAccountId: Rule = rule({
  name: 'malformed-account-id',
  severity: 'error',
  summary: "An item of mapAccounts isn't an account ID",
  consequence: 'this item never matches',
  help: 'Write the 12-digit account ID in double quotes.',
  *detect(context) {
    const list = context.awsAuth?.mapAccounts.list;
    if (!list) return;
    for (const { node, index } of accountItems(context)) {
      const text = scalarType(node) === 'null' ? '' : stringValue(node);
      if (isAccountId(text)) continue;
      const zero = /^\d{11}$/.test(text) ? ` Did it lose a leading zero ("0${text}")?` : '';
      yield atItem('mapAccounts', list, index, `${quoted(text)} isn't an account ID`, {
        help: `${malformedAccountId.help}${zero}`,
      });
    }
  },
});

export const accountRules: readonly Rule[] = [unquotedAccountId, malformedAccountId];
