import { scalarText, scalarType } from '../../authenticator/authenticator-scalar.ts';
import { doubleQuoted } from '../../configmap/quote.ts';
import { quoted } from '../../text.ts';
import type { ScalarNode } from '../../yaml/node.ts';
import { nodesOf } from '../../yaml/pairs.ts';
import type { Detection, Rule, Spot } from '../rule.ts';
import { itemSpot, spotOf } from '../spot.ts';
import type { LintSubject, LoadedList } from '../subject.ts';

/** The items of mapAccounts that are written out. */
function* accountItems({
  accounts,
}: LintSubject): Generator<{ readonly node: ScalarNode; readonly index: number }> {
  if (accounts?.root?.kind !== 'sequence') return;
  for (const [index, node] of accounts.root.items.entries())
    if (node.kind === 'scalar') yield { node, index };
}

function spotIn({ accounts }: LintSubject, index: number): Spot {
  if (accounts?.root?.kind === 'sequence')
    return itemSpot('mapAccounts', accounts.source.embedded.text, accounts.root, index);
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
  *detect(subject) {
    const { accounts } = subject;
    for (const { node, index } of accountItems(subject)) {
      if (!isBareNumber(node)) continue;
      yield {
        spot: spotOf('mapAccounts', node, index),
        what: `the account id ${node.text} is not in quotes`,
        ...(accounts?.source.editable && mendOf('mapAccounts', node, index, {})),
      };
    }
    for (const list of subject.lists) yield* ssoAccounts(subject, list);
  },
};

function mendOf(
  map: 'mapAccounts' | LoadedList['key'],
  node: ScalarNode,
  index: number,
  effect: { ssoAccountId?: string },
) {
  const edit = { start: node.start, end: node.end, replacement: doubleQuoted(node.text) };
  return { mend: { kind: 'edit', map, index, edit, effect } } as const;
}

/** Those below `sso:`, for which the authenticator drops the entry. */
function* ssoAccounts(subject: LintSubject, list: LoadedList): Generator<Detection> {
  for (const error of list.loaded.errors) {
    const { index, offset, field } = error;
    if (index === null || field !== 'sso.accountID') continue;
    const item = list.loaded.list?.items[index];
    const node = item && [...nodesOf(item)].find((one) => one.kind === 'scalar' && one.start === offset);
    if (node?.kind !== 'scalar' || !isBareNumber(node)) continue;
    const isWhole = /^\d{12}$/.test(node.text) && subject.isEditable(list, index);
    yield {
      spot: spotOf(list.key, node, index),
      what: `the account id ${node.text} is not in quotes`,
      consequence: 'the authenticator takes it for a number and drops the entry',
      ...(isWhole && mendOf(list.key, node, index, { ssoAccountId: node.text })),
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
  *detect(subject) {
    for (const { node, index } of accountItems(subject)) {
      const text = scalarType(node) === 'null' ? '' : scalarText(node);
      if (/^\d{12}$/.test(text)) continue;
      const zero = /^\d{11}$/.test(text) ? ` Did it lose a leading zero ("0${text}")?` : '';
      yield {
        spot: spotIn(subject, index),
        what: `${quoted(text)} is no account id`,
        help: `Write the 12 digits of the account id, in double quotes.${zero}`,
      };
    }
  },
};
