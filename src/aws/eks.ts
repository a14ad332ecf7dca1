import {
  DescribeAccessEntryCommand,
  DescribeCapabilityCommand,
  DescribeClusterCommand,
  DescribeIdentityProviderConfigCommand,
  EKSClient,
  ListAccessEntriesCommand,
  ListAssociatedAccessPoliciesCommand,
  ListCapabilitiesCommand,
  ListClustersCommand,
  ListIdentityProviderConfigsCommand,
} from '@aws-sdk/client-eks';
import { type AccessEntry, type AccessPolicy, type AuthenticationMode, mayHavePolicies } from '../eks.ts';
import { memo } from '../memo.ts';
import { compareStrings, listed, printable } from '../text.ts';
import type { Answer } from './answers.ts';
import type { ProfileClients } from './clients.ts';
import { AwsFailure, isAwsFailure } from './failure.ts';
import type { AssumedSession, Identity } from './identity.ts';
import { AwsService } from './service.ts';

/** A cluster as EKS describes it. */
interface DescribedCluster {
  readonly arn: string;
  /** `1.33` */
  readonly version?: string;
  readonly authenticationMode: AuthenticationMode;
  /** Sorted by principal. Empty in mode CONFIG_MAP, where EKS refuses to list entries. */
  readonly accessEntries: readonly DescribedEntry[];
}

interface DescribedEntry extends AccessEntry {
  /** ISO 8601, UTC. */
  readonly createdAt: string;
}

/** Callbacks for progress on the access entries. */
export interface EntryProgress {
  readonly onListed: (count: number) => void;
  readonly onRead: () => void;
  /** Called with the principals of entries deleted after they were listed. */
  readonly onDeleted: (principalArns: readonly string[]) => void;
}

const COMMANDS = {
  DescribeAccessEntry: DescribeAccessEntryCommand,
  DescribeCapability: DescribeCapabilityCommand,
  DescribeCluster: DescribeClusterCommand,
  DescribeIdentityProviderConfig: DescribeIdentityProviderConfigCommand,
  ListAccessEntries: ListAccessEntriesCommand,
  ListAssociatedAccessPolicies: ListAssociatedAccessPoliciesCommand,
  ListCapabilities: ListCapabilitiesCommand,
  ListClusters: ListClustersCommand,
  ListIdentityProviderConfigs: ListIdentityProviderConfigsCommand,
};

type EksOperation = keyof typeof COMMANDS;

/** A listed access entry, and the operation that doesn't find it. */
interface MissingEntry {
  readonly principalArn: string;
  readonly operation: EksOperation;
}

type EksCommand = InstanceType<(typeof COMMANDS)[EksOperation]>;

const maxResults = 100;

/** A run may read a thousand accounts in several regions: they share the clients of a region. */
const poolIn = memo((clients: ProfileClients) => memo((region: string) => clients.pool(EKSClient, region)));

/** Reads the EKS clusters of one account in one region. */
export class Eks extends AwsService<typeof COMMANDS> {
  /** @param session of a role in the account; undefined for the identity's own account */
  constructor(identity: Identity, session: AssumedSession | undefined, region: string, accountId: string) {
    const pool = poolIn(identity.clients)(region);
    const send = (command: EksCommand) =>
      pool.use(session?.credentials, (client: { send(command: EksCommand): Promise<unknown> }) =>
        client.send(command),
      );
    super(identity, { service: 'eks', region, accountId }, { send }, COMMANDS, session);
  }

  /**
   * The names of all clusters, sorted. Without `include`, EKS leaves out clusters outside AWS that are only connected.
   * @throws AwsFailure
   */
  async clusterNames(): Promise<string[]> {
    const names = await this.list('ListClusters', { maxResults }, ({ clusters }) => clusters);
    // A cluster can be listed twice if another one is created or deleted between two pages.
    return [...new Set(names)].sort(compareStrings);
  }

  /**
   * For a listed cluster that wasn't found.
   * @throws AwsFailure `contradiction` if it is still listed: skipping it would hide the access it grants
   */
  async requireDeleted(name: string): Promise<void> {
    if (!(await this.clusterNames()).includes(name)) return;
    throw this.contradiction(
      'DescribeCluster',
      `it didn't find cluster ${name}, but ListClusters still lists it`,
    );
  }

  /**
   * The cluster with all its access entries; undefined if no cluster has the name.
   * @throws AwsFailure
   */
  async cluster(name: string, progress: EntryProgress): Promise<DescribedCluster | undefined> {
    const cluster = await this.describe(name);
    // Clusters older than access entries may lack it (API reference, AccessConfigResponse).
    const authenticationMode = cluster?.accessConfig?.authenticationMode ?? 'CONFIG_MAP';
    if (!cluster) return undefined;
    const { arn, version } = cluster;
    const described = { arn, ...(version && { version }), authenticationMode };
    if (authenticationMode === 'CONFIG_MAP') return { ...described, accessEntries: [] };
    const accessEntries = await this.accessEntries(name, progress);
    if (accessEntries) return { ...described, accessEntries };
    if (!(await this.describe(name))) return undefined;
    throw this.contradiction('ListAccessEntries', `it didn't find cluster ${name}, but DescribeCluster did`);
  }

  /**
   * The OIDC identity providers, sorted by name.
   * @throws AwsFailure
   */
  async oidcProviders(clusterName: string) {
    const listed = await this.list(
      'ListIdentityProviderConfigs',
      { clusterName, maxResults },
      (answer) => answer.identityProviderConfigs,
    );
    // EKS has no other type.
    const names = new Set(listed.flatMap(({ type, name }) => (type === 'oidc' ? name : [])));
    return Promise.all([...names].sort(compareStrings).map((name) => this.oidcProvider(clusterName, name)));
  }

  private async oidcProvider(clusterName: string, name: string) {
    const { identityProviderConfig } = await this.call('DescribeIdentityProviderConfig', {
      clusterName,
      identityProviderConfig: { type: 'oidc', name },
    });
    const {
      identityProviderConfigName: own = name,
      issuerUrl,
      clientId,
      ...claims
    } = identityProviderConfig.oidc;
    if (own !== name) {
      const detail = `asked for identity provider ${printable(name)}, got ${printable(own ?? '')}`;
      throw this.contradiction('DescribeIdentityProviderConfig', detail);
    }
    return {
      name,
      issuerUrl,
      clientId,
      usernameClaim: claims.usernameClaim || null,
      usernamePrefix: claims.usernamePrefix || null,
      groupsClaim: claims.groupsClaim || null,
      groupsPrefix: claims.groupsPrefix || null,
    };
  }

  /**
   * The capabilities, sorted by name.
   * @throws AwsFailure
   */
  async capabilities(clusterName: string) {
    const listed = await this.list(
      'ListCapabilities',
      { clusterName, maxResults },
      (answer) => answer.capabilities,
    );
    const names = new Set(listed.map(({ capabilityName }) => capabilityName));
    return Promise.all([...names].sort(compareStrings).map((name) => this.capability(clusterName, name)));
  }

  private async capability(clusterName: string, capabilityName: string) {
    const { capability } = await this.call('DescribeCapability', { clusterName, capabilityName });
    const { type, roleArn, configuration } = capability;
    return {
      name: capabilityName,
      type,
      roleArn,
      instanceArn: configuration?.argoCd?.awsIdc?.idcInstanceArn ?? null,
      roleMappings: (configuration?.argoCd?.rbacRoleMappings ?? []).map(({ role, identities }) => ({
        role,
        identities: identities.map(({ id, type }) => {
          return { type: type === 'SSO_USER' ? ('USER' as const) : ('GROUP' as const), id };
        }),
      })),
    };
  }

  private async describe(name: string): Promise<Answer<'DescribeCluster'>['cluster'] | undefined> {
    return (await unlessGone(this.call('DescribeCluster', { name })))?.cluster;
  }

  /**
   * The access entries; undefined if the cluster is gone. If entries are deleted or replaced during the read, they are
   * listed once more.
   * @throws AwsFailure `contradiction` for an entry that is listed again but still missing
   */
  private async accessEntries(
    clusterName: string,
    progress: EntryProgress,
  ): Promise<DescribedEntry[] | undefined> {
    const principals = await unlessGone(this.principals(clusterName));
    if (!principals) return undefined;
    const first = await this.entriesOf(clusterName, principals, progress);
    if (first.missing.length === 0) return first.entries;
    const again = await unlessGone(this.principals(clusterName));
    if (!again) return undefined;
    const known = new Map(first.entries.map((entry) => [entry.principalArn, entry]));
    const second = await this.entriesOf(
      clusterName,
      again.filter((principalArn) => !known.has(principalArn)),
      progress,
    );
    const [lost] = second.missing;
    // When a cluster is deleted, its entries disappear one by one.
    if (lost && !(await this.describe(clusterName))) return undefined;
    if (lost)
      throw this.notThere(
        lost.operation,
        second.missing.map(({ principalArn }) => principalArn),
      );
    const before = first.missing.map(({ principalArn }) => principalArn);
    progress.onDeleted(before.filter((principalArn) => !again.includes(principalArn)));
    return [...first.entries, ...second.entries].sort((one, other) =>
      compareStrings(one.principalArn, other.principalArn),
    );
  }

  /** The failure for entries that are listed but missing: skipping them would hide the access they grant. */
  private notThere(operation: EksOperation, principalArns: readonly string[]): AwsFailure {
    const what = principalArns.length === 1 ? 'access entry' : `${principalArns.length} access entries`;
    const them = principalArns.length === 1 ? 'it' : 'them';
    const names = listed(principalArns.map(printable));
    const detail = `it didn't find ${what} ${names}, but ListAccessEntries still lists ${them}`;
    return this.contradiction(operation, detail);
  }

  /** The ARNs of the principals with an access entry. */
  private async principals(clusterName: string): Promise<string[]> {
    const principals = await this.list(
      'ListAccessEntries',
      { clusterName, maxResults },
      ({ accessEntries }) => accessEntries,
    );
    // An entry can be listed twice if another one is created or deleted between two pages.
    return [...new Set(principals)].sort(compareStrings);
  }

  private async entriesOf(
    clusterName: string,
    principalArns: readonly string[],
    { onListed, onRead }: EntryProgress,
  ): Promise<{ readonly entries: DescribedEntry[]; readonly missing: readonly MissingEntry[] }> {
    onListed(principalArns.length);
    const read = await Promise.all(
      principalArns.map(async (principalArn) => {
        const entry = await this.entryOrMissing(clusterName, principalArn);
        onRead();
        return entry;
      }),
    );
    return {
      entries: read.flatMap((one) => ('type' in one ? one : [])),
      missing: read.flatMap((one) => ('type' in one ? [] : one)),
    };
  }

  private async entryOrMissing(
    clusterName: string,
    principalArn: string,
  ): Promise<DescribedEntry | MissingEntry> {
    try {
      return await this.namedEntry(clusterName, principalArn);
    } catch (error) {
      if (!isAwsFailure(error, 'not-found')) throw error;
      const isPolicies = error.operation === 'ListAssociatedAccessPolicies';
      return { principalArn, operation: isPolicies ? 'ListAssociatedAccessPolicies' : 'DescribeAccessEntry' };
    }
  }

  /** Adds the entry to a failure, unless every entry would fail the same way. */
  private async namedEntry(clusterName: string, principalArn: string): Promise<DescribedEntry> {
    try {
      return await this.accessEntry(clusterName, principalArn);
    } catch (error) {
      if (!(error instanceof AwsFailure) || error.kind === 'denied' || error.isOfCredentials) throw error;
      throw error.with({ detail: `access entry ${printable(principalArn)}: ${error.detail}` });
    }
  }

  private async accessEntry(clusterName: string, principalArn: string): Promise<DescribedEntry> {
    const { accessEntry } = await this.call('DescribeAccessEntry', { clusterName, principalArn });
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
    const policies = await this.listOnce(
      'ListAssociatedAccessPolicies',
      { clusterName, principalArn, maxResults },
      (answer) => answer.associatedAccessPolicies,
      ({ policyArn }) => policyArn,
    );
    return policies
      .map(({ policyArn, accessScope: { type, namespaces } }): AccessPolicy => {
        return { policyArn, scope: type === 'cluster' ? type : { namespaces } };
      })
      .sort((one, other) => compareStrings(one.policyArn, other.policyArn));
  }
}

async function unlessGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isAwsFailure(error, 'not-found')) return undefined;
    throw error;
  }
}
