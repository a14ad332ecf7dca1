import type { CallerExplanation, MatchedEntry } from '../../access/explain-caller.ts';
import { addEntryHelp } from '../../access/named-caller.ts';
import type { NearMiss } from '../../access/near-misses.ts';
import { describeGrant } from '../../authenticator/caller.ts';
import { type Finding, formatLocation } from '../../errors.ts';
import { printable } from '../../text.ts';
import { renderJson } from '../format/json.ts';

export type ExplainFormat = 'text' | 'json';

export function renderExplanation(
  explanation: CallerExplanation,
  file: string,
  format: ExplainFormat,
): string {
  if (format === 'json') return renderJson(jsonOf(explanation));
  const lines = explanation.matches.length > 0 ? matchLines(explanation) : missLines(explanation, file);
  return [...lines, ...explanation.notes.flatMap(noteLines)].map((line) => `${line}\n`).join('');
}

function jsonOf({ caller, matches, overrides, nearest, more, notes }: CallerExplanation) {
  const [matched, ...alternatives] = matches;
  return {
    caller: caller.arn,
    canonicalArn: caller.canonicalArn,
    accountId: caller.accountId,
    session: caller.sessionName,
    matched: matched ? placeOf(matched) : null,
    username: matched?.identity.username ?? null,
    groups: matched?.identity.groups ?? [],
    bindings: null,
    alternatives: alternatives.map((match) => ({ ...placeOf(match), ...match.identity })),
    overrides: overrides.map(({ username, groups, ...entry }) => ({ ...placeOf(entry), username, groups })),
    nearest: nearest.map(({ map, arn, location, why, help }) => {
      return { map, arn, line: location.line ?? null, why, help };
    }),
    more,
    notes: notes.map(({ severity, code, message, help = null }) => ({ severity, code, message, help })),
  };
}

function placeOf({ map, arn, location: { file, line } }: Pick<MatchedEntry, 'map' | 'arn' | 'location'>) {
  return { map, file, line: line ?? null, arn };
}

function matchLines({ caller, matches, overrides }: CallerExplanation): string[] {
  return [
    `${printable(caller.arn)} gets in`,
    ...(caller.canonicalArn === caller.arn ? [] : [row('compared as', caller.canonicalArn)]),
    ...matches.flatMap((match, index) => [
      row(index === 0 ? 'entry' : 'or entry', place(match)),
      row('username', match.identity.username || '(empty)'),
      row('groups', match.identity.groups.join(', ') || '(none)'),
    ]),
    ...overrides.map((entry) => row('overrides', `${place(entry)}: ${describeGrant(entry, 10)}`)),
  ];
}

function row(name: string, value: string): string {
  return `  ${`${name}:`.padEnd(13)}${printable(value)}`;
}

function place({ map, location }: Pick<MatchedEntry, 'map' | 'location'>): string {
  return `${formatLocation({ file: location.file, ...(location.line !== undefined && { line: location.line }) })} (${map})`;
}

function missLines({ caller, denied, nearest, more }: CallerExplanation, file: string): string[] {
  const why = denied ? 'denies access to' : 'has no entry for';
  const first = `${printable(caller.arn)} does not get in: ${printable(file)} ${why} ${printable(caller.canonicalArn)}`;
  if (nearest.length === 0)
    return [first, 'No entry comes near. To let the caller in:', ...indented(addEntryHelp(caller, file))];
  return [
    first,
    nearest.length === 1 ? 'This entry comes nearest:' : 'These entries come nearest:',
    ...nearest.flatMap(nearLines),
    ...(more > 0 ? [`and ${more} more`] : []),
  ];
}

function nearLines({ map, arn, location, why, help }: NearMiss): string[] {
  return [
    `  ${printable(place({ map, location }))}: ${printable(arn)}`,
    `    ${printable(why)}`,
    ...indented(help, 4),
  ];
}

function indented(text: string, columns = 2): string[] {
  return text.split('\n').map((line) => ' '.repeat(columns) + printable(line));
}

function noteLines({ severity, message, help }: Finding): string[] {
  return [`${severity}: ${printable(message)}`, ...(help === undefined ? [] : indented(help))];
}
