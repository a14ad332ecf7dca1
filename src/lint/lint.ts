import type { AwsAuthDocument } from '../configmap/document.ts';
import type { MapKey } from '../entry.ts';
import { countBy } from '../group-by.ts';
import { clusterLocation } from '../inventory/model.ts';
import { lineEnd, lineStart, skipTrivia, startsLine } from '../yaml/lines.ts';
import type { SequenceNode } from '../yaml/node.ts';
import { judgedEntries, LintContext, type LintOptions, modeOf } from './context.ts';
import type { ClusterDetection, Detection, LintFinding, Rule, TextRange } from './rule.ts';
import { accessEntryRules, configMapIgnored } from './rules/access-entries.ts';
import { arnRules } from './rules/arns.ts';
import { duplicateRules, overridden } from './rules/duplicates.ts';
import { accountRules, entryRules } from './rules/entries.ts';
import { inventoryRules } from './rules/inventory.ts';
import { keyRules } from './rules/keys.ts';
import { manifestRules } from './rules/manifest.ts';
import { nameRules } from './rules/names.ts';
import { anonymousAdmin, rbacRules } from './rules/rbac.ts';

/** Every rule, from the file as a whole down to single names; those of the inventory, of the bindings and of access entries last. */
export const RULES: readonly Rule[] = [
  ...manifestRules,
  ...keyRules,
  ...entryRules,
  ...nameRules,
  ...arnRules,
  ...duplicateRules,
  ...accountRules,
  ...inventoryRules,
  ...rbacRules,
  ...accessEntryRules,
];

/** Of one rule no more findings are listed: 10,000 is more than an aws-auth of 1 MiB has entries, and enough to start with. */
export const MAX_OF_A_RULE = 10_000;

/**
 * What is wrong in an aws-auth file, in the order of the file, and then in the access entries of its cluster; of each rule the first
 * `MAX_OF_A_RULE`. Never throws.
 * @param document null where only the cluster is looked at
 */
export function lint(document: AwsAuthDocument | null, options: LintOptions = {}): LintFinding[] {
  const context = document && new LintContext(document, options);
  return [
    ...(context ? findAll(context, MAX_OF_A_RULE) : []),
    ...findInCluster(context, options, MAX_OF_A_RULE),
  ];
}

/** The rules of which there may be more findings than are listed. */
export function truncatedRules(findings: readonly LintFinding[]): string[] {
  const counts = countBy(findings.map(({ code }) => code));
  return [...counts].flatMap(([rule, count]) => (count >= MAX_OF_A_RULE ? [rule] : []));
}

/** Everything that is wrong in the file; of each rule the first `most`. */
export function findAll(context: LintContext, most = Number.POSITIVE_INFINITY): LintFinding[] {
  const isIgnored = ignoreComments(context);
  const findings: LintFinding[] = [];
  for (const rule of rulesFor(context)) {
    let count = 0;
    for (const detection of rule.detect?.(context) ?? []) {
      if (isIgnored(rule, detection)) continue;
      findings.push(findingOf(context, rule, detection));
      count += 1;
      // The rest is not even looked for.
      if (count === most) break;
    }
  }
  return findings.sort((one, other) => one.start - other.start || one.end - other.end);
}

/** Where the file is ignored as a whole, all that matters in it is who has no access entry, or another one. */
function rulesFor(context: LintContext): Rule[] {
  const { options } = context;
  const rules = enabledRules(options);
  if (!isFileIgnored(options)) return rules;
  // Who needs no credentials needs no aws-auth either; where the cluster is known, it is said of that.
  const aboutMode: readonly Rule[] = [
    configMapIgnored,
    overridden,
    ...(options.cluster ? [] : [anonymousAdmin]),
  ];
  return rules.filter((rule) => aboutMode.includes(rule));
}

/** Whether aws-auth is ignored, and the rule that says so is not. */
function isFileIgnored(options: LintOptions): boolean {
  return modeOf(options) === 'API' && enabledRules(options).includes(configMapIgnored);
}

function enabledRules({ ignore = [] }: LintOptions): Rule[] {
  return RULES.filter(({ name }) => !ignore.includes(name));
}

/**
 * Everything that is wrong in the access entries of the cluster; of each rule the first `most`.
 * @param file the aws-auth of the cluster, if there is one
 */
export function findInCluster(
  file: LintContext | null,
  options: LintOptions,
  most = Number.POSITIVE_INFINITY,
): LintFinding[] {
  const { cluster } = options;
  if (!cluster) return [];
  const judged = file?.judged ?? judgedEntries(options);
  const context = { cluster, options, file, isFileIgnored: isFileIgnored(options), judged };
  const location = clusterLocation({ name: options.clusterLabel ?? cluster.name });
  const findings: LintFinding[] = [];
  for (const rule of enabledRules(options)) {
    let count = 0;
    for (const detection of rule.detectInCluster?.(context) ?? []) {
      findings.push({ ...partsOf(rule, detection, options), location, ...NO_PLACE });
      count += 1;
      if (count === most) break;
    }
  }
  return findings;
}

const NO_PLACE = { start: 0, end: 0, fix: null, fixKind: 'none' } as const;

/** What a finding says, wherever it is. */
function partsOf(
  rule: Rule,
  { what, severity, consequence, help }: ClusterDetection,
  { error }: LintOptions,
): Pick<LintFinding, 'code' | 'severity' | 'what' | 'message' | 'help'> {
  return {
    code: rule.name,
    severity: error?.includes(rule.name) ? 'error' : (severity ?? rule.severity),
    what,
    message: `${what}: ${consequence ?? rule.consequence}`,
    help: help ?? rule.help,
  };
}

function findingOf({ document, options }: LintContext, rule: Rule, detection: Detection): LintFinding {
  const { range, fix } = detection;
  const { start, end } = offsetsInFile(document, range);
  const { line: endLine, column: endColumn } = document.locationOf(end);
  return {
    ...partsOf(rule, detection, options),
    location: { ...document.locationOf(start), endLine, endColumn },
    fixKind: fix ? rule.fix : 'none',
    start,
    end,
    fix: fix ?? null,
  };
}

/** Both on one line. */
function offsetsInFile(
  document: AwsAuthDocument,
  { map, start, end }: TextRange,
): Pick<LintFinding, 'start' | 'end'> {
  const { source } = document;
  const offsets = map === null ? undefined : document[map]?.offsets;
  const first = Math.min(offsets ? offsets.startOf(start) : start, source.length);
  const last = !offsets ? end : end > start ? offsets.endOf(end) : first;
  return { start: first, end: lineEnd(source, first, Math.min(last, source.length)) };
}

/** Whether a comment in the file says to ignore a finding. */
function ignoreComments({ lists, accounts }: LintContext): (rule: Rule, detection: Detection) => boolean {
  const ignored = new Map<MapKey | null, ReturnType<typeof ignoredAt>>();
  for (const { key, text, loaded } of lists) ignored.set(key, ignoredAt(text, loaded.list));
  if (accounts?.loaded.list) ignored.set(accounts.key, ignoredAt(accounts.text, accounts.loaded.list));
  return ({ name }, { range: { map, index } }) =>
    index !== null && (ignored.get(map)?.(name, index) ?? false);
}

/** `# aws-auth-sso: ignore RULE[, RULE]` in the text of a key. */
interface IgnoreComment {
  readonly rules: ReadonlySet<string>;
  /** Its offset; where it has its line for itself, that of the next line which is neither blank nor a comment. */
  readonly at: number;
}

const MARK = 'aws-auth-sso:';
const COMMENT = /#[ \t]*aws-auth-sso:[ \t]*ignore[ \t]+([\w-]+(?:[ \t]*,[ \t]*[\w-]+|[ \t]+[\w-]+)*)/g;

/** Whether a comment at an item of a list says to ignore a rule there: on the line above it, or on one of its own. */
function ignoredAt(text: string, list: SequenceNode | null): (rule: string, index: number) => boolean {
  const comments = text.includes(MARK) ? commentsIn(text) : [];
  if (comments.length === 0 || !list) return () => false;
  const starts = itemStarts(text, list);
  const ignored = rulesByLine(comments, starts);
  return (rule, index) => ignored.get(starts[index] ?? -1)?.has(rule) ?? false;
}

/** The rules that comments ignore, by the start of the line of the item that they are about. */
function rulesByLine(
  comments: readonly IgnoreComment[],
  starts: readonly number[],
): ReadonlyMap<number, ReadonlySet<string>> {
  const ignored = new Map<number, Set<string>>();
  let [item, start] = [0, -1];
  for (const { rules, at } of comments) {
    for (; (starts[item] ?? Number.POSITIVE_INFINITY) <= at; item += 1) start = starts[item] ?? start;
    const before = ignored.get(start);
    if (!before) ignored.set(start, new Set(rules));
    else for (const rule of rules) before.add(rule);
  }
  return ignored;
}

function commentsIn(text: string): IgnoreComment[] {
  let content = 0;
  return [...text.matchAll(COMMENT)].map((match) => {
    const rules = new Set(match[1]?.split(/[ \t,]+/));
    if (!startsLine(text, match.index)) return { rules, at: match.index };
    // Comments one below the other are about the same line, which is looked for once.
    if (content <= match.index) content = skipTrivia(text, match.index);
    return { rules, at: lineStart(text, content, match.index) };
  });
}

/** Where the line of each item starts. */
function itemStarts(text: string, list: SequenceNode): number[] {
  let last = 0;
  return list.items.map((item) => {
    const line = lineStart(text, item.start, last);
    if (line > last || last === 0) last = line;
    return last;
  });
}
