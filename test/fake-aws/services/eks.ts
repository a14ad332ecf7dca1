import { type AccessPolicy, AUTHENTICATION_MODES } from '../../../src/eks.ts';
import type { Answer } from '../wire/answer.ts';
import { AwsError, invalid, notFound } from '../wire/aws-error.ts';
import type { Backend, Call, Operation, Operations } from '../wire/call.ts';
import { isRecord, optionalText, text } from '../wire/input.ts';
import { pageOf, shuffled } from '../wire/page.ts';
import { madeGroups, madeUsername } from '../world/build-clusters.ts';
import type { StoredCluster } from '../world/cluster-store.ts';
import { hexId, uuid } from '../world/identifier.ts';
import type { WorldAccessEntry } from '../world/world.ts';
import {
  checkNewEntry,
  checkStandardEntry,
  checkTakesPolicies,
  isStandard,
  optionalTexts,
  policyArnIn,
  scopeIn,
  standardOnly,
  tagsIn,
} from './eks-rules.ts';

/**
 * Amazon EKS access entries: reads them, and writes them like EKS. An entry belongs to the role that existed when it
 * was created: `createdAt` never changes, so a newer role means that the entry is dead.
 */
export const EKS: Operations = {
  ListClusters: listClusters,
  DescribeCluster: describeCluster,
  UpdateClusterConfig: updateClusterConfig,
  ListIdentityProviderConfigs: ofCluster(({ cluster }, call, backend) => {
    const all = cluster.oidcProviders.map(({ name }) => ({ type: 'oidc', name }));
    const { items, token } = pageOf(call, backend, all);
    return { identityProviderConfigs: items, nextToken: token };
  }),
  DescribeIdentityProviderConfig: ofCluster(describeProvider),
  ListCapabilities: ofCluster(({ cluster }, call, backend) => {
    const all = cluster.capabilities.map(({ name, type }) => ({
      capabilityName: name,
      type,
      status: 'ACTIVE',
      arn: capabilityArn(cluster, name),
    }));
    const { items, token } = pageOf(call, backend, all);
    return { capabilities: items, nextToken: token };
  }),
  DescribeCapability: ofCluster(describeCapability),
  ListAccessEntries: ofEntries(listAccessEntries),
  CreateAccessEntry: ofEntries(createAccessEntry),
  DescribeAccessEntry: ofEntry((entry, stored, _, { options }) =>
    entryAnswer(entry, stored, options.shuffle),
  ),
  UpdateAccessEntry: ofEntry(updateAccessEntry),
  DeleteAccessEntry: ofEntry(({ principalArn }, { entries }) => {
    entries.delete(principalArn);
    return {};
  }),
  ListAssociatedAccessPolicies: ofEntry(listPolicies),
  AssociateAccessPolicy: ofEntry(associatePolicy),
  DisassociateAccessPolicy: ofEntry(disassociatePolicy),
};

type ClusterOperation = (stored: StoredCluster, call: Call, backend: Backend) => Answer;
type EntryOperation = (
  entry: WorldAccessEntry,
  stored: StoredCluster,
  call: Call,
  backend: Backend,
) => Answer;

function clusterNamed(name: string, { caller, region }: Call, { clusters }: Backend): StoredCluster {
  const stored = clusters.find(caller.accountId, region, name);
  if (stored) return stored;
  throw notFound(`No cluster found for name: ${name}.`, {}, 404);
}

function listClusters(call: Call, backend: Backend): Answer {
  const { caller, region } = call;
  const own = backend.clusters
    .all()
    .filter(({ accountId, region: place }) => accountId === caller.accountId && place === region);
  const { items, token } = pageOf(
    call,
    backend,
    own.map(({ name }) => name),
  );
  return { clusters: items, nextToken: token };
}

function describeCluster(call: Call, backend: Backend): Answer {
  const { cluster } = clusterNamed(text(call, 'name'), call, backend);
  const { accountId, region, name, authenticationMode, version } = cluster;
  const accessConfig =
    authenticationMode === null ? {} : { accessConfig: { authenticationMode } satisfies Answer };
  return {
    cluster: {
      name,
      arn: `arn:${backend.world.partition}:eks:${region}:${accountId}:cluster/${name}`,
      createdAt: new Date('2024-04-01T00:00:00Z'),
      version,
      status: 'ACTIVE',
      ...accessConfig,
    },
  };
}

/** Changes the authentication mode, in the only direction that EKS has. Entries that it makes then are in the world. */
function updateClusterConfig(call: Call, backend: Backend): Answer {
  const stored = clusterNamed(text(call, 'name'), call, backend);
  const { accessConfig } = call.input;
  const wanted = isRecord(accessConfig) ? accessConfig.authenticationMode : undefined;
  const mode = stored.cluster.authenticationMode ?? 'CONFIG_MAP';
  const next = AUTHENTICATION_MODES[AUTHENTICATION_MODES.indexOf(mode) + 1];
  if (next === undefined || wanted !== next)
    throw invalid(call.service, `Unsupported authentication mode update from ${mode} to ${wanted}`);
  stored.cluster = { ...stored.cluster, authenticationMode: next };
  return {
    update: { id: uuid(stored.cluster.name, next), status: 'InProgress', type: 'AccessConfigUpdate' },
  };
}

function ofCluster(operation: ClusterOperation): Operation {
  return (call, backend) => operation(clusterNamed(text(call, 'clusterName'), call, backend), call, backend);
}

function describeProvider({ cluster }: StoredCluster, call: Call): Answer {
  const { identityProviderConfig: asked } = call.input;
  const wanted = isRecord(asked) && asked.type === 'oidc' ? asked.name : undefined;
  const found = cluster.oidcProviders.find(({ name }) => name === wanted);
  if (!found) throw notFound(`No identity provider config found for name: ${wanted}.`, {}, 404);
  const { name, ...rest } = found;
  const oidc = { identityProviderConfigName: name, clusterName: cluster.name, status: 'ACTIVE', ...rest };
  return { identityProviderConfig: { oidc } };
}

function describeCapability({ cluster }: StoredCluster, call: Call, { world }: Backend): Answer {
  const wanted = text(call, 'capabilityName');
  const found = cluster.capabilities.find(({ name }) => name === wanted);
  if (!found) throw notFound(`No capability found for name: ${wanted}.`, {}, 404);
  const { name, type, roleArn, instanceArn = world.instances[0]?.arn, mappings = [] } = found;
  const idOf = (type: string, name: string) =>
    type === 'SSO_USER'
      ? world.users.find(({ userName }) => userName === name)?.id
      : world.groups.find(({ displayName }) => displayName === name)?.id;
  const argoCd = {
    namespace: 'argocd',
    awsIdc: { idcInstanceArn: instanceArn ?? '', idcRegion: world.homeRegion },
    rbacRoleMappings: mappings.map(({ role, identities }) => ({
      role,
      identities: identities.map(({ type, name }) => ({ type, id: idOf(type, name) ?? name })),
    })),
  };
  return {
    capability: {
      capabilityName: name,
      arn: capabilityArn(cluster, name),
      clusterName: cluster.name,
      type,
      roleArn,
      status: 'ACTIVE',
      configuration: type === 'ARGOCD' ? { argoCd } : {},
    },
  };
}

function capabilityArn({ region, accountId, name: cluster }: StoredCluster['cluster'], name: string): string {
  return `arn:aws:eks:${region}:${accountId}:capability/${cluster}/${name}`;
}

/** Access entries exist if the authentication mode includes the API. */
function ofEntries(operation: ClusterOperation): Operation {
  return (call, backend) => {
    const stored = clusterNamed(text(call, 'clusterName'), call, backend);
    const mode = stored.cluster.authenticationMode;
    if (mode === 'API' || mode === 'API_AND_CONFIG_MAP') return operation(stored, call, backend);
    const message =
      "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.";
    throw new AwsError('InvalidRequestException', message);
  };
}

function ofEntry(operation: EntryOperation): Operation {
  return ofEntries((stored, call, backend) => {
    const entry = stored.entries.get(text(call, 'principalArn'));
    if (entry) return operation(entry, stored, call, backend);
    const message =
      "The specified principalArn could not be found. You can view your available access entries with 'list-access-entries'.";
    throw notFound(message, {}, 404);
  });
}

function listAccessEntries({ entries }: StoredCluster, call: Call, backend: Backend): Answer {
  const policyArn = optionalText(call, 'associatedPolicyArn');
  const listed = [...entries.values()].filter(
    ({ policies }) => policyArn === undefined || policies.some((policy) => policy.policyArn === policyArn),
  );
  const { items, token } = pageOf(
    call,
    backend,
    listed.map(({ principalArn }) => principalArn),
  );
  return { accessEntries: items, nextToken: token };
}

function createAccessEntry(stored: StoredCluster, call: Call, backend: Backend): Answer {
  const principalArn = text(call, 'principalArn');
  const type = optionalText(call, 'type') ?? 'STANDARD';
  const stated = {
    groups: optionalTexts(call, 'kubernetesGroups'),
    username: optionalText(call, 'username'),
  };
  checkNewEntry({ principalArn, type, ...stated }, stored.cluster.accountId, call, backend);
  if (stored.entries.has(principalArn)) {
    const message = 'The specified access entry resource is already in use on this cluster.';
    throw new AwsError('ResourceInUseException', message, 409);
  }
  const entry: WorldAccessEntry = {
    principalArn,
    type,
    username: stated.username ?? madeUsername(type, principalArn),
    kubernetesGroups: isStandard(type) ? (stated.groups ?? []) : madeGroups(type),
    policies: [],
    createdAt: new Date().toISOString(),
    ...tagsIn(call),
  };
  stored.entries.set(principalArn, entry);
  return entryAnswer(entry, stored);
}

/** Omitted fields are reset to EKS's defaults: https://github.com/hashicorp/terraform-provider-aws/pull/36484. */
function updateAccessEntry(entry: WorldAccessEntry, stored: StoredCluster, call: Call): Answer {
  standardOnly(entry, call);
  const [groups, username] = [optionalTexts(call, 'kubernetesGroups'), optionalText(call, 'username')];
  checkStandardEntry({ groups, username }, call);
  const updated = {
    ...entry,
    kubernetesGroups: groups ?? [],
    username: username ?? madeUsername(entry.type, entry.principalArn),
  };
  stored.entries.set(entry.principalArn, updated);
  return entryAnswer(updated, stored);
}

function listPolicies(
  { principalArn, policies }: WorldAccessEntry,
  { cluster }: StoredCluster,
  call: Call,
  backend: Backend,
): Answer {
  const { items, token } = pageOf(call, backend, policies.map(policyAnswer));
  return { clusterName: cluster.name, principalArn, associatedAccessPolicies: items, nextToken: token };
}

/** An associated policy is updated with the stated scope. */
function associatePolicy(
  entry: WorldAccessEntry,
  { cluster, entries }: StoredCluster,
  call: Call,
  { world }: Backend,
): Answer {
  checkTakesPolicies(entry, call);
  const policy = { policyArn: policyArnIn(call, world.partition), scope: scopeIn(call) };
  const others = entry.policies.filter(({ policyArn }) => policyArn !== policy.policyArn);
  entries.set(entry.principalArn, { ...entry, policies: [...others, policy] });
  return {
    clusterName: cluster.name,
    principalArn: entry.principalArn,
    associatedAccessPolicy: policyAnswer(policy),
  };
}

function disassociatePolicy(entry: WorldAccessEntry, { entries }: StoredCluster, call: Call): Answer {
  const wanted = text(call, 'policyArn');
  const others = entry.policies.filter(({ policyArn }) => policyArn !== wanted);
  if (others.length === entry.policies.length)
    throw notFound('The specified policyArn is not associated with the access entry.', {}, 404);
  entries.set(entry.principalArn, { ...entry, policies: others });
  return {};
}

/** @param shuffle returns groups in a different order for each seed, as EKS keeps no order */
function entryAnswer(entry: WorldAccessEntry, { cluster }: StoredCluster, shuffle?: string): Answer {
  const { principalArn, type, username, kubernetesGroups, createdAt, tags = {} } = entry;
  const [, , , , accountId = '', resource = ''] = principalArn.split(':');
  const [kind, ...rest] = resource.split('/');
  const id = uuid(cluster.name, principalArn, createdAt);
  const partition = principalArn.split(':')[1];
  const path = `${cluster.name}/${kind}/${accountId}/${rest.at(-1) ?? hexId(8, principalArn)}/${id}`;
  return {
    accessEntry: {
      clusterName: cluster.name,
      principalArn,
      kubernetesGroups: shuffled(kubernetesGroups, shuffle),
      accessEntryArn: `arn:${partition}:eks:${cluster.region}:${cluster.accountId}:access-entry/${path}`,
      createdAt: new Date(createdAt),
      modifiedAt: new Date(createdAt),
      tags,
      username,
      type,
    },
  };
}

function policyAnswer({ policyArn, scope }: AccessPolicy): Answer {
  const accessScope: Answer =
    scope === 'cluster'
      ? { type: 'cluster', namespaces: [] }
      : { type: 'namespace', namespaces: scope.namespaces };
  const associatedAt = new Date('2024-06-01T12:00:00Z');
  return { policyArn, accessScope, associatedAt, modifiedAt: associatedAt };
}
