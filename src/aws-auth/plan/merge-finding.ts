import type { Finding, Place } from '../../errors.ts';
import { listed } from '../../printable.ts';
import type { LoadError, LoadedEntry } from '../read/loaded.ts';

/** What a merge has to tell besides its result; the codes are stable. */
export type MergeFinding =
  | { readonly code: 'shadowed-entry'; readonly entries: readonly LoadedEntry[] }
  | { readonly code: 'role-gone'; readonly entries: readonly LoadedEntry[] }
  | { readonly code: 'unmapped-entry'; readonly entries: readonly LoadedEntry[] }
  | { readonly code: 'pruned-entry'; readonly entries: readonly LoadedEntry[] }
  | { readonly code: 'rotation-skipped'; readonly entries: readonly LoadedEntry[] }
  | { readonly code: 'prune-skipped' }
  | { readonly code: 'dropped-item'; readonly errors: readonly LoadError[] }
  | { readonly code: 'lost-field'; readonly errors: readonly LoadError[] }
  | { readonly code: 'no-node-entry' }
  | { readonly code: 'no-human-master' }
  | { readonly code: 'ignored-text'; readonly offset: number }
  | {
      readonly code: 'void-map-users' | 'void-map-accounts';
      readonly error: LoadError;
      readonly place: Place;
    }
  | { readonly code: 'lock-dropped'; readonly keys: readonly string[] }
  | { readonly code: 'lock-missing' }
  | { readonly code: 'large-config-map'; readonly bytes: number };

/** A finding as a sentence; `lineOf` leads from an offset in the text of mapRoles to a line of the file. */
export function describeFinding(
  finding: MergeFinding,
  lineOf: (offset: number) => number | undefined,
): Finding {
  const { code } = finding;
  const severity = code === 'pruned-entry' || code === 'lock-dropped' ? 'note' : 'warning';
  return { severity, code, message: sentenceOf(finding, lineOf) };
}

function sentenceOf(finding: MergeFinding, lineOf: (offset: number) => number | undefined): string {
  const arns = (entries: readonly LoadedEntry[]) =>
    listed(entries.map(({ arn, node }) => `${arn} (line ${lineOf(node.start)})`));
  switch (finding.code) {
    case 'shadowed-entry':
      return `a later entry for the same role beats ${arns(finding.entries)}; --prune removes such entries`;
    case 'role-gone':
      return `the role is gone, and no mapping names it: ${arns(finding.entries)}; --prune removes such entries`;
    case 'unmapped-entry':
      return `no mapping names the role of ${arns(finding.entries)}: whoever is assigned to it still gets in; --prune removes such entries`;
    case 'pruned-entry':
      return `removed ${arns(finding.entries)}`;
    case 'rotation-skipped':
      return `the inventory is too old to say that a role is gone: ${arns(finding.entries)} stays beside its successor; take a new snapshot, or raise --max-age`;
    case 'prune-skipped':
      return 'the inventory is too old to say that a role is gone: --prune removes nothing; take a new snapshot, or raise --max-age';
    case 'dropped-item':
      return `the authenticator drops items of mapRoles; they stay as they are: ${errorList(finding.errors, lineOf)}`;
    case 'lost-field':
      return `the authenticator loses fields in mapRoles; they stay as they are: ${errorList(finding.errors, lineOf)}`;
    case 'no-node-entry':
      return 'no entry lets nodes in: they are locked out unless they come in by access entries; --node-role adds one';
    case 'no-human-master':
      return 'no human is left in system:masters: whoever administered this cluster through aws-auth no longer does';
    case 'ignored-text':
      return `the authenticator looks no further than the first YAML document: what stands in mapRoles from line ${lineOf(finding.offset)} on counts for nothing`;
    case 'void-map-accounts':
      return `the authenticator cannot read mapAccounts, so nobody gets in through it; it stays as it is: ${placeOf(finding)}`;
    case 'void-map-users':
      return `the authenticator cannot read mapUsers, so nobody in it gets in; it stays as it is: ${placeOf(finding)}`;
    case 'lock-dropped':
      return `dropped ${listed(finding.keys)}: a change made meanwhile by somebody else is overwritten, not refused`;
    case 'lock-missing':
      return 'there is no resourceVersion: kubectl replace will overwrite a change made meanwhile by somebody else';
    case 'large-config-map':
      return `the ConfigMap holds ${Math.ceil(finding.bytes / 1024)} KiB: a client-side apply will fail above 256; kubectl apply --server-side works`;
  }
}

function placeOf({ place, error }: { readonly place: Place; readonly error: LoadError }): string {
  return `line ${place.line}, column ${place.column}: ${error.message}`;
}

function errorList(errors: readonly LoadError[], lineOf: (offset: number) => number | undefined): string {
  return listed(errors.map(({ message, offset }) => `line ${lineOf(offset)}: ${message}`));
}
