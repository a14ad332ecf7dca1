import { AwsAuth } from '../aws-auth/aws-auth.ts';
import { type AwsAuthDocument, readDocument, readList } from '../aws-auth/document.ts';
import { type LoadError, type LoadedMap, unparsableText } from '../aws-auth/loaded.ts';
import { bug, Failure } from '../errors.ts';
import { listed, quoted } from '../text.ts';
import { digest } from '../yaml/digest.ts';
import type { Edit } from '../yaml/edit.ts';
import { type Pair, pairsNamed } from '../yaml/node.ts';
import { decided, type ExpectedEntry, expectedEntries, type MapChange } from './change.ts';

/** A merge that has not been verified yet. */
export interface MergeDraft {
  /** The edits of the file, in text order. */
  readonly edits: readonly Edit[];
  /** Metadata pairs that the edits drop. */
  readonly dropped: ReadonlySet<Pair>;
  readonly changes: readonly MapChange[];
}

/**
 * Reads a result from scratch, like the authenticator, and compares it with the changes.
 * @throws Failure (exit 4) if anything is different
 */
export function verify(text: string, before: AwsAuth, { edits, dropped, changes }: MergeDraft): AwsAuth {
  const { document } = before;
  requireSameBytes(document.source, text, edits);
  const result = readAgain(text, document);
  if (restOf(document, dropped) !== restOf(result, new Set()))
    throw bug('the manifest around mapRoles differs from the input');
  const after = new AwsAuth(result, before);
  requireEntries(after.mapRoles, expectedEntries(changes));
  requireSameLosses(after.mapRoles, before.mapRoles, changes);
  return after;
}

function readAgain(text: string, { configMap, file }: AwsAuthDocument): AwsAuthDocument {
  try {
    return configMap ? readDocument(text, file) : readList(text, file);
  } catch (error) {
    throw error instanceof Failure ? bug(`the result is no longer aws-auth: ${error.message}`, error) : error;
  }
}

function requireSameBytes(before: string, after: string, edits: readonly Edit[]): void {
  let [position, shift] = [0, 0];
  for (const { start, end, replacement } of [
    ...edits,
    { start: before.length, end: before.length, replacement: '' },
  ]) {
    if (before.slice(position, start) !== after.slice(position + shift, start + shift))
      throw bug('the result differs from the input where nothing should change');
    position = end;
    shift += replacement.length - (end - start);
  }
  if (after.length !== before.length + shift) throw bug("the result doesn't have the planned length");
}

/** The manifest without mapRoles and the dropped pairs; `data` counts only if it holds something else. */
function restOf({ configMap }: AwsAuthDocument, dropped: ReadonlySet<Pair>): string {
  const { root = null, data } = configMap ?? {};
  const fields = data?.value.kind === 'mapping' ? data.value : null;
  const roles = fields ? pairsNamed(fields, 'mapRoles') : [];
  const holdsMore = fields !== null && fields.pairs.length > roles.length;
  const leftOut = [...dropped, ...roles, ...(data && !holdsMore ? [data] : [])];
  return digest([root], new Map(leftOut.map(({ key }) => [key.contentStart, null])));
}

/** Losses must stay the same, except in changed entries, which may be fixed. No new ones may appear. */
function requireSameLosses(after: LoadedMap, before: LoadedMap, changes: readonly MapChange[]): void {
  const indexes = (...outcomes: ('updated' | 'rotated' | 'removed')[]) =>
    new Set<number | null>(decided(changes, ...outcomes).map(({ entry }) => entry.index));
  const [changed, removed] = [indexes('updated', 'rotated'), indexes('removed')];
  const possible = before.errors.filter(({ index }) => !removed.has(index));
  const losses = codesOf(after.errors);
  const most = codesOf(possible);
  const least = codesOf(possible.filter(({ index }) => !changed.has(index)));
  if (!isSubsequence(least, losses) || !isSubsequence(losses, most))
    throw bug(
      `the authenticator would lose something else in the result: ${lossText(losses)} instead of ${lossText(most)}`,
    );
}

function codesOf(errors: readonly LoadError[]): string[] {
  return errors.map(({ code }) => code);
}

function lossText(codes: readonly string[]): string {
  return codes.length === 0 ? 'nothing' : listed(codes);
}

function requireEntries(loaded: LoadedMap, entries: readonly ExpectedEntry[]): void {
  if (loaded.entries.length !== entries.length)
    throw bug(
      `the result has ${loaded.entries.length} entries instead of ${entries.length}${lostText(loaded)}`,
    );
  entries.forEach((expected, index) => {
    const entry = loaded.entries[index];
    const differing = FIELDS.filter((field) => !isSame(entry?.[field], expected[field]));
    if (differing.length === 0) return;
    const differences = differing.map(
      (field) => `${field} ${JSON.stringify(entry?.[field])} instead of ${JSON.stringify(expected[field])}`,
    );
    throw bug(`the entry for ${quoted(expected.arn)} would load differently: ${differences.join(', ')}`);
  });
}

function lostText({ errors }: LoadedMap): string {
  const lost = errors.find(({ loss }) => loss === 'unparsable');
  return lost ? `, because ${unparsableText('mapRoles', lost)}` : '';
}

const FIELDS = ['arn', 'username', 'groups', 'sso'] as const;

function isSame(before: unknown, after: unknown): boolean {
  return before === after || JSON.stringify(before) === JSON.stringify(after);
}

function isSubsequence(part: readonly string[], whole: readonly string[]): boolean {
  let position = 0;
  for (const item of whole) if (item === part[position]) position += 1;
  return position === part.length;
}
