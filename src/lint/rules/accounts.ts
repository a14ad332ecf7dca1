import { isAccountId } from '../../arn.ts';
import { scalarType, stringValue } from '../../authenticator/scalar.ts';
import { doubleQuoted } from '../../configmap/quote.ts';
import type { MapKey } from '../../entry.ts';
import { quoted } from '../../text.ts';
import type { ScalarNode } from '../../yaml/node.ts';
import type { LintContext, LoadedList } from '../context.ts';
import { itemRange, nodeFinder, rangeOf } from '../locate.ts';
import type { Detection, FixEffect, Rule } from '../rule.ts';

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
