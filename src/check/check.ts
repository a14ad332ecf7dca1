import { AwsAuth } from '../aws-auth/aws-auth.ts';
import type { AwsAuthDocument } from '../aws-auth/document.ts';
import { clusterLocation } from '../directory/model.ts';
import { ReadTime } from '../directory/read-time.ts';
import type { MapKey } from '../map-entry.ts';
import { memo } from '../memo.ts';
import { lastNotAbove, lineEnd, lineStart, skipTrivia, startsLine } from '../yaml/lines.ts';
import type { SequenceNode } from '../yaml/node.ts';
import { CheckContext, type RuleOptions } from './context.ts';
import type { CheckFinding, Detection, Rule, TextRange } from './rule.ts';
import { accessEntryRules } from './rules/access-entries.ts';
import { adminRules } from './rules/admin.ts';
import { arnRules } from './rules/arns.ts';
import { duplicateRules } from './rules/duplicates.ts';
import { accountRules, entryRules } from './rules/entries.ts';
import { inventoryRules } from './rules/inventory.ts';
import { keyRules } from './rules/keys.ts';
import { manifestRules } from './rules/manifest.ts';
import { configMapIgnored } from './rules/mode.ts';
import { nameRules } from './rules/names.ts';
import { unboundRules } from './rules/unbound.ts';
import { unparsableRules } from './rules/unparsable.ts';

/** All rules: the whole file first, then single names; then the inventory, bindings and access entries. */
export const RULES: readonly Rule[] = [
  ...manifestRules,
  ...unparsableRules,
  ...keyRules,
  ...entryRules,
  ...nameRules,
  ...arnRules,
  ...duplicateRules,
  ...accountRules,
  ...inventoryRules,
  ...unboundRules,
  ...adminRules,
  configMapIgnored,
  ...accessEntryRules,
];

/** Most findings listed per rule: more than the entries that fit into an aws-auth of 1 MiB. */
export const MAX_OF_A_RULE = 10_000;

/**
 * Checks an aws-auth file, in file order, and then its cluster's access entries. Returns at most `MAX_OF_A_RULE`
 * findings per rule. Never throws.
 * @param document null if only the cluster is checked
 */
export function checkDocument(document: AwsAuthDocument | null, options: RuleOptions = {}): CheckFinding[] {
  return findAll(checkContext(document, options));
}

/** The input of all rules, and of a cluster's readiness. */
export function checkContext(document: AwsAuthDocument | null, options: RuleOptions): CheckContext {
  return new CheckContext(document && new AwsAuth(document), options);
}

/** See `checkDocument`. */
export function findAll(context: CheckContext): CheckFinding[] {
  return [...findInFile(context, MAX_OF_A_RULE), ...findInCluster(context, MAX_OF_A_RULE)];
}

/** Findings in the file, in file order; at most `most` per rule. */
export function findInFile(context: CheckContext, most = Number.POSITIVE_INFINITY): CheckFinding[] {
  const { awsAuth } = context;
  const ignoredIn = memo((map: MapKey) =>
    ignoredAt(awsAuth?.document[map]?.text ?? '', awsAuth?.[map].list ?? null),
  );
  const isIgnored = ({ name }: Rule, { map, index }: TextRange) =>
    map !== null && index !== null && ignoredIn(map)(name, index);
  // If the cluster ignores the file, all that matters is which entries lack an access entry or have a different one.
  const rules = rulesFor(context).filter((rule) => !context.isFileIgnored || rule.isAboutMode);
  const found = rules.flatMap((rule) =>
    firstOf(rule.detect?.(context) ?? [], most, ({ range }) => !isIgnored(rule, range)).map((detection) =>
      findingOf(context, rule, detection, detection.range),
    ),
  );
  return found.sort((one, other) => one.start - other.start || one.end - other.end);
}

/** Findings in the cluster's access entries; at most `most` per rule. */
export function findInCluster(context: CheckContext, most = Number.POSITIVE_INFINITY): CheckFinding[] {
  return rulesFor(context).flatMap((rule) =>
    firstOf(rule.detectInCluster?.(context) ?? [], most).map((detection) =>
      findingOf(context, rule, { readTime: context.clusterTime, ...detection }, null),
    ),
  );
}

function rulesFor({ options: { ignore = [] } }: CheckContext): readonly Rule[] {
  return RULES.filter(({ name }) => !ignore.includes(name));
}

/** Stops the search after `most` items. */
function firstOf<Item>(
  items: Iterable<Item>,
  most: number,
  isWanted: (item: Item) => boolean = () => true,
): Item[] {
  const first: Item[] = [];
  for (const item of items) {
    if (!isWanted(item)) continue;
    first.push(item);
    if (first.length === most) break;
  }
  return first;
}

function findingOf(
  { document, options, clusterName = '' }: CheckContext,
  rule: Rule,
  detection: Detection,
  range: TextRange | null,
): CheckFinding {
  const { severity, consequence = rule.consequence, help = rule.help, readTime = ReadTime.NOW } = detection;
  const what = readTime.dated(detection.what);
  const fix = readTime.isOld ? undefined : detection.fix;
  return {
    code: rule.name,
    severity: options.error?.includes(rule.name) ? 'error' : (severity ?? rule.severity),
    what,
    message: `${what}; ${readTime.conclusion(consequence)}`,
    help: readTime.advice(help),
    ...(document && range
      ? placeInFile(document, range)
      : { location: clusterLocation({ name: clusterName }), start: 0, end: 0 }),
    fixKind: fix ? rule.fix : 'none',
    fix: fix ?? null,
  };
}

/** Places a range in the file, cut off at the end of its first line. */
function placeInFile(
  document: AwsAuthDocument,
  { map, start, end }: TextRange,
): Pick<CheckFinding, 'location' | 'start' | 'end'> {
  const { source } = document;
  const offsets = map === null ? undefined : document[map]?.offsets;
  const first = Math.min(offsets ? offsets.startOf(start) : start, source.length);
  const last = !offsets ? end : end > start ? offsets.endOf(end) : first;
  const stop = lineEnd(source, first, Math.min(last, source.length));
  const { line: endLine, column: endColumn } = document.locationOf(stop);
  return { location: { ...document.locationOf(first), endLine, endColumn }, start: first, end: stop };
}

/** `# aws-auth-sso: ignore RULE[, RULE]` in the text of a key. */
interface IgnoreComment {
  readonly rules: ReadonlySet<string>;
  /** The comment's offset; for a comment on its own line, the next line that is neither blank nor a comment. */
  readonly at: number;
}

const MARK = 'aws-auth-sso:';
const COMMENT = /#[ \t]*aws-auth-sso:[ \t]*ignore[ \t]+([\w-]+(?:[ \t]*,[ \t]*[\w-]+|[ \t]+[\w-]+)*)/g;

/** Predicate: a comment at a list item, or on the line above it, ignores the rule there. */
function ignoredAt(text: string, list: SequenceNode | null): (rule: string, index: number) => boolean {
  const comments = text.includes(MARK) ? commentsIn(text) : [];
  if (comments.length === 0 || !list) return () => false;
  const starts = itemStarts(text, list);
  const ignored = rulesByLine(comments, starts);
  return (rule, index) => ignored.get(starts[index] ?? -1)?.has(rule) ?? false;
}

/** The ignored rules, by the start of the commented item's line. */
function rulesByLine(
  comments: readonly IgnoreComment[],
  starts: readonly number[],
): ReadonlyMap<number, ReadonlySet<string>> {
  const ignored = new Map<number, Set<string>>();
  for (const { rules, at } of comments) {
    const start = starts[lastNotAbove(starts, at)];
    if (start === undefined || start > at) continue;
    const known = ignored.get(start) ?? new Set();
    for (const rule of rules) known.add(rule);
    ignored.set(start, known);
  }
  return ignored;
}

function commentsIn(text: string): IgnoreComment[] {
  let content = 0;
  return [...text.matchAll(COMMENT)].map((match) => {
    const rules = new Set(match[1]?.split(/[ \t,]+/));
    if (!startsLine(text, match.index)) return { rules, at: match.index };
    // Consecutive comments refer to the same line: search for it once.
    if (content <= match.index) content = skipTrivia(text, match.index);
    return { rules, at: lineStart(text, content, match.index) };
  });
}

/** The offset where each item's line starts. */
function itemStarts(text: string, list: SequenceNode): number[] {
  let last = 0;
  return list.items.map((item) => {
    const line = lineStart(text, item.start, last);
    if (line > last || last === 0) last = line;
    return last;
  });
}
