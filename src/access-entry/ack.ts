import type { AccessEntry } from '../eks.ts';
import { toLower } from '../go-strings.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';
import { quoted } from '../text.ts';
import { yamlQuoted } from '../yaml/quote.ts';
import { entryYaml } from './entry-yaml.ts';
import { type NameStyle, nameWords, resourceNames } from './principal.ts';
import { NO_TAGS, type Tags } from './tags.ts';

/**
 * `AccessEntry` objects for the EKS controller of ACK (AWS Controllers for Kubernetes). They have no namespace: it
 * decides about the account, and is the user's.
 * @param target.region null if unknown: the controller then takes its namespace's or its own
 */
export function renderAck(
  entries: readonly AccessEntry[],
  {
    cluster,
    region,
    tags = NO_TAGS,
  }: { readonly cluster: string; readonly region: string | null; readonly tags?: Tags },
): string {
  const names = resourceNames(
    entries.map(({ principalArn }) => principalArn),
    OBJECT_NAMES,
    (arn) => objectWords(arn, cluster),
  );
  const documents = entries.map((entry, index) => [
    'apiVersion: eks.services.k8s.aws/v1alpha1',
    'kind: AccessEntry',
    'metadata:',
    `  name: ${yamlQuoted(names[index] ?? '')}`,
    '  annotations:',
    '    services.k8s.aws/adoption-policy: adopt-or-create',
    ...(region === null ? [] : [`    services.k8s.aws/region: ${yamlQuoted(region)}`]),
    'spec:',
    `  clusterName: ${yamlQuoted(cluster)}`,
    ...entryYaml(entry, FIELDS, yamlQuoted).map((line) => `  ${line}`),
    ...(entry.type === 'STANDARD' && entry.kubernetesGroups.length === 0 ? ['  kubernetesGroups: []'] : []),
    ...tagLines(tags),
  ]);
  return [OWNER, ...documents.map((lines) => `${lines.join('\n')}\n`)].join('---\n');
}

const OWNER = '# For ACK: deleting an object deletes its access entry.\n';

function tagLines(tags: Tags): string[] {
  if (tags.size === 0) return [];
  return ['  tags:', ...[...tags].map(([key, value]) => `    ${yamlQuoted(key)}: ${yamlQuoted(value)}`)];
}

/**
 * The fields of https://github.com/aws-controllers-k8s/eks-controller/blob/main/config/crd/bases/eks.services.k8s.aws_accessentries.yaml.
 * In `pkg/resource/access_entry` there, `newUpdateRequestPayload` sends a list of groups even if it is empty, but omits
 * groups and usernames that the object lacks: an adopted entry would keep its groups, so an empty list is written. Its
 * username stays on purpose: see `keptBy`. `syncAccessPolicies` removes all policies that the object lacks.
 */
const FIELDS = {
  principalArn: 'principalARN',
  type: 'type',
  username: 'username',
  groups: 'kubernetesGroups',
  policies: 'accessPolicies',
  policyArn: 'policyARN',
  scope: 'accessScope',
  namespaces: 'namespaces',
};

/**
 * The words of an object's name. With the suffix, a re-created role is a new object: EKS can't change an entry's
 * principal. With the cluster, objects of several clusters fit into one namespace. Not with the region: a name must
 * never change, because a controller would delete the entry with the old object.
 */
function objectWords(principalArn: string, cluster: string): readonly string[] {
  const { suffix } = parseProvisionedRoleArn(principalArn) ?? {};
  return [cluster, ...nameWords(principalArn), ...(suffix === undefined ? [] : [suffix])];
}

/** A part of a subdomain: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
function labelOf(word: string): string {
  return toLower(word)
    .replace(/[^0-9a-z-]/g, '-')
    .replace(/^-+|-+$/g, '');
}

/** Names of objects: the last part tells roles of permission sets, other principals and hashes apart. */
const OBJECT_NAMES: NameStyle = {
  join: (words) =>
    words
      .map(labelOf)
      .filter((label) => label !== '')
      .join('.'),
  // Clusters can differ by case alone. IAM's names can't, and a permission set's suffix makes one of it.
  keeps: ([cluster = '', ...words]) =>
    labelOf(cluster) === cluster && words.every((word) => labelOf(word) === toLower(word)),
  separator: '.',
};

/**
 * Why a controller can't apply an entry's object, as a clause; undefined if it can. The API server reads server-side
 * apply as YAML even if it is JSON, where these characters are refused, or a line break.
 */
export function ackProblem({ username, kubernetesGroups }: AccessEntry): string | undefined {
  const refused = [username ?? '', ...kubernetesGroups].find((name) =>
    /[\u007f-\u009f\ufffe\uffff]/.test(name),
  );
  return refused === undefined
    ? undefined
    : `server-side apply refuses or changes the control character in ${quoted(refused)}`;
}

/** EKS's limit, less the tags that the controller adds: https://github.com/aws-controllers-k8s/runtime/blob/main/pkg/config/config.go */
const MAX_TAGS = 50 - 2;

/** Why the controller can't tag an access entry, as a clause; undefined if it can. */
export function ackTagsProblem({ size }: Tags): string | undefined {
  return size > MAX_TAGS
    ? `--tag gives ${size} tags, but -o ack allows ${MAX_TAGS}: an access entry can have 50, and ACK adds 2`
    : undefined;
}
