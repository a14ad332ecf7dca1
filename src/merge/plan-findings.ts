import { offsetOf } from '../authenticator/authenticator-value.ts';
import type { LoadError, LoadedEntry, LoadedMap } from '../authenticator/loaded.ts';
import { isNodeEntry } from '../authenticator/node-entry.ts';
import type { DesiredEntry } from '../entry.ts';
import type { YamlNode } from '../yaml/node.ts';
import { nodesOf } from '../yaml/pairs.ts';
import type { EntryChange, UnwantedEntry, UnwantedReason } from './changes.ts';
import { expectedEntries, hasWinner } from './expected-entries.ts';
import { isHumanMaster } from './lockout.ts';
import type { MergeFacts } from './merge-facts.ts';
import type { MergeFinding } from './merge-finding.ts';

interface Decisions {
  readonly loaded: LoadedMap;
  readonly changes: readonly EntryChange[];
  readonly additions: readonly DesiredEntry[];
  readonly removals: readonly UnwantedEntry[];
  /** Unwanted, but not removed. */
  readonly left: readonly UnwantedEntry[];
  readonly skippedRotations: readonly LoadedEntry[];
  readonly facts: MergeFacts;
}

/** What there is to tell about a plan. */
export function planFindings(decisions: Decisions): MergeFinding[] {
  const { loaded, removals, skippedRotations, facts } = decisions;
  const pruneSkipped = facts.prune !== null && !facts.rotate;
  return [
    ...ofEntries('rotation-skipped', skippedRotations),
    ...(pruneSkipped ? [{ code: 'prune-skipped' } as const] : []),
    ...ofEntries(
      'pruned-entry',
      removals.map(({ entry }) => entry),
    ),
    ...ofEntries('role-gone', leftFor(decisions, 'gone')),
    ...ofEntries('unmapped-entry', leftFor(decisions, 'unmapped')),
    ...ofEntries('unmapped-entry', leftFor(decisions, 'rival')).map((one) => ({ ...one, areRivals: true })),
    ...ofEntries('shadowed-entry', leftFor(decisions, 'shadowed')),
    ...ofErrors(
      'dropped-item',
      loaded.errors.filter(({ loss }) => loss === 'dropped'),
    ),
    ...ofErrors('lost-field', lostFields(decisions)),
    ...(loaded.ignoredFrom === null ? [] : [{ code: 'ignored-text', offset: loaded.ignoredFrom } as const]),
    ...lockoutFindings(decisions),
  ];
}

type EntryCode = Extract<MergeFinding, { readonly entries: unknown }>['code'];
type ErrorCode = Extract<MergeFinding, { readonly errors: unknown }>['code'];

function ofEntries(code: EntryCode, entries: readonly LoadedEntry[]): MergeFinding[] {
  return entries.length > 0 ? [{ code, entries }] : [];
}

function ofErrors(code: ErrorCode, errors: readonly LoadError[]): MergeFinding[] {
  return errors.length > 0 ? [{ code, errors }] : [];
}

function leftFor({ left }: Decisions, wanted: UnwantedReason): LoadedEntry[] {
  return left.filter(({ reason }) => reason === wanted).map(({ entry }) => entry);
}

/** Those of fields that are written anew, or go with their entry, are none any more. */
function lostFields({ loaded, changes, removals }: Decisions): LoadError[] {
  const gone = new Set(removals.map(({ entry }) => entry.index));
  const mended = new Set(changes.flatMap(writtenNodes).map(offsetOf));
  return loaded.errors.filter(
    ({ loss, index, offset }) => loss === 'field' && !gone.has(index ?? -1) && !mended.has(offset),
  );
}

function writtenNodes({ entry, username, groups }: EntryChange): YamlNode[] {
  const fields = [
    username === null ? undefined : entry.fields.username,
    groups ? entry.fields.groups : undefined,
  ];
  return fields.flatMap((node) => (node ? [...nodesOf(node)] : []));
}

function lockoutFindings({ loaded, ...plan }: Decisions): MergeFinding[] {
  const after = expectedEntries(loaded.entries, plan);
  const findings: MergeFinding[] = [];
  if (!hasWinner(after, isNodeEntry)) findings.push({ code: 'no-node-entry' });
  if (hasWinner(loaded.entries, isHumanMaster) && !hasWinner(after, isHumanMaster))
    findings.push({ code: 'no-human-master' });
  return findings;
}
