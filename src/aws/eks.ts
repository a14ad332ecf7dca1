import {
  DescribeAccessEntryCommand,
  DescribeClusterCommand,
  EKSClient,
  ListAccessEntriesCommand,
  ListAssociatedAccessPoliciesCommand,
} from '@aws-sdk/client-eks';
import {
  type AccessEntry,
  type AccessPolicy,
  type AuthenticationMode,
  mayHavePolicies,
} from '../access-entry.ts';
import { compareStrings, printable } from '../text.ts';
import type { Answer } from './answers.ts';
import type { TemporaryCredentials } from './clients.ts';
import { AwsFailure, isAwsFailure } from './failure.ts';
import type { Identity } from './identity.ts';
import { ServiceApi } from './service-api.ts';

/** A cluster as EKS describes it. */
interface DescribedCluster {
  readonly arn: string;
  readonly authenticationMode: AuthenticationMode;
  /** By principal. Empty in mode CONFIG_MAP, where EKS refuses to list any. */
  readonly accessEntries: readonly DescribedEntry[];
}

interface DescribedEntry extends AccessEntry {
  /** ISO 8601, UTC. */
  readonly createdAt: string;
}

/** Undefined for one that was deleted since it was listed. */
type MaybeDeleted = DescribedEntry | undefined;

/** How far the access entries are read. */
export interface EntryProgress {
  readonly onListed: (count: number) => void;
  readonly onRead: () => void;
}

const COMMANDS = {
  DescribeAccessEntry: DescribeAccessEntryCommand,
  DescribeCluster: DescribeClusterCommand,
  ListAccessEntries: ListAccessEntriesCommand,
  ListAssociatedAccessPolicies: ListAssociatedAccessPoliciesCommand,
};

const maxResults = 100;

/** Reads the EKS clusters of one account in one region. */
export class Eks {
  private readonly api: ServiceApi<typeof COMMANDS>;

  /** @param credentials of the account; undefined: it is the identity's own */
  constructor(
    identity: Identity,
    credentials: TemporaryCredentials | undefined,
    region: string,
    accountId: string,
  ) {
    const client = identity.clients.eks(EKSClient, credentials, region);
    this.api = new ServiceApi(identity, 'eks', region, client, COMMANDS, accountId);
  }

  /**
   * The cluster with all its access entries; undefined where there is none of that name.
   * @param progress told of each access entry that is listed, and then read
   * @throws AwsFailure
   */
  async cluster(name: string, progress: EntryProgress): Promise<DescribedCluster | undefined> {
    const cluster = await this.describe(name);
    // Clusters that are older than access entries may lack it (API reference, AccessConfigResponse).
    const authenticationMode = cluster?.accessConfig?.authenticationMode ?? 'CONFIG_MAP';
    if (!cluster || authenticationMode === 'CONFIG_MAP')
      return cluster && { arn: cluster.arn, authenticationMode, accessEntries: [] };
    const entries = await this.listedEntries(name, progress);
    // Entries go while they are read, and so may the cluster: then nothing of it is known.
    if (!entries || !(entries.every(isThere) || (await this.describe(name)))) return undefined;
    if (areAllGone(entries)) throw this.noneIsThere(entries.length);
    return { arn: cluster.arn, authenticationMode, accessEntries: entries.filter(isThere) };
  }

  /** Listed once more where all were deleted since; undefined where there is no such cluster any more. */
  private async listedEntries(name: string, progress: EntryProgress): Promise<MaybeDeleted[] | undefined> {
    const entries = await unlessGone(this.accessEntries(name, progress));
    return entries && areAllGone(entries) ? unlessGone(this.accessEntries(name, progress)) : entries;
  }

  /** A cluster whose access entries are taken for deleted would pass for one where nobody gets in. */
  private noneIsThere(count: number): AwsFailure {
    const detail = `EKS lists ${count} access ${count === 1 ? 'entry' : 'entries'}, and then knows none of them`;
    return new AwsFailure({
      ...this.api.target,
      operation: 'DescribeAccessEntry',
      kind: 'invalid-response',
      detail,
    });
  }

  private async describe(name: string): Promise<Answer<'DescribeCluster'>['cluster'] | undefined> {
    return (await unlessGone(this.api.call('DescribeCluster', { name })))?.cluster;
  }

  private async accessEntries(
    clusterName: string,
    { onListed, onRead }: EntryProgress,
  ): Promise<MaybeDeleted[]> {
    const principals = await this.api.list(
      'ListAccessEntries',
      { clusterName, maxResults },
      ({ accessEntries }) => accessEntries,
    );
    // One can be listed twice when another is created or deleted between two pages.
    const sorted = [...new Set(principals)].sort(compareStrings);
    onListed(sorted.length);
    return Promise.all(
      sorted.map(async (principalArn) => {
        const entry = await unlessGone(this.namedEntry(clusterName, principalArn));
        onRead();
        return entry;
      }),
    );
  }

  /** A failure names the entry, unless it is the same for all of them. */
  private async namedEntry(clusterName: string, principalArn: string): Promise<DescribedEntry> {
    try {
      return await this.accessEntry(clusterName, principalArn);
    } catch (error) {
      if (!(error instanceof AwsFailure) || error.kind === 'denied' || error.isOfCredentials) throw error;
      throw error.with({ detail: `access entry ${printable(principalArn)}: ${error.detail}` });
    }
  }

  private async accessEntry(clusterName: string, principalArn: string): Promise<DescribedEntry> {
    const { accessEntry } = await this.api.call('DescribeAccessEntry', { clusterName, principalArn });
    const { type, username, kubernetesGroups, createdAt } = accessEntry;
    return {
      principalArn,
      type,
      username: username || null,
      kubernetesGroups,
      policies: mayHavePolicies(type) ? await this.policies(clusterName, principalArn) : [],
      createdAt: createdAt.toISOString(),
    };
  }

  private async policies(clusterName: string, principalArn: string): Promise<AccessPolicy[]> {
    const policies = await this.api.list(
      'ListAssociatedAccessPolicies',
      { clusterName, principalArn, maxResults },
      (answer) => answer.associatedAccessPolicies,
    );
    return policies
      .map(({ policyArn, accessScope: { type, namespaces } }): AccessPolicy => {
        return { policyArn, scope: type === 'cluster' ? type : { namespaces } };
      })
      .sort((one, other) => compareStrings(one.policyArn, other.policyArn));
  }
}

function areAllGone(entries: readonly MaybeDeleted[]): boolean {
  return entries.length > 0 && !entries.some(isThere);
}

function isThere<T>(value: T | undefined): value is T {
  return value !== undefined;
}

async function unlessGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isAwsFailure(error, 'not-found')) return undefined;
    throw error;
  }
}
