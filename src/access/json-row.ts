import type { RunRow } from './compare-clusters.ts';
import type { JsonEntry, JsonGrant, JsonRow } from './read-who-json.ts';
import { jsonOf } from './who-json.ts';
import type { WhoRow } from './who-rows.ts';

/** The rows of this run as `-o json` has them, to compare them with an earlier run's; rows share their parts. */
export class JsonRows {
  private readonly entries = new Map<unknown, Map<string, SharedEntry>>();
  private readonly principals = new Map<string, JsonRow['principal']>();
  private readonly isAboutRights: boolean;

  /** @param isAboutRights true with --can */
  constructor(isAboutRights: boolean) {
    this.isAboutRights = isAboutRights;
  }

  /** @param index among all rows */
  rowOf(row: WhoRow, index: number): RunRow {
    const { via, auditUsername } = row;
    const { type, id, name } = row.principal;
    const principalKey = `${type} ${id} ${name}`;
    const principal = this.principals.get(principalKey) ?? row.principal;
    this.principals.set(principalKey, principal);
    const { entry, grants } = this.entryOf(row);
    const ofRights = grants.get(row.rights) ?? new Map<string, JsonGrant>();
    grants.set(row.rights, ofRights);
    const key = `${row.access} ${row.reason}`;
    const grant = ofRights.get(key) ?? jsonOf(row, this.isAboutRights);
    ofRights.set(key, grant);
    return { principal, via, entry, grant, auditUsername, index };
  }

  private entryOf(row: WhoRow): SharedEntry {
    const entry = row.way?.entry;
    const ofCluster = this.entries.get(entry) ?? new Map<string, SharedEntry>();
    this.entries.set(entry, ofCluster);
    const key = `${row.cluster} ${row.clusterArn}`;
    // Without an entry, there is nothing to share.
    const known = entry && ofCluster.get(key);
    if (known) return known;
    const made = { entry: entryOf(row), grants: new Map() };
    ofCluster.set(key, made);
    return made;
  }
}

interface SharedEntry {
  readonly entry: JsonEntry;
  readonly grants: Map<WhoRow['rights'], Map<string, JsonGrant>>;
}

function entryOf(row: WhoRow): JsonEntry {
  const { accountId, accountName, permissionSet, rolearn, username, groups, source, policies } = row;
  const { cluster, clusterArn, unread, asOf, kubernetesVersion } = row;
  return {
    accountId,
    accountName,
    permissionSet,
    rolearn,
    username,
    groups,
    source,
    policies,
    cluster,
    clusterArn,
    unread,
    asOf,
    kubernetesVersion,
  };
}
