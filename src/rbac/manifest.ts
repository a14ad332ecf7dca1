import * as v from 'valibot';
import { type Finding, type Location, locatedList, warning } from '../errors.ts';
import { printable, quoted } from '../text.ts';
import type { Fields } from './fields.ts';
import {
  type Binding,
  GET_RBAC,
  type LabelSelector,
  type Labels,
  manifestName,
  type PolicyRule,
  type RbacRole,
  type Requirement,
  type Subject,
  type WrittenBinding,
  type WrittenRole,
} from './model.ts';

const ROLE_KINDS = ['Role', 'ClusterRole'] as const;
export const RBAC_KINDS = [...ROLE_KINDS, 'RoleBinding', 'ClusterRoleBinding'] as const;
export type RbacKind = (typeof RBAC_KINDS)[number];

/** The expected content of a file with RBAC manifests. */
export const RBAC_HELP = `Pass the output of \`${GET_RBAC}\`, or manifests that kubectl can apply.`;
export const REFUSED = 'the API server rejects these manifests, so they grant no permissions';

/** A manifest as named in findings. */
export interface Located {
  readonly text: string;
  /** Null if no file contains it. */
  readonly location: Location | null;
}

/** @param reason a remark about the manifest */
export function located(item: RbacRole | Binding, reason?: string): Located {
  const why = reason === undefined ? '' : ` (${printable(reason)})`;
  return { text: `${manifestName(item)}${why}`, location: item.location };
}

/** Warns about manifests in files, located at the first of them; an empty list yields no finding. */
export function manifestsFinding(
  code: string,
  message: string,
  help: string,
  items: readonly Located[],
): Finding[] {
  const located = locatedList(items.flatMap(({ text, location }) => (location ? { text, location } : [])));
  if (!located) return [];
  const { list, location } = located;
  return [warning(code, `${message}: ${list}`, { location, help })];
}

/** An item, and the reasons why the API server rejects it: `rules[0] has no verbs`. */
interface Checked<Item> {
  readonly item: Item;
  /**
   * Empty if it accepts it (kubernetes, pkg/apis/rbac/validation; k8s.io/apimachinery, pkg/apis/meta/v1/validation).
   */
  readonly problems: readonly string[];
}

/** The relevant parts of a manifest. */
interface ReadManifest extends Checked<WrittenRole | WrittenBinding> {
  /** True if it is namespaced and the manifest omits the namespace. */
  readonly lacksNamespace: boolean;
}

export function readManifest(kind: RbacKind, manifest: Fields, location: Location): ReadManifest {
  const isRole = kind === 'Role' || kind === 'ClusterRole';
  return isRole ? readRole(kind, manifest, location) : readBinding(kind, manifest, location);
}

const GROUP = 'rbac.authorization.k8s.io';
/** kubectl's namespace for manifests without one, unless told otherwise. */
const DEFAULT_NAMESPACE = 'default';
/** The annotation in which client-side kubectl apply stores what it wrote. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** The known fields; kubectl makes the API server reject all others. */
const OF_MANIFEST = ['apiVersion', 'kind', 'metadata'];
const OF_ROLE = [...OF_MANIFEST, 'rules'];
const OF_CLUSTER_ROLE = [...OF_ROLE, 'aggregationRule'];
const OF_BINDING = [...OF_MANIFEST, 'roleRef', 'subjects'];
const OF_METADATA = [
  ...['name', 'generateName', 'namespace', 'labels', 'annotations', 'ownerReferences', 'finalizers'],
  ...['uid', 'resourceVersion', 'generation', 'creationTimestamp', 'managedFields', 'selfLink'],
  ...['deletionTimestamp', 'deletionGracePeriodSeconds'],
];
const OF_RULE = ['verbs', 'apiGroups', 'resources', 'resourceNames', 'nonResourceURLs'];
const OF_ROLE_REF = ['apiGroup', 'kind', 'name'];
const OF_SUBJECT = [...OF_ROLE_REF, 'namespace'];

interface Metadata extends Pick<WrittenRole, 'name' | 'namespace' | 'isLive'> {
  readonly lacksNamespace: boolean;
  readonly labels: Labels;
  /** The JSON that the last kubectl apply wrote. */
  readonly lastApplied: string | undefined;
}

function readMetadata(manifest: Fields, isNamespaced: boolean): Checked<Metadata> {
  const fields = manifest.nested('metadata');
  const name = fields.text('name');
  const stated = fields.optionalText('namespace');
  const lastApplied = fields.optionalMap('annotations')?.optionalText(LAST_APPLIED);
  const labels = fields.textMap('labels');
  return {
    item: {
      name,
      namespace: isNamespaced ? (stated ?? DEFAULT_NAMESPACE) : null,
      lacksNamespace: isNamespaced && stated === undefined,
      labels,
      isLive: fields.has('uid'),
      lastApplied,
    },
    problems: [
      ...fields.unknown(OF_METADATA),
      ...nameProblems('metadata.name', name),
      ...labelsProblems(labels, 'metadata.labels'),
    ],
  };
}

function readRole(kind: WrittenRole['kind'], manifest: Fields, location: Location): ReadManifest {
  const isNamespaced = kind === 'Role';
  const { item: metadata, problems } = readMetadata(manifest, isNamespaced);
  const { lacksNamespace, lastApplied, ...named } = metadata;
  const rules = manifest.list('rules').map((fields) => readRule(fields, isNamespaced));
  const aggregation = isNamespaced ? undefined : manifest.optionalMap('aggregationRule');
  const selectors = aggregation
    ?.list('clusterRoleSelectors')
    .map((fields, index) => readSelector(fields, `clusterRoleSelectors[${index}]`));
  const stated = {
    rules: manifest.has('rules'),
    aggregationRule: aggregation !== undefined,
    labels: new Set(named.labels.keys()),
  };
  return {
    item: {
      kind,
      ...named,
      rules: rules.map(({ item }) => item),
      selectors: selectors?.map(({ item }) => item) ?? null,
      applied: named.isLive ? appliedFields(lastApplied) : stated,
      location,
    },
    lacksNamespace,
    problems: [
      ...manifest.unknown(isNamespaced ? OF_ROLE : OF_CLUSTER_ROLE),
      ...problems,
      ...(aggregation?.unknown(['clusterRoleSelectors']) ?? []),
      ...rules.flatMap((rule) => rule.problems),
      ...(selectors?.length === 0 ? ['aggregationRule has no clusterRoleSelectors'] : []),
      ...(selectors ?? []).flatMap((selector) => selector.problems),
    ],
  };
}

function readRule(fields: Fields, isNamespaced: boolean): Checked<PolicyRule> {
  const item = {
    verbs: fields.texts('verbs'),
    apiGroups: fields.texts('apiGroups'),
    resources: fields.texts('resources'),
    resourceNames: fields.texts('resourceNames'),
    nonResourceURLs: fields.texts('nonResourceURLs'),
  };
  const isEmpty = (key: keyof PolicyRule) => item[key].length === 0;
  const problems = fields.unknown(OF_RULE);
  const add = (problem: string) => problems.push(`${fields.path()} ${problem}`);
  if (isEmpty('verbs')) add('has no verbs');
  if (isEmpty('nonResourceURLs')) {
    if (isEmpty('apiGroups')) add('has no apiGroups');
    if (isEmpty('resources')) add('has no resources');
    return { item, problems };
  }
  if (isNamespaced) add('has nonResourceURLs, which only a ClusterRole can have');
  if (!isEmpty('apiGroups') || !isEmpty('resources') || !isEmpty('resourceNames'))
    add('has both resources and nonResourceURLs');
  return { item, problems };
}

const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;

function readSelector(fields: Fields, path: string): Checked<LabelSelector> {
  const expressions = fields.list('matchExpressions').map((expression) => {
    const item = {
      key: expression.text('key'),
      operator: expression.choice('operator', OPERATORS),
      values: expression.texts('values'),
    };
    const unknown = expression.unknown(['key', 'operator', 'values']);
    return { item, problems: [...unknown, ...requirementProblems(item, path)] };
  });
  const matchLabels = fields.textMap('matchLabels');
  return {
    item: { matchLabels, matchExpressions: expressions.map(({ item }) => item) },
    problems: [
      ...fields.unknown(['matchLabels', 'matchExpressions']),
      ...labelsProblems(matchLabels, path),
      ...expressions.flatMap(({ problems }) => problems),
    ],
  };
}

function requirementProblems({ key, operator, values }: Requirement, path: string): string[] {
  const takesValues = operator === 'In' || operator === 'NotIn';
  return [
    ...(takesValues && values.length === 0 ? [`${path}: operator ${operator} needs values`] : []),
    ...(!takesValues && values.length > 0 ? [`${path}: operator ${operator} takes no values`] : []),
    ...labelProblems(key, values, path),
  ];
}

const appliedSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    metadata: v.optional(v.object({ labels: v.nullish(v.record(v.string(), v.unknown())) })),
    rules: v.optional(v.unknown()),
    aggregationRule: v.optional(v.unknown()),
  }),
);

/** The fields in the annotation of a client-side kubectl apply; none if it is missing or invalid JSON. */
function appliedFields(lastApplied: string | undefined): WrittenRole['applied'] {
  const { success, output } = v.safeParse(appliedSchema, lastApplied);
  const { metadata, rules, aggregationRule } = success ? output : {};
  return {
    rules: rules !== undefined,
    aggregationRule: aggregationRule !== undefined,
    labels: new Set(Object.keys(metadata?.labels ?? {})),
  };
}

const SUBJECT_KINDS = ['User', 'Group', 'ServiceAccount'] as const;

function readBinding(kind: WrittenBinding['kind'], manifest: Fields, location: Location): ReadManifest {
  const isNamespaced = kind === 'RoleBinding';
  const { item: metadata, problems } = readMetadata(manifest, isNamespaced);
  const { name, namespace, lacksNamespace, isLive } = metadata;
  const ref = manifest.nested('roleRef');
  const subjects = manifest.list('subjects').map((fields) => ({ fields, item: readSubject(fields) }));
  const roleRef = { kind: ref.choice('kind', ROLE_KINDS), name: ref.text('name') };
  const group = ref.optionalText('apiGroup') ?? GROUP;
  return {
    item: { kind, name, namespace, roleRef, subjects: subjects.map(({ item }) => item), isLive, location },
    lacksNamespace,
    problems: [
      ...manifest.unknown(OF_BINDING),
      ...problems,
      ...ref.unknown(OF_ROLE_REF),
      ...(group === GROUP ? [] : [`roleRef.apiGroup is ${quoted(group)}, expected ${quoted(GROUP)}`]),
      ...nameProblems('roleRef.name', roleRef.name),
      ...subjects.flatMap(({ item, fields }) => subjectProblems(item, fields, isNamespaced)),
    ],
  };
}

function readSubject(fields: Fields): Subject {
  return {
    kind: fields.choice('kind', SUBJECT_KINDS),
    name: fields.text('name'),
    namespace: fields.optionalText('namespace') ?? null,
  };
}

function subjectProblems(
  { kind, name, namespace }: Subject,
  fields: Fields,
  isNamespaced: boolean,
): string[] {
  const isAccount = kind === 'ServiceAccount';
  const own = isAccount ? '' : GROUP;
  const group = fields.optionalText('apiGroup') ?? own;
  const problems = fields.unknown(OF_SUBJECT);
  if (group !== own) problems.push(`${fields.path()}.apiGroup is ${quoted(group)}, expected ${quoted(own)}`);
  if (isAccount && !isNamespaced && namespace === null)
    problems.push(`${fields.path()}.namespace is missing`);
  if (isAccount && !SUBDOMAIN.test(name))
    problems.push(`${fields.path()}.name: ${quoted(name)} isn't a valid service account name`);
  return problems;
}

/** The problems of an object name, which is a path segment. */
function nameProblems(path: string, name: string): string[] {
  const isSegment = name !== '.' && name !== '..' && !/[/%]/.test(name);
  return isSegment
    ? []
    : [`${path}: ${quoted(name)} isn't a valid name; it can't be . or .., or contain / or %`];
}

const LABEL_NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const SUBDOMAIN = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

function labelsProblems(labels: Labels, path: string): string[] {
  return [...labels].flatMap(([key, value]) => labelProblems(key, [value], path));
}

function labelProblems(key: string, values: readonly string[], path: string): string[] {
  const [name = '', prefix, ...rest] = key.split('/').toReversed();
  const isKey =
    rest.length === 0 && LABEL_NAME.test(name) && (prefix === undefined || SUBDOMAIN.test(prefix));
  const invalid = values.filter((value) => value !== '' && !LABEL_NAME.test(value));
  return [
    ...(isKey ? [] : [`${path}: ${quoted(key)} isn't a valid label key`]),
    ...invalid.map((value) => `${path}: ${quoted(value)} isn't a valid label value`),
  ];
}
