import type { AccessEntry } from '../eks.ts';

/** A format's names for the fields of an access entry. */
type FieldNames = Readonly<
  Record<
    'principalArn' | 'type' | 'username' | 'groups' | 'policies' | 'policyArn' | 'scope' | 'namespaces',
    string
  >
>;

/** The fields of an access entry as lines of YAML, without fields that are not set. */
export function entryYaml(
  { principalArn, type, username, kubernetesGroups, policies }: AccessEntry,
  names: FieldNames,
  quote: (text: string) => string,
): string[] {
  const list = (name: string, items: readonly string[]) => [
    `${name}:`,
    ...items.map((item) => `  - ${quote(item)}`),
  ];
  const policyItems = policies.flatMap(({ policyArn, scope }) => [
    `  - ${names.policyArn}: ${quote(policyArn)}`,
    `    ${names.scope}:`,
    `      ${names.type}: ${scope === 'cluster' ? 'cluster' : 'namespace'}`,
    ...(scope === 'cluster' ? [] : list(names.namespaces, scope.namespaces).map((line) => `      ${line}`)),
  ]);
  return [
    `${names.principalArn}: ${quote(principalArn)}`,
    ...(type === 'STANDARD' ? [] : [`${names.type}: ${quote(type)}`]),
    ...(username === null ? [] : [`${names.username}: ${quote(username)}`]),
    ...(kubernetesGroups.length > 0 ? list(names.groups, kubernetesGroups) : []),
    ...(policies.length > 0 ? [`${names.policies}:`, ...policyItems] : []),
  ];
}
