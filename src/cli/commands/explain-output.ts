import { hasPublishedRules } from '../../access-policy.ts';
import { AUTHENTICATED, clusterAdminBy } from '../../aws-auth/groups.ts';
import { describeGrant } from '../../aws-auth/loaded.ts';
import type { CallerSource } from '../../aws-auth/resolve-caller.ts';
import type { Column } from '../../column.ts';
import { clusterLocation } from '../../directory/model.ts';
import { ReadTime } from '../../directory/read-time.ts';
import { policyName, wholePolicyText } from '../../eks.ts';
import { type Finding, formatLocation, type Location } from '../../errors.ts';
import type { CallerAnswer, CallerRights } from '../../explain/caller-rights.ts';
import type { CallerExplanation, MatchedEntry } from '../../explain/explain-caller.ts';
import type { NearMiss } from '../../explain/near-misses.ts';
import type { AllowedRow } from '../../rbac/allowed-rows.ts';
import { type BoundRole, boundRoleText, isPolicy, throughOf } from '../../rbac/model.ts';
import { fileArgument, listed, printable, quoted } from '../../text.ts';
import { OF_EVERYBODY } from '../../who/way.ts';
import { renderTable } from '../format/table.ts';

/** A caller's access, and with a question whether the caller may do what it asks. */
export interface Explained {
  readonly explanation: CallerExplanation;
  /** Null without a question. */
  readonly answers: readonly CallerAnswer[] | null;
  /** If only the permissions in a namespace are shown. */
  readonly namespace: string | null;
}

/** True if the caller has access and, with a question, certainly may do all it asks. */
export function isAllowed({ explanation, answers }: Explained): boolean {
  return answers ? answers.every(({ answer }) => answer === 'yes') : explanation.hasAccess;
}

/**
 * Ends with a table of the caller's permissions, unless the question is about certain ones.
 * @param file null where only access entries are known
 */
export async function explanationText(
  { explanation, answers, namespace }: Explained,
  file: string | null,
): Promise<string> {
  const lines = [
    ...(answers ?? []).flatMap(answerLines),
    ...(explanation.matches.length > 0
      ? matchLines(explanation, answers !== null)
      : missLines(explanation, file)),
    ...explanation.notes.filter(({ code }) => !answers || !OF_OTHER_RIGHTS.includes(code)).flatMap(noteLines),
  ];
  const text = lines.map((line) => `${line}\n`).join('');
  const { rights } = explanation;
  if (!rights || answers) return text;
  const isNothing = namespace !== null && rights.rows.length === 0 && explanation.hasAccess;
  return (
    text + (isNothing ? `\nno known permissions in namespace ${namespace}\n` : await rightsTable(rights))
  );
}

/** Notes on unknown permissions, which the answers to a question repeat as far as they matter. */
const OF_OTHER_RIGHTS: readonly string[] = ['access-policies', 'rights-unknown', 'no-groups'];

export function explanationJson({ explanation, answers }: Explained) {
  const {
    caller,
    cluster,
    matches,
    hasAccess,
    overrides,
    denied,
    nearest,
    more,
    add,
    broken,
    notes,
    rights,
    readTime,
  } = explanation;
  const [matched, ...alternatives] = matches;
  return {
    caller: caller.arn,
    canonicalArn: caller.canonicalArn,
    accountId: caller.accountId,
    session: caller.sessionName,
    hasAccess,
    matched: matched ? placeOf(matched) : null,
    username: matched?.identity.username ?? null,
    groups: matched?.identity.groups ?? [],
    policies: matched?.identity.policies ?? [],
    cluster: cluster && {
      name: cluster.name,
      arn: cluster.arn,
      authenticationMode: cluster.authenticationMode,
    },
    ...rightsJson(rights, matched),
    asOf: readTime.at,
    can: answers?.map(answerJson) ?? null,
    alternatives: alternatives.map((match) => ({ ...placeOf(match), ...match.identity })),
    overrides: overrides.map((one) => {
      const { username, groups } = one.entry;
      return { ...placeOf(one), username, groups };
    }),
    denied,
    nearest: nearest.map(({ nearness, map, arn, location, why, help }) => {
      return { nearness, map, arn, line: location.line ?? null, why, help };
    }),
    more,
    add,
    notes: [...broken, ...notes].map(({ severity, code, message, location, help = null }) => {
      return { severity, code, message, line: location?.line ?? null, help };
    }),
  };
}

function rightsJson(rights: CallerRights | null, matched: MatchedEntry | undefined) {
  const bound = rights?.areBindingsKnown ? rights : null;
  // No known risk isn't the same as no risk, if bindings or a policy's rules are unknown.
  const policies = matched?.identity.policies ?? [];
  const isComplete = bound && policies.every((policy) => hasPublishedRules(policyName(policy)));
  return {
    bindings: bound && bindingTexts(bound.own, adminBy(matched)),
    possibleBindings: bound && bindingTexts(bound.possible()),
    bindingsOfEverybody: bound && bindingTexts(bound.everybody),
    risks: rights && (rights.risks.length > 0 || isComplete) ? rights.risks : null,
    through: rights && [
      ...rights.own.map((bound) => ({ ...throughOf(bound), ofEverybody: false })),
      ...rights.everybody.map((bound) => ({ ...throughOf(bound), ofEverybody: true })),
    ],
    // A row for each namespace, unlike the table.
    rights:
      rights?.rows.flatMap(({ namespaces, ...row }) =>
        (namespaces ?? [null]).map((namespace) => ({ namespace, ...row })),
      ) ?? null,
    kubernetesVersion: rights?.kubernetesVersion ?? null,
  };
}

function adminBy(matched: MatchedEntry | undefined): string | null {
  return matched ? clusterAdminBy(matched.identity) : null;
}

function placeOf({ entry: { map, id }, location: { file, line } }: Pick<MatchedEntry, 'entry' | 'location'>) {
  return { map, file, line: line ?? null, arn: id };
}

/** In the format of `who`. */
function bindingTexts(bindings: readonly BoundRole[], admin: string | null = null): string[] {
  return [...new Set([...(admin === null ? [] : [admin]), ...bindings.map(boundRoleText)])];
}

/** @param isAsked true if the question is about certain permissions: then only what grants them is listed */
function matchLines(
  { caller, matches, overrides, rights, broken, notes, readTime }: CallerExplanation,
  isAsked: boolean,
): string[] {
  // In a snapshot, still exit 0: it may be older than a role that the caller has now.
  const isGone = notes.some(({ code }) => code === 'role-gone');
  return [
    readTime.dated(
      `${printable(caller.arn)} ${isGone ? "would have access, but its role doesn't exist" : 'has access'}`,
    ),
    ...(caller.canonicalArn === caller.arn ? [] : [row('compared as', caller.canonicalArn)]),
    ...matches.flatMap((match, index) => [
      row(index === 0 ? 'entry' : 'or entry', place(match.entry.map, match.location)),
      row('username', match.identity.username || '(empty)'),
      row('groups', match.identity.groups.map(clearly).join(', ') || '(none)'),
      // Only access entries have policies, possibly none.
      ...(match.identity.policies
        ? [row('policies', match.identity.policies.map(wholePolicyText).join('; ') || '(none)')]
        : []),
    ]),
    ...overrides.map(overriddenRow),
    ...(rights?.areBindingsKnown && !isAsked ? bindingLines(rights, adminBy(matches[0])) : []),
    ...broken.flatMap(noteLines),
  ];
}

/** Quoted if its end would be ambiguous. */
const clearly = (group: string) => (group === '' || /^\s|\s$|,/.test(group) ? `"${group}"` : group);

function overriddenRow({ entry, location }: CallerExplanation['overrides'][number]): string {
  return row('overrides', `${place(entry.map, location)}: ${describeGrant(entry, 10)}`);
}

function place(map: CallerSource, location: Location): string {
  const what = map === 'accessEntries' ? 'access entry' : map;
  return `${formatLocation({ file: location.file, ...lineOf(location) })} (${what})`;
}

function missLines(explanation: CallerExplanation, file: string | null): string[] {
  const { caller, cluster, overrides, nearest, more, add, broken, readTime } = explanation;
  const reason = whyNot(explanation, file ?? '');
  const first = [
    readTime.dated(`${printable(caller.arn)} has no access`),
    row('reason', cluster ? ReadTime.of(cluster).dated(reason) : reason),
  ];
  const lines = [...first, ...overrides.map(overriddenRow), ...broken.flatMap(noteLines)];
  const adding = add === null ? [] : indented(add);
  if (nearest.length === 0)
    return add === null
      ? [
          ...lines,
          `Fix this, then run explain again. \`aws-auth-sso check ${fileArgument(file ?? '')}\` shows all problems.`,
        ]
      : [...lines, 'No entry is close. To grant the caller access:', ...adding];
  return [
    ...lines,
    nearest.length === 1 ? 'Closest match:' : 'Closest matches:',
    ...nearest.flatMap(nearLines),
    ...(more > 0 ? [`and ${more} more`] : []),
    ...(add === null ? [] : ['To grant the caller access with a separate entry:', ...adding]),
  ];
}

/** Why the caller has no access. */
function whyNot(explanation: CallerExplanation, file: string): string {
  const { caller, cluster, denied, nearest, broken, lostKeys } = explanation;
  const arn = caller.canonicalArn;
  const mode = cluster?.authenticationMode ?? 'CONFIG_MAP';
  const name = cluster ? clusterLocation(cluster).file : '';
  if (denied) return `${nearest[0]?.map === 'accessEntries' ? name : file} denies access to ${arn}`;
  if (mode === 'API') return `${name} has no access entry for ${arn}`;
  const none = mode === 'CONFIG_MAP' ? '' : `${name} has no access entry for ${arn}, and `;
  const [key, ...others] = lostKeys;
  if (key) {
    const its = others.length === 0 ? 'its' : 'their';
    return `${none}${lostKeys.join(' and ')} of ${file} can't be parsed, so none of ${its} entries load`;
  }
  if (broken.length > 0) return `${none}the entry of ${file} for ${arn} doesn't load`;
  return mode === 'CONFIG_MAP'
    ? `${file} has no entry for ${arn}`
    : `neither ${file} nor ${name} has an entry for ${arn}`;
}

function nearLines({ map, arn, location, why, help }: NearMiss): string[] {
  return [
    `  ${printable(place(map, location))}: ${printable(arn)}`,
    `    ${printable(why)}`,
    ...indented(help, 4),
  ];
}

/** Access policies are on their own line. */
function bindingLines({ own: all, everybody }: CallerRights, admin: string | null): string[] {
  const own = all.filter((bound) => !isPolicy(bound));
  if (own.length + everybody.length === 0 && admin === null) return [row('bindings', '(none)')];
  const textOf = (one: BoundRole) => `${boundRoleText(one)}${sourceText(one)}`;
  const bound = [...own.map(textOf), ...everybody.map((one) => OF_EVERYBODY + textOf(one))];
  const texts = admin === null ? bound : [`${admin} (needs no binding)`, ...bound];
  return rows('bindings', texts);
}

/** Columns after which a cell with many resources continues on the next line. */
const WRAP = 60;

/** A row of the table of rights, or a line that continues its resources. */
interface RightsLine {
  readonly resources: string;
  /** Null on a continuation line. */
  readonly row: AllowedRow | null;
}

const RIGHTS: readonly Column<RightsLine>[] = [
  { header: 'NAMESPACE', cell: ({ row: of }) => (of ? namespacesText(of.namespaces) : '') },
  { header: 'RESOURCES', cell: ({ resources }) => resources },
  { header: 'NON-RESOURCE URLS', cell: ({ row: of }) => (of ? joined(of.nonResourceURLs) : '') },
  {
    header: 'RESOURCE NAMES',
    // A rule may contain the empty name, which matches requests without an object name.
    cell: ({ row: of }) => (of ? joined(of.resourceNames.map((name) => name || '""')) : ''),
  },
  { header: 'VERBS', cell: ({ row: of }) => (of ? joined(of.verbs) : '') },
];

/** Like `kubectl auth can-i --list`, with a column for the namespace, and resources with the same verbs in one row. */
async function rightsTable({ rows }: CallerRights): Promise<string> {
  const lines = rows.flatMap((one) => {
    const [first = '-', ...others] = wrapped(one.resources);
    return [
      { resources: first, row: one },
      ...others.map((resources): RightsLine => ({ resources, row: null })),
    ];
  });
  return rows.length === 0 ? '' : `\n${await renderTable(RIGHTS, lines)}`;
}

function joined(texts: readonly string[]): string | null {
  return texts.join(',') || null;
}

/** Maximum number of namespaces listed in a row; with more, only the first is listed. */
const MOST_NAMESPACES = 3;

function namespacesText(namespaces: AllowedRow['namespaces']): string {
  if (namespaces === null) return '*';
  return listed(namespaces, namespaces.length > MOST_NAMESPACES ? 1 : MOST_NAMESPACES);
}

function wrapped(words: readonly string[]): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < WRAP) lines[lines.length - 1] = `${last}${word},`;
    else lines.push(`${word},`);
  }
  return lines.map((line, index) => (index === lines.length - 1 ? line.slice(0, -1) : line));
}

/** `yes: list pods in namespace shop`, with what allows it, or why not. */
function answerLines({ asked, answer, admin, through, why, help }: CallerAnswer): string[] {
  const { text, request, isAnywhere } = asked;
  const namespace = 'path' in request ? null : request.namespace;
  const inNamespace = namespace === null ? '' : ` in namespace ${namespace}`;
  // Without a namespace, one where it is allowed is enough.
  const where = isAnywhere ? ` in ${answer === 'yes' ? 'at least one' : 'any'} namespace` : inNamespace;
  const texts = [
    ...(admin === null ? [] : [`${admin} (needs no binding)`]),
    ...through.map(
      (bound) => `${isOfEverybody(bound) ? OF_EVERYBODY : ''}${boundRoleText(bound)}${sourceText(bound)}`,
    ),
  ];
  return [
    `${answer}: ${printable(text + where)}`,
    ...(why === null ? [] : [row('because', why)]),
    ...rows('through', texts),
    ...(help === null ? [] : indented(help)),
  ];
}

function answerJson({ asked, answer, admin, through, why, help }: CallerAnswer) {
  return {
    text: asked.text,
    namespace: 'path' in asked.request ? null : asked.request.namespace,
    answer,
    admin,
    through: through.map((bound) => {
      // Null for a default binding and for an access policy.
      const { location } = bound.binding;
      return {
        ...throughOf(bound),
        location: location && { file: location.file, line: location.line ?? null },
        ofEverybody: isOfEverybody(bound),
      };
    }),
    why,
    help,
  };
}

function isOfEverybody({ subject }: BoundRole): boolean {
  return subject.kind === 'Group' && subject.name === AUTHENTICATED;
}

/** A line of an explanation: `  groups:      developers`. Without a name, it continues the line above. */
function row(name: string, value: string): string {
  return `  ${(name === '' ? '' : `${name}:`).padEnd(13)}${printable(value)}`;
}

/** Lines that are shown of a list; a person may have thousands of bindings. */
const MOST_LINES = 20;

/** A line for each text, the first with the name. */
function rows(name: string, texts: readonly string[]): string[] {
  const rest = texts.length - MOST_LINES;
  return [...texts.slice(0, MOST_LINES), ...(rest > 0 ? [`and ${rest} more`] : [])].map((text, index) =>
    row(index === 0 ? name : '', text),
  );
}

function indented(text: string, columns = 2): string[] {
  return text.split('\n').map((line) => ' '.repeat(columns) + printable(line));
}

/** The line, without the column. */
function lineOf({ line }: Location): Pick<Location, 'line'> {
  return line === undefined ? {} : { line };
}

function noteLines({ severity, message, location, help }: Finding): string[] {
  const where = location ? `${printable(formatLocation(location))}: ` : '';
  return [`${severity}: ${where}${printable(message)}`, ...(help === undefined ? [] : indented(help))];
}

/**
 * ` (group "developers", RoleBinding developers at rbac.yaml:26)`; empty for an access policy, which has no subject and
 * no binding.
 */
function sourceText(bound: BoundRole): string {
  if (isPolicy(bound)) return '';
  const { binding, subject } = bound;
  const { kind, name, location } = binding;
  const where = location ? ` at ${formatLocation({ file: location.file, ...lineOf(location) })}` : '';
  return ` (${subject.kind.toLowerCase()} ${quoted(subject.name)}, ${kind} ${name}${where})`;
}
