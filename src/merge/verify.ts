import { readMapRoles } from '../authenticator/read-map.ts';
import { type AwsAuthDocument, readDocument } from '../configmap/document.ts';
import { bug, Failure } from '../errors.ts';
import type { Edit } from '../yaml/edit.ts';
import type { Pair } from '../yaml/node.ts';
import type { Expectation } from './expectation.ts';
import { requireLoaded } from './verify-loaded.ts';
import { requireSameManifest } from './verify-manifest.ts';

/** What was promised of a result. */
export interface Promised {
  readonly before: AwsAuthDocument;
  readonly expectation: Expectation;
  /** Pairs of metadata that were dropped. */
  readonly dropped: ReadonlySet<Pair>;
  readonly edits: readonly Edit[];
}

/**
 * Reads a result from scratch, as the authenticator does, compares it with what was promised, and returns it.
 * @throws Failure (exit 4) where anything is different
 */
export function verify(text: string, promised: Promised): AwsAuthDocument {
  const { before, expectation, dropped } = promised;
  requireSameBytes(before.source, text, promised.edits);
  const after = readAgain(text, before.file);
  requireSameTexts(before, after);
  if (before.configMap && after.configMap)
    requireSameManifest(before.configMap.root, after.configMap.root, dropped);
  requireLoaded(readMapRoles(after.mapRoles?.text ?? ''), expectation);
  return after;
}

function readAgain(text: string, file: string): AwsAuthDocument {
  try {
    return readDocument(text, file);
  } catch (error) {
    throw error instanceof Failure
      ? bug(`the result is no aws-auth any more: ${error.message}`, error)
      : error;
  }
}

function requireSameBytes(before: string, after: string, edits: readonly Edit[]): void {
  let [position, shift] = [0, 0];
  for (const { start, end, replacement } of [
    ...edits,
    { start: before.length, end: before.length, replacement: '' },
  ]) {
    if (before.slice(position, start) !== after.slice(position + shift, start + shift))
      throw bug('the result differs from the input where nothing was to change');
    position = end;
    shift += replacement.length - (end - start);
  }
  if (after.length !== before.length + shift) throw bug('the result has another length than it should have');
}

function requireSameTexts(before: AwsAuthDocument, after: AwsAuthDocument): void {
  for (const key of ['mapUsers', 'mapAccounts'] as const)
    if (before[key]?.text !== after[key]?.text) throw bug(`the result has another ${key} than the input`);
}
