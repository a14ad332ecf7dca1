import {
  DescribeAccessEntryCommand,
  DescribeClusterCommand,
  EKSClient,
  ListAccessEntriesCommand,
  ListAssociatedAccessPoliciesCommand,
} from '@aws-sdk/client-eks';
import type { AccessEntry, AccessPolicy, AuthenticationMode } from '../access-entry.ts';
import { compareStrings } from '../text.ts';
import type { Answer } from './answers.ts';
import type { TemporaryCredentials } from './clients.ts';
import { isAwsFailure } from './failure.ts';
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
   * @throws AwsFailure
   */
  async cluster(name: string): Promise<DescribedCluster | undefined> {
    const cluster = await this.describe(name);
    // Clusters that are older than access entries may lack it (API reference, AccessConfigResponse).
    const authenticationMode = cluster?.accessConfig?.authenticationMode ?? 'CONFIG_MAP';
    if (!cluster || authenticationMode === 'CONFIG_MAP')
      return cluster && { arn: cluster.arn, authenticationMode, accessEntries: [] };
    const accessEntries = await unlessGone(this.accessEntries(name));
    // Entries go while they are read, and so may the cluster: then nothing of it is known.
    if (accessEntries?.every((entry) => entry !== undefined))
      return { arn: cluster.arn, authenticationMode, accessEntries };
    if (!accessEntries || !(await this.describe(name))) return undefined;
    return { arn: cluster.arn, authenticationMode, accessEntries: accessEntries.filter(isThere) };
  }

  private async describe(name: string): Promise<Answer<'DescribeCluster'>['cluster'] | undefined> {
    return (await unlessGone(this.api.call('DescribeCluster', { name })))?.cluster;
  }

  /** Undefined stands for one that was deleted since it was listed. */
  private async accessEntries(clusterName: string): Promise<(DescribedEntry | undefined)[]> {
    const principals = await this.api.list(
      'ListAccessEntries',
      { clusterName, maxResults },
      ({ accessEntries }) => accessEntries,
    );
    // One can be listed twice when another is created or deleted between two pages.
    const sorted = [...new Set(principals)].sort(compareStrings);
    return Promise.all(sorted.map((principalArn) => unlessGone(this.accessEntry(clusterName, principalArn))));
  }

  private async accessEntry(clusterName: string, principalArn: string): Promise<DescribedEntry> {
    const { accessEntry } = await this.api.call('DescribeAccessEntry', { clusterName, principalArn });
    const { type, username, kubernetesGroups, createdAt } = accessEntry;
    return {
      principalArn,
      type,
      username: username || null,
      kubernetesGroups,
      // Only these can have any.
      policies: type === 'STANDARD' ? await this.policies(clusterName, principalArn) : [],
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
