import { scalarText, scalarType } from '../../authenticator/authenticator-scalar.ts';
import { doubleQuoted } from '../../configmap/quote.ts';
import { quoted } from '../../text.ts';
import type { ScalarNode } from '../../yaml/node.ts';
import { nodesOf } from '../../yaml/pairs.ts';
import type { LintContext, LoadedList } from '../context.ts';
import { itemRange, rangeOf } from '../locate.ts';
import type { Detection, Rule, TextRange } from '../rule.ts';

/** The items of mapAccounts that are written out. */
function* accountItems({
  accounts,
}: LintContext): Generator<{ readonly node: ScalarNode; readonly index: number }> {
  if (accounts?.root?.kind !== 'sequence') return;
  for (const [index, node] of accounts.root.items.entries())
    if (node.kind === 'scalar') yield { node, index };
}

function spotIn({ accounts }: LintContext, index: number): TextRange {
  if (accounts?.root?.kind === 'sequence') return itemRange('mapAccounts', accounts.root, index);
  return { map: 'mapAccounts', start: 0, end: 0, index };
}

/** Whether a scalar is a number to YAML, or would be to some reader of it. */
function isBareNumber({ style, text, tag, anchor }: ScalarNode): boolean {
  return style === 'plain' && tag === null && anchor === null && /^\d+$/.test(text);
}

export const unquotedAccountId: Rule = {
  name: 'unquoted-account-id',
  severity: 'warning',
  fix: 'safe',
  summary: 'An account id is not in quotes',
  consequence:
    'every tool that reads it as a number and writes it again loses a leading zero, or writes 1.11e+11',
  help: 'Put it in double quotes.',
  *detect(context) {
    const { accounts } = context;
    for (const { node, index } of accountItems(context)) {
      if (!isBareNumber(node)) continue;
      yield {
        range: rangeOf('mapAccounts', node, index),
        what: `the account id ${node.text} is not in quotes`,
        ...(accounts?.source.isEditable && quoteFix('mapAccounts', node, index, {})),
      };
    }
    for (const list of context.lists) yield* ssoAccounts(context, list);
  },
};

function quoteFix(
  map: 'mapAccounts' | LoadedList['key'],
  node: ScalarNode,
  index: number,
  effect: { ssoAccountId?: string },
) {
  const edit = { start: node.contentStart, end: node.contentEnd, replacement: doubleQuoted(node.text) };
  return { fix: { kind: 'edit', map, index, edit, effect } } as const;
}

/** Those below `sso:`, for which the authenticator drops the entry. */
function* ssoAccounts(context: LintContext, list: LoadedList): Generator<Detection> {
  for (const error of list.loaded.errors) {
    const { index, offset, field } = error;
    if (index === null || field !== 'sso.accountID') continue;
    const item = list.loaded.list?.items[index];
    const node =
      item && [...nodesOf(item)].find((one) => one.kind === 'scalar' && one.contentStart === offset);
    if (node?.kind !== 'scalar' || !isBareNumber(node)) continue;
    const isWhole = /^\d{12}$/.test(node.text) && context.isEditable(list, index);
    yield {
      range: rangeOf(list.key, node, index),
      what: `the account id ${node.text} is not in quotes`,
      consequence: 'the authenticator takes it for a number and drops the entry',
      ...(isWhole && quoteFix(list.key, node, index, { ssoAccountId: node.text })),
    };
  }
}

export const malformedAccountId: Rule = {
  name: 'malformed-account-id',
  severity: 'error',
  fix: 'none',
  summary: 'An item of mapAccounts is no account id',
  consequence: 'no account ever has this id, so nobody gets in through it',
  help: 'Write the 12 digits of the account id, in double quotes.',
  *detect(context) {
    for (const { node, index } of accountItems(context)) {
      const text = scalarType(node) === 'null' ? '' : scalarText(node);
      if (/^\d{12}$/.test(text)) continue;
      const zero = /^\d{11}$/.test(text) ? ` Did it lose a leading zero ("0${text}")?` : '';
      yield {
        range: spotIn(context, index),
        what: `${quoted(text)} is no account id`,
        help: `Write the 12 digits of the account id, in double quotes.${zero}`,
      };
    }
  },
};
