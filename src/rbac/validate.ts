import { quoted } from '../text.ts';
import type { Fields } from './fields.ts';
import type { Binding, RbacRole } from './model.ts';

const GROUP = 'rbac.authorization.k8s.io';

/** The fields that there are; kubectl has the API server refuse all others. */
const OF_MANIFEST = ['apiVersion', 'kind', 'metadata'];
const OF_METADATA = [
  ...['name', 'generateName', 'namespace', 'labels', 'annotations', 'ownerReferences', 'finalizers'],
  ...['uid', 'resourceVersion', 'generation', 'creationTimestamp', 'managedFields', 'selfLink'],
  ...['deletionTimestamp', 'deletionGracePeriodSeconds'],
];
const OF_RULE = ['verbs', 'apiGroups', 'resources', 'resourceNames', 'nonResourceURLs'];
const OF_SELECTOR = ['matchLabels', 'matchExpressions'];
const OF_EXPRESSION = ['key', 'operator', 'values'];
const OF_ROLE_REF = ['apiGroup', 'kind', 'name'];
const OF_SUBJECT = [...OF_ROLE_REF, 'namespace'];

function unknownFields(fields: Fields, known: readonly string[]): string[] {
  return fields.unknown(known).map((path) => `unknown field ${quoted(path)}`);
}

/**
 * Why the API server refuses a role, `rules[0] has no verbs`; empty where it takes it
 * (kubernetes, pkg/apis/rbac/validation; k8s.io/apimachinery, pkg/apis/meta/v1/validation).
 */
export function roleProblems(kind: RbacRole['kind'], fields: Fields): string[] {
  const isNamespaced = kind === 'Role';
  const aggregation = isNamespaced ? undefined : fields.optionalMap('aggregationRule');
  const selectors = aggregation?.list('clusterRoleSelectors') ?? [];
  return [
    ...unknownFields(fields, [...OF_MANIFEST, 'rules', ...(isNamespaced ? [] : ['aggregationRule'])]),
    ...metadataProblems(fields),
    ...(aggregation ? unknownFields(aggregation, ['clusterRoleSelectors']) : []),
    ...fields.list('rules').flatMap((rule, index) => ruleProblems(rule, `rules[${index}]`, isNamespaced)),
    ...(aggregation && selectors.length === 0 ? ['aggregationRule has no clusterRoleSelectors'] : []),
    ...selectors.flatMap((selector, index) => selectorProblems(selector, `clusterRoleSelectors[${index}]`)),
  ];
}

function ruleProblems(rule: Fields, path: string, isNamespaced: boolean): string[] {
  const isEmpty = (key: string) => rule.texts(key).length === 0;
  const withoutVerbs = [
    ...unknownFields(rule, OF_RULE),
    ...(isEmpty('verbs') ? [`${path} has no verbs`] : []),
  ];
  if (!isEmpty('nonResourceURLs')) {
    const isMixed = !['apiGroups', 'resources', 'resourceNames'].every(isEmpty);
    return [
      ...withoutVerbs,
      ...(isNamespaced ? [`${path} has nonResourceURLs, which only a ClusterRole can have`] : []),
      ...(isMixed ? [`${path} has both resources and nonResourceURLs`] : []),
    ];
  }
  return [
    ...withoutVerbs,
    ...['apiGroups', 'resources'].filter(isEmpty).map((key) => `${path} has no ${key}`),
  ];
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

/** As `roleProblems`, of a binding. */
export function bindingProblems(kind: Binding['kind'], fields: Fields): string[] {
  const roleRef = fields.nested('roleRef');
  const group = roleRef.optionalText('apiGroup') ?? GROUP;
  const name = roleRef.optionalText('name') ?? '';
  return [
    ...unknownFields(fields, [...OF_MANIFEST, 'roleRef', 'subjects']),
    ...metadataProblems(fields),
    ...unknownFields(roleRef, OF_ROLE_REF),
    ...(group === GROUP ? [] : [`roleRef.apiGroup is ${quoted(group)}, expected ${quoted(GROUP)}`]),
    ...nameProblems('roleRef.name', name),
    ...fields
      .list('subjects')
      .flatMap((subject, index) => subjectProblems(subject, `subjects[${index}]`, kind === 'RoleBinding')),
  ];
}

function subjectProblems(subject: Fields, path: string, isNamespaced: boolean): string[] {
  const isAccount = subject.optionalText('kind') === 'ServiceAccount';
  const own = isAccount ? '' : GROUP;
  const group = subject.optionalText('apiGroup') ?? own;
  const name = subject.optionalText('name') ?? '';
  const isNowhere = isAccount && !isNamespaced && subject.optionalText('namespace') === undefined;
  return [
    ...unknownFields(subject, OF_SUBJECT),
    ...(group === own ? [] : [`${path}.apiGroup is ${quoted(group)}, expected ${quoted(own)}`]),
    ...(isNowhere ? [`${path}.namespace is missing`] : []),
    ...(isAccount && name !== '' && !SUBDOMAIN.test(name)
      ? [`${path}.name: ${quoted(name)} is no name of a service account`]
      : []),
  ];
}

function metadataProblems(fields: Fields): string[] {
  const metadata = fields.nested('metadata');
  const labels = [...metadata.textMap('labels')];
  return [
    ...unknownFields(metadata, OF_METADATA),
    ...nameProblems('metadata.name', metadata.optionalText('name') ?? ''),
    ...labels.flatMap(([key, value]) => labelProblems(key, [value], 'metadata.labels')),
  ];
}

/** A name is a segment of a path. */
function nameProblems(path: string, name: string): string[] {
  const isSegment = name !== '.' && name !== '..' && !/[/%]/.test(name);
  return isSegment ? [] : [`${path}: ${quoted(name)} is no name: it can't be . or .., or contain / or %`];
}
