import type { LoadError } from '../../authenticator/loaded.ts';
import { scalarType } from '../../authenticator/scalar.ts';
import {
  excessAnnotationBytes,
  excessKibibytes,
  hasLastApplied,
  hasResourceVersion,
  immutablePair,
  LAST_APPLIED,
} from '../../configmap/api-server.ts';
import { listed, quoted } from '../../text.ts';
import { lineStart } from '../../yaml/lines.ts';
import { keyOf, type Pair } from '../../yaml/node.ts';
import type { LintContext } from '../context.ts';
import { atNode, type Detection, manifestRange, type Rule, rule, type TextRange } from '../rule.ts';
import { DISCARDED, type OpenTemplate, type UnparsableCause } from '../unparsable.ts';

/** What a rule says of the problems of a manifest that have its name. */
export function manifestProblems({ document }: LintContext, rule: string): Detection[] {
  const problems = document?.problems.filter((problem) => problem.rule === rule) ?? [];
  return problems.map(({ start, end, message, help }) => {
    return { range: { map: null, start, end, index: null }, what: message, help };
  });
}

function manifestRule(texts: Pick<Rule, 'name' | 'summary' | 'consequence' | 'help'>): Rule {
  const detect = (context: LintContext) => manifestProblems(context, texts.name);
  return rule({ ...texts, severity: 'error', detect });
}

const invalidYaml = manifestRule({
  name: 'invalid-yaml',
  summary: 'The file is not valid YAML',
  consequence: 'kubectl cannot read it either',
  help: 'Fix the YAML there; all lines of mapRoles are indented further than the key itself.',
});

const listNotString = manifestRule({
  name: 'list-not-string',
  summary: 'A key of data holds a YAML list or map instead of a string',
  consequence: 'the values of a ConfigMap are strings, so kubectl rejects it',
  help: 'Add `|` after the key.',
});

const valueNotString = manifestRule({
  name: 'value-not-string',
  summary: 'A key of data holds a number, a boolean or the like instead of a string',
  consequence: 'the values of a ConfigMap are strings, so kubectl rejects it',
  help: 'Add `|` after the key, and put the list below it.',
});

const duplicateKey = manifestRule({
  name: 'duplicate-key',
  summary: 'The ConfigMap has a duplicate key',
  consequence: 'kubectl rejects it or uses only the last one',
  help: 'Put all entries under one key.',
});

const oversize = rule({
  name: 'oversize',
  severity: 'error',
  summary: 'The ConfigMap exceeds 1 MiB; a warning where the copy that kubectl apply keeps exceeds 256 KiB',
  consequence: 'Kubernetes rejects it',
  help: 'Map fewer roles here, or move to access entries.',
  *detect({ document }) {
    if (!document?.configMap) return;
    const range = manifestRange(document);
    const kibibytes = excessKibibytes(document);
    if (kibibytes !== null) yield { range, what: `the ConfigMap holds ${kibibytes} KiB` };
    // What comes from a cluster without such a copy is replaced, not applied.
    else if (!hasResourceVersion(document) || hasLastApplied(document)) {
      const copy = excessAnnotationBytes(document);
      if (copy !== null) yield { range, what: `the copy of the ConfigMap takes ${copy} bytes`, ...LARGE };
    }
  },
});

const LARGE = {
  severity: 'warning',
  consequence: 'a client-side kubectl apply fails, for annotations are limited to 262144',
  help: 'Use kubectl replace, or kubectl apply --server-side.',
} as const;

const immutableMap = rule({
  name: 'immutable-map',
  severity: 'warning',
  summary: 'The ConfigMap has immutable: true',
  consequence: 'Kubernetes rejects every change, so no entry can be added, updated or removed',
  help: 'Remove immutable: true. Where a cluster has it already, delete and re-create the ConfigMap; in between, nobody in it has access.',
  *detect({ document }) {
    const pair = document?.configMap && immutablePair(document.configMap);
    if (pair) yield atNode(null, pair.key, null, 'the ConfigMap is immutable');
  },
});

/** What ties a manifest to one object of one cluster. */
const SERVER_KEYS: readonly string[] = ['resourceVersion', 'uid', 'managedFields'];

const serverMetadata = rule({
  name: 'server-metadata',
  severity: 'warning',
  summary:
    'A file (not stdin) has metadata that a cluster wrote: resourceVersion, uid, managedFields, last-applied',
  consequence:
    'it belongs to one object at one time, so a later kubectl apply of the file fails or reverts what others changed',
  help: 'Remove it from a file that is kept (`aws-auth-sso merge --for apply` leaves it out); pipe in what comes straight from a cluster.',
  *detect({ document, options }) {
    const metadata = document?.configMap?.metadata?.value;
    if (options.live || metadata?.kind !== 'mapping') return;
    const found = metadata.pairs.flatMap((pair) =>
      keyOf(pair) === 'annotations' && pair.value.kind === 'mapping'
        ? pair.value.pairs.filter((annotation) => keyOf(annotation) === LAST_APPLIED)
        : SERVER_KEYS.includes(keyOf(pair)) && isSet(pair)
          ? [pair]
          : [],
    );
    const [first] = found;
    if (first) yield atNode(null, first.key, null, `metadata has ${listed(found.map(keyOf))}`);
  },
});

function isSet({ value }: Pair): boolean {
  return value.kind !== 'scalar' || (value.text !== '' && scalarType(value) !== 'null');
}

function rangeAt({ key, text }: UnparsableCause, start: number, end = start): TextRange {
  return { map: key, start: Math.min(start, text.length), end: Math.min(end, text.length), index: null };
}

/** Reports the keys that are unparsable for one kind of cause. */
function* unparsableKeys(
  { unparsable }: LintContext,
  kind: UnparsableCause['kind'],
  helpOf: (text: string, error: LoadError) => string | undefined,
): Generator<Detection> {
  for (const cause of unparsable) {
    if (cause.kind !== kind) continue;
    const { key, text, error } = cause;
    yield {
      range: rangeAt(cause, error.offset),
      what: `${key} cannot be parsed: ${error.message}`,
      consequence: DISCARDED[key],
      help: helpOf(text, error),
    };
  }
}

const unparsableMap = rule({
  name: 'unparsable-map',
  severity: 'error',
  summary: 'A key cannot be parsed',
  consequence: 'the authenticator discards the whole key, including the entries of nodes',
  help: 'Fix the YAML there: the fields of an entry are aligned, two columns to the right of its dash.',
  detect: (context) => unparsableKeys(context, 'other', syntaxHelp),
});

function syntaxHelp(text: string, { code, offset }: LoadError): string | undefined {
  const before = text.slice(lineStart(text, offset), offset);
  const at = text[offset] ?? '';
  const rest = text.slice(offset);
  if (at === '\t' || /^\s*\t/.test(before))
    return 'Replace the tab with spaces: YAML does not allow tabs for indentation.';
  if (/[@%`]/.test(at) || code === 'unknown-anchor' || code === 'not-a-number')
    return `Put the value in double quotes: ${quoted(at)} at its start has a special meaning in YAML.`;
  if (/["']/.test(at)) return 'Close the quote, or remove it.';
  if (/^[\w-]+:\S/.test(rest)) return 'Add a space after the colon.';
  if (/^[\w-]+\s*=/.test(rest)) return 'Replace the equals sign with a colon and a space.';
  if (code === 'excessive-aliasing' || code === 'recursive-anchor')
    return 'Write the values out, without & and *.';
  if (code === 'tag-mismatch')
    return 'Remove the tag (the word with !!), and put the value in double quotes.';
  if (code === 'merge-not-a-map') return 'Write the fields out, without <<.';
  if (/^-\S/.test(rest)) return 'Add a space after the dash.';
  if (/^\s*$/.test(before) && /^\w+\s*[:=]/.test(rest))
    return 'Align the line with the fields above it; where a new entry starts, put "- " before it.';
  return undefined;
}

const notAList = rule({
  name: 'not-a-list',
  severity: 'error',
  summary: 'A key holds something other than a list',
  consequence: unparsableMap.consequence,
  help: 'Write a list: each entry starts with "- " before its first field.',
  detect: (context) => unparsableKeys(context, 'not-a-list', listHelp),
});

function listHelp(text: string): string | undefined {
  const start = text.trimStart();
  if (/^[|>]/.test(start)) return `Remove the second ${quoted(start.charAt(0))}.`;
  if (/^\{(?!\{)/.test(start)) return 'Put the entries in brackets: [{…}, {…}].';
  if (/^-+\S/.test(start)) return 'Start each entry with one dash and a space.';
  const key = /^(map(?:Roles|Users|Accounts)):/.exec(start)?.[1];
  return key && `Remove the second "${key}:", and indent what is below it less.`;
}

const unquotedTemplate = rule({
  name: 'unquoted-template',
  severity: 'error',
  fix: 'access',
  summary: 'A value starts with {{ and is not quoted',
  consequence: 'YAML reads a map, so the authenticator discards the whole key',
  help: 'Put the value in double quotes: "{{SessionName}}".',
  *detect(context) {
    for (const cause of context.unparsable)
      if (cause.kind === 'templates')
        for (const template of cause.templates) yield openTemplate(context, cause, template);
  },
});

function openTemplate(
  context: LintContext,
  cause: UnparsableCause,
  { start, end, edit }: OpenTemplate,
): Detection {
  const { key, text } = cause;
  const isFixable = edit !== null && context.document?.[key]?.isEditable;
  return {
    range: rangeAt(cause, start, end),
    what: `the value ${quoted(text.slice(start, end))} is not quoted`,
    consequence: `YAML reads a map, so ${DISCARDED[key]}`,
    help: edit ? `Put it in double quotes: ${edit.replacement}` : 'Put the whole value in double quotes.',
    fix: isFixable ? { kind: 'edit', map: key, index: null, edit, effect: {} } : undefined,
  };
}

const secondDocument = rule({
  name: 'second-document',
  severity: 'error',
  summary: 'Text follows the first YAML document of a key, usually after a line ---',
  consequence: 'it ignores what follows',
  help: 'Remove the line --- or ... above it, or indent it like the list above, so that all entries are one list.',
  *detect({ lists, accounts }) {
    for (const { key, loaded } of [...lists, ...(accounts ? [accounts] : [])]) {
      const { ignoredFrom: start } = loaded;
      if (start === null) continue;
      const range = { map: key, start, end: start, index: null };
      yield { range, what: `the authenticator reads only the first YAML document of ${key}` };
    }
  },
});

export const manifestRules: readonly Rule[] = [
  invalidYaml,
  listNotString,
  valueNotString,
  duplicateKey,
  oversize,
  immutableMap,
  serverMetadata,
  unparsableMap,
  notAList,
  unquotedTemplate,
  secondDocument,
];
