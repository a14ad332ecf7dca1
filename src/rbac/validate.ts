import { quoted } from '../text.ts';
import type { Fields } from './fields.ts';
import type { Labels, PolicyRule, Subject, WrittenBinding, WrittenRole } from './model.ts';

const GROUP = 'rbac.authorization.k8s.io';

/** The fields that there are; kubectl has the API server refuse all others. */
const OF_MANIFEST = ['apiVersion', 'kind', 'metadata'];
const OF_ROLE = [...OF_MANIFEST, 'rules'];
const OF_CLUSTER_ROLE = [...OF_ROLE, 'aggregationRule'];
const OF_BINDING = [...OF_MANIFEST, 'roleRef', 'subjects'];
const OF_METADATA = [
  ...['name', 'generateName', 'namespace', 'labels', 'annotations', 'ownerReferences', 'finalizers'],
  ...['uid', 'resourceVersion', 'generation', 'creationTimestamp', 'managedFields', 'selfLink'],
  ...['deletionTimestamp', 'deletionGracePeriodSeconds'],
];
const OF_RULE = ['verbs', 'apiGroups', 'resources', 'resourceNames', 'nonResourceURLs'] as const;
const OF_SELECTOR = ['matchLabels', 'matchExpressions'];
const OF_EXPRESSION = ['key', 'operator', 'values'];
const OF_ROLE_REF = ['apiGroup', 'kind', 'name'];
const OF_SUBJECT = [...OF_ROLE_REF, 'namespace'];

function unknownFields(fields: Fields, known: readonly string[]): string[] {
  return fields.unknown(known).map((path) => `unknown field ${quoted(path)}`);
}

/** The maps of a role that have been read; those in lists in the order of what was read from them. */
interface RoleFields {
  readonly manifest: Fields;
  readonly metadata: Fields;
  readonly rules: readonly Fields[];
  readonly aggregation: Fields | undefined;
  readonly selectors: readonly Fields[];
}

/**
 * Why the API server refuses a role, `rules[0] has no verbs`; empty where it takes it
 * (kubernetes, pkg/apis/rbac/validation; k8s.io/apimachinery, pkg/apis/meta/v1/validation).
 */
export function roleProblems(role: WrittenRole, fields: RoleFields): string[] {
  const isNamespaced = role.kind === 'Role';
  const { manifest, metadata, rules, aggregation, selectors } = fields;
  return [
    ...unknownFields(manifest, isNamespaced ? OF_ROLE : OF_CLUSTER_ROLE),
    ...metadataProblems(metadata, role.name, role.labels),
    ...(aggregation ? unknownFields(aggregation, ['clusterRoleSelectors']) : []),
    ...role.rules.flatMap((rule, index) => ruleProblems(rule, rules[index], isNamespaced)),
    ...(aggregation && selectors.length === 0 ? ['aggregationRule has no clusterRoleSelectors'] : []),
    ...selectors.flatMap((selector, index) => selectorProblems(selector, `clusterRoleSelectors[${index}]`)),
  ];
}

function ruleProblems(rule: PolicyRule, fields: Fields | undefined, isNamespaced: boolean): string[] {
  if (!fields) return [];
  const isEmpty = (key: keyof PolicyRule) => rule[key].length === 0;
  const problems = unknownFields(fields, OF_RULE);
  const add = (problem: string) => problems.push(`${fields.path} ${problem}`);
  if (isEmpty('verbs')) add('has no verbs');
  if (isEmpty('nonResourceURLs')) {
    if (isEmpty('apiGroups')) add('has no apiGroups');
    if (isEmpty('resources')) add('has no resources');
    return problems;
  }
  if (isNamespaced) add('has nonResourceURLs, which only a ClusterRole can have');
  if (!isEmpty('apiGroups') || !isEmpty('resources') || !isEmpty('resourceNames'))
    add('has both resources and nonResourceURLs');
  return problems;
}

function selectorProblems(selector: Fields, path: string): string[] {
  const ofLabels = [...selector.textMap('matchLabels')].flatMap(([key, value]) =>
    labelProblems(key, [value], path),
  );
  const ofExpressions = selector.list('matchExpressions').flatMap((expression) => {
    const values = expression.texts('values');
    const operator = expression.text('operator');
    const takesValues = operator === 'In' || operator === 'NotIn';
    return [
      ...unknownFields(expression, OF_EXPRESSION),
      ...(takesValues && values.length === 0 ? [`${path}: operator ${operator} needs values`] : []),
      ...(!takesValues && values.length > 0 ? [`${path}: operator ${operator} takes no values`] : []),
      ...labelProblems(expression.text('key'), values, path),
    ];
  });
  return [...unknownFields(selector, OF_SELECTOR), ...ofLabels, ...ofExpressions];
}

const LABEL_NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const SUBDOMAIN = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

function labelProblems(key: string, values: readonly string[], path: string): string[] {
  const parts = key.split('/');
  const [name = '', prefix, ...rest] = parts.toReversed();
  const isKey =
    rest.length === 0 && LABEL_NAME.test(name) && (prefix === undefined || SUBDOMAIN.test(prefix));
  const invalid = values.filter((value) => value !== '' && !LABEL_NAME.test(value));
  return [
    ...(isKey ? [] : [`${path}: ${quoted(key)} is no name of a label`]),
    ...invalid.map((value) => `${path}: ${quoted(value)} is no value of a label`),
  ];
}

/** As `RoleFields`, of a binding. */
interface BindingFields {
  readonly manifest: Fields;
  readonly metadata: Fields;
  readonly roleRef: Fields;
  readonly subjects: readonly Fields[];
}

/** As `roleProblems`, of a binding. */
export function bindingProblems(binding: WrittenBinding, labels: Labels, fields: BindingFields): string[] {
  const { manifest, metadata, roleRef, subjects } = fields;
  const group = roleRef.optionalText('apiGroup') ?? GROUP;
  const isNamespaced = binding.kind === 'RoleBinding';
  return [
    ...unknownFields(manifest, OF_BINDING),
    ...metadataProblems(metadata, binding.name, labels),
    ...unknownFields(roleRef, OF_ROLE_REF),
    ...(group === GROUP ? [] : [`roleRef.apiGroup is ${quoted(group)}, expected ${quoted(GROUP)}`]),
    ...nameProblems('roleRef.name', binding.roleRef.name),
    ...binding.subjects.flatMap((subject, index) => subjectProblems(subject, subjects[index], isNamespaced)),
  ];
}

function subjectProblems(
  { kind, name, namespace }: Subject,
  fields: Fields | undefined,
  isNamespaced: boolean,
): string[] {
  if (!fields) return [];
  const isAccount = kind === 'ServiceAccount';
  const own = isAccount ? '' : GROUP;
  const group = fields.optionalText('apiGroup') ?? own;
  const problems = unknownFields(fields, OF_SUBJECT);
  if (group !== own) problems.push(`${fields.path}.apiGroup is ${quoted(group)}, expected ${quoted(own)}`);
  if (isAccount && !isNamespaced && namespace === null) problems.push(`${fields.path}.namespace is missing`);
  if (isAccount && !SUBDOMAIN.test(name))
    problems.push(`${fields.path}.name: ${quoted(name)} is no name of a service account`);
  return problems;
}

function metadataProblems(metadata: Fields, name: string, labels: Labels): string[] {
  return [
    ...unknownFields(metadata, OF_METADATA),
    ...nameProblems('metadata.name', name),
    ...[...labels].flatMap(([key, value]) => labelProblems(key, [value], 'metadata.labels')),
  ];
}

/** A name is a segment of a path. */
function nameProblems(path: string, name: string): string[] {
  const isSegment = name !== '.' && name !== '..' && !/[/%]/.test(name);
  return isSegment ? [] : [`${path}: ${quoted(name)} is no name: it can't be . or .., or contain / or %`];
}
