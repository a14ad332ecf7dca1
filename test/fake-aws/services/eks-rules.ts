import { arnKind, parseArn } from '../../../src/arn.ts';
import { ENTRY_TYPES } from '../../../src/eks.ts';
import { type AwsError, invalid } from '../wire/aws-error.ts';
import type { Backend, Call } from '../wire/call.ts';
import { isRecord, text } from '../wire/input.ts';
import { pathArnOf } from '../world/build-clusters.ts';
import type { WorldAccessEntry } from '../world/world.ts';

// Requests that EKS refuses, mostly in its own words: https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html.
// Written without the program's rules, so that tests notice if one of the two is wrong.

/** An access entry's fields in a request. */
interface Stated {
  readonly groups: readonly string[] | undefined;
  readonly username: string | undefined;
}

interface NewEntry extends Stated {
  readonly principalArn: string;
  readonly type: string;
}

/** Includes the policies of EKS Auto Mode, which are for entries of type EC2. */
const POLICIES = [
  'AmazonEKSAutoNodePolicy',
  'AmazonEKSAdminPolicy',
  'AmazonEKSAdminViewPolicy',
  'AmazonEKSClusterAdminPolicy',
  'AmazonEKSEditPolicy',
  'AmazonEKSSecretReaderPolicy',
  'AmazonEKSViewPolicy',
];

export function isStandard(type: string): boolean {
  return type === 'STANDARD';
}

/** @param accountId the cluster's */
export function checkNewEntry(entry: NewEntry, accountId: string, call: Call, backend: Backend): void {
  const { principalArn, type, groups = [], username } = entry;
  if (!ENTRY_TYPES.some((known) => known === type))
    throw invalid(call.service, `The specified type is invalid: ${type}`);
  checkPrincipal(principalArn, call, backend);
  if (isStandard(type)) {
    checkStandardEntry(entry, call);
    return;
  }
  if (groups.length > 0 || username !== undefined)
    throw invalid(call.service, `kubernetesGroups and username cannot be set for the type ${type}`);
  const arn = parseArn(principalArn);
  if (!arn || arnKind(arn) !== 'role' || arn.accountId !== accountId)
    throw invalid(call.service, `The type ${type} takes only an IAM role of the account of the cluster`);
}

/** Roles must exist, with their path; users and roots may be in any account of the world. */
function checkPrincipal(principalArn: string, call: Call, { world, index }: Backend): void {
  const arn = parseArn(principalArn);
  const refused = invalid(call.service, 'The specified principalArn is invalid: invalid principal.');
  if (!arn || arn.partition !== world.partition || !index.accounts.has(arn.accountId)) throw refused;
  if (arn.resource.startsWith('role/aws-service-role/')) {
    const rule = 'The caller is not allowed to modify access entries with a principalArn value of a';
    throw invalid(call.service, `${rule} Service Linked Role`);
  }
  const kind = arnKind(arn);
  if (kind === 'root' || kind === 'user') return;
  const roles = index.rolesByAccount.get(arn.accountId) ?? [];
  if (!roles.some((role) => pathArnOf(world.partition, role) === principalArn)) throw refused;
}

export function checkStandardEntry({ groups = [], username }: Stated, call: Call): void {
  for (const group of groups) {
    if (group.startsWith('system:')) {
      const message = `The kubernetes group name ${group} is invalid, it cannot start with system:`;
      throw invalid(call.service, message);
    }
  }
  if (username === undefined) return;
  if (username === '') throw invalid(call.service, 'The username must not be empty');
  for (const prefix of ['system:', 'eks:', 'aws:', 'amazon:', 'iam:']) {
    if (username.startsWith(prefix))
      throw invalid(call.service, `The username must not begin with ${prefix}`);
  }
  const before = username.split('{{SessionName', 1)[0] ?? '';
  if (before !== username && !before.includes(':'))
    throw invalid(call.service, 'The username must have a colon before the session name');
}

/** A policy also grants permissions to nodes of EKS Auto Mode. */
export function checkTakesPolicies(entry: WorldAccessEntry, call: Call): void {
  if (entry.type !== 'EC2') standardOnly(entry, call);
}

export function standardOnly({ type }: WorldAccessEntry, call: Call): void {
  if (isStandard(type)) return;
  const message = 'This operation can only be performed on Access Entries with a type of "STANDARD".';
  throw invalid(call.service, message);
}

export function policyArnIn(call: Call, partition: string): string {
  const policyArn = text(call, 'policyArn');
  const known = POLICIES.map((name) => `arn:${partition}:eks::aws:cluster-access-policy/${name}`);
  if (known.includes(policyArn)) return policyArn;
  throw invalid(call.service, `The specified policyArn is invalid: ${policyArn}`);
}

export function scopeIn(call: Call): 'cluster' | { readonly namespaces: readonly string[] } {
  const { accessScope } = call.input;
  if (!isRecord(accessScope)) throw missing(call, 'accessScope');
  const namespaces = accessScope.namespaces === undefined ? [] : textsIn(call, accessScope.namespaces);
  if (accessScope.type === 'cluster' && namespaces.length === 0) return 'cluster';
  if (accessScope.type === 'namespace' && namespaces.length > 0) return { namespaces };
  throw invalid(call.service, 'The specified accessScope is invalid');
}

/** A list of strings that may be missing. */
export function optionalTexts(call: Call, name: string): readonly string[] | undefined {
  const value = call.input[name];
  return value === undefined || value === null ? undefined : textsIn(call, value);
}

function textsIn(call: Call, value: unknown): readonly string[] {
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  throw invalid(call.service, 'The request has something else where a list of strings belongs');
}

function missing(call: Call, member: string): AwsError {
  return invalid(call.service, `${member} must not be null`);
}

/** The tags in a request: https://docs.aws.amazon.com/eks/latest/userguide/eks-using-tags.html */
export function tagsIn(call: Call): Pick<WorldAccessEntry, 'tags'> {
  const { tags } = call.input;
  if (tags === undefined || tags === null) return {};
  if (!isRecord(tags)) throw invalid(call.service, 'tags is not a map');
  const pairs = Object.entries(tags).map(([key, value]) => {
    const allowed = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
    if (typeof value !== 'string' || !allowed.test(key) || !allowed.test(value))
      throw invalid(call.service, `The tag ${key} is invalid`);
    if (key.length < 1 || key.length > 128 || value.length > 256 || /^aws:/i.test(key))
      throw invalid(call.service, `The tag ${key} is invalid`);
    return [key, value] as const;
  });
  if (pairs.length > 50) throw invalid(call.service, 'A resource takes at most 50 tags');
  return { tags: Object.fromEntries(pairs) };
}
