import { type AccessPolicy, entryTemplates } from '../access-entry.ts';
import { formatArn, parseArn, stripPath } from '../arn.ts';
import { callerKey } from '../authenticator/caller.ts';
import type { LoadedEntry } from '../authenticator/loaded.ts';
import { clusterLocation, type EksCluster, type ExistingAccessEntry } from '../inventory/model.ts';

/** An access entry as what lets somebody in, beside the entries of aws-auth. */
export interface MappedAccessEntry extends Pick<LoadedEntry, 'arn' | 'username' | 'groups' | 'shadowed'> {
  /** Of a role, without the path: what callers are compared with. */
  readonly arn: string;
  readonly policies: readonly AccessPolicy[];
  readonly accessEntry: ExistingAccessEntry;
}

/** What lets somebody into a cluster. */
export type MappedEntry = LoadedEntry | MappedAccessEntry;

/** The access entries of a cluster; none where its mode does without. */
export function mappedAccessEntries(cluster: EksCluster | null): MappedAccessEntry[] {
  if (!cluster || cluster.authenticationMode === 'CONFIG_MAP') return [];
  return cluster.accessEntries.map((accessEntry) => {
    const { principalArn, policies } = accessEntry;
    const arn = parseArn(principalArn);
    const stripped = arn ? formatArn(stripPath(arn)) : principalArn;
    return { ...entryTemplates(accessEntry), arn: stripped, policies, shadowed: false, accessEntry };
  });
}

/** What lets people into a cluster, in a sentence. */
export function sourceText({
  file,
  eks,
}: {
  readonly file: string;
  readonly eks: EksCluster | null;
}): string {
  if (!eks) return file;
  const cluster = clusterLocation(eks).file;
  return file === cluster || eks.authenticationMode === 'API' ? cluster : `${file} and ${cluster}`;
}

/** The ARN as it is written: of an access entry, with the path. */
export function writtenArn(entry: MappedEntry): string {
  return 'accessEntry' in entry ? entry.accessEntry.principalArn : entry.arn;
}

/** Why a cluster does not heed an entry of aws-auth. */
export type IgnoredReason = 'config-map-ignored' | 'overridden-by-access-entry';

/** What says of entries of aws-auth, and (by null) of whole accounts, why a cluster does not heed them; null where it does. */
export type IgnoredTest = (entry: Pick<LoadedEntry, 'arn'> | null) => IgnoredReason | null;

/** @param cluster null where only aws-auth is known: then it counts */
export function ignoredTest(cluster: EksCluster | null): IgnoredTest {
  if (cluster?.authenticationMode === 'API') return () => 'config-map-ignored';
  const principals = new Set(mappedAccessEntries(cluster).map(({ arn }) => callerKey(arn)));
  if (principals.size === 0) return () => null;
  return (entry) => (entry && principals.has(callerKey(entry.arn)) ? 'overridden-by-access-entry' : null);
}
