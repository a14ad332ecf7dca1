import { withoutPath } from '../arn.ts';
import type { LoadedEntry } from '../aws-auth/loaded.ts';
import type { EksCluster, ExistingAccessEntry } from '../directory/model.ts';
import { type AccessPolicy, entryTemplates } from '../eks.ts';
import type { MapKey } from '../map-entry.ts';

interface CommonEntry {
  /** The ARN that callers are compared with, for a role without its path; empty if the entry has none. */
  readonly arn: string;
  /** The id in aws-auth or EKS: an ARN (in an access entry with its path), `sso:NAME`, or an account ID. */
  readonly id: string;
  /** With variables; empty for an account, where each caller's ARN is the username. */
  readonly username: string;
  readonly groups: readonly string[];
}

/** An entry of aws-auth, or an account that mapAccounts lists. */
interface AwsAuthEntry extends CommonEntry {
  readonly source: 'aws-auth';
  readonly map: MapKey;
  /** Null for an account. */
  readonly loaded: LoadedEntry | null;
}

/** An access entry of a cluster. */
export interface ClusterAccessEntry extends CommonEntry {
  readonly source: 'access-entry';
  readonly map: 'accessEntries';
  readonly policies: readonly AccessPolicy[];
  readonly accessEntry: ExistingAccessEntry;
  readonly cluster: EksCluster;
}

/** A source of access to a cluster. */
export type Entry = AwsAuthEntry | ClusterAccessEntry;

/** The part of an entry that grants permissions, wherever it was read. */
export type GrantingEntry = CommonEntry &
  (
    | Pick<AwsAuthEntry, 'source'>
    | Pick<ClusterAccessEntry, 'source' | 'policies'>
    | {
        /** A subject that only bindings name: nothing in AWS decides who it is. */
        readonly source: 'binding';
        /** Who may have the name: `OIDC provider okta`; null if that is unknown. */
        readonly holders: string | null;
      }
  );

export function awsAuthEntry(loaded: LoadedEntry): AwsAuthEntry {
  const { map, arn, username, sso } = loaded;
  const id = sso ? `sso:${sso.permissionSetName}` : arn;
  return { source: 'aws-auth', map, loaded, arn, id, username, groups: loaded.groups ?? [] };
}

export function accountEntry(id: string): AwsAuthEntry {
  return { source: 'aws-auth', map: 'mapAccounts', loaded: null, arn: '', id, username: '', groups: [] };
}

export function clusterAccessEntry(
  accessEntry: ExistingAccessEntry,
  cluster: EksCluster,
): ClusterAccessEntry {
  const { principalArn, policies } = accessEntry;
  const arn = withoutPath(principalArn);
  return {
    source: 'access-entry',
    map: 'accessEntries',
    arn,
    id: principalArn,
    ...entryTemplates(accessEntry),
    policies,
    accessEntry,
    cluster,
  };
}

/** An entry's access policies; aws-auth has none. */
export function policiesOf(entry: GrantingEntry): readonly AccessPolicy[] {
  return entry.source === 'access-entry' ? entry.policies : NO_POLICIES;
}

const NO_POLICIES: readonly AccessPolicy[] = [];
