import * as v from 'valibot';
import { singularOf } from '../../src/rbac/question.ts';

/** A file of src/rbac/data, without its source and date. */
export interface KubernetesData {
  /** `1.36` */
  readonly version: string;
  readonly manifests: readonly object[];
  readonly resources: readonly object[];
}

export const KINDS = ['ClusterRole', 'Role', 'ClusterRoleBinding', 'RoleBinding'] as const;

const objectSchema = v.object({
  metadata: v.object({
    name: v.string(),
    namespace: v.optional(v.string()),
    labels: v.optional(v.record(v.string(), v.string())),
  }),
  aggregationRule: v.optional(v.unknown()),
  rules: v.nullish(v.array(v.unknown())),
  roleRef: v.optional(v.unknown()),
  subjects: v.optional(v.array(v.unknown())),
});

export const objectsSchema = v.array(objectSchema);

/** Roles or bindings that the API server creates, in the order in which it lists them. */
export function manifestsOf(kind: string, objects: v.InferOutput<typeof objectsSchema>): object[] {
  const keyOf = ({ metadata: { namespace = '', name } }: (typeof objects)[number]) => `${namespace}/${name}`;
  const sorted = objects.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return sorted.map(({ rules, ...manifest }) => {
    // A cluster's controller writes the rules of aggregated roles.
    const isPlain = rules && !manifest.aggregationRule;
    return { kind, ...manifest, ...(isPlain && { rules }) };
  });
}

export const resourcesSchema = v.object({
  resources: v.array(
    v.object({
      name: v.string(),
      singularName: v.string(),
      kind: v.string(),
      namespaced: v.boolean(),
      shortNames: v.optional(v.array(v.string()), []),
    }),
  ),
});

/** Resources that an API group serves. */
export function resourcesOf(
  apiGroup: string,
  { resources }: v.InferOutput<typeof resourcesSchema>,
): object[] {
  const parts = resources.map((one) => one.name.split('/', 2));
  return resources.flatMap(({ name, singularName, kind, namespaced, shortNames }) => {
    if (name.includes('/')) return [];
    if ((name !== 'endpoints' && singularOf(name) !== singularName) || kind.toLowerCase() !== singularName)
      throw new Error(`the program derives another singular from ${name} than ${singularName}`);
    const subresources = parts.flatMap(([of, part]) => (of === name && part !== undefined ? part : []));
    return [{ name, apiGroup, shortNames, isNamespaced: namespaced, subresources }];
  });
}

/** The text of a file in src/rbac/data: a line for each rule, binding and resource, so that a diff shows them. */
export function dataText(data: KubernetesData, source: string, date: string): string {
  const lines = (name: string, items: readonly string[]) =>
    `  "${name}": [\n    ${items.join(',\n    ')}\n  ]`;
  const about = Object.entries({ version: data.version, source, date });
  const parts = [
    ...about.map(([name, value]) => `  "${name}": ${lineOf(value)}`),
    lines('manifests', data.manifests.map(manifestText)),
    lines('resources', data.resources.map(lineOf)),
  ];
  return `{\n${parts.join(',\n')}\n}\n`;
}

function manifestText(manifest: object): string {
  if (!('rules' in manifest && Array.isArray(manifest.rules))) return lineOf(manifest);
  const rules = manifest.rules.map((rule) => `      ${lineOf(rule)}`).join(',\n');
  return lineOf({ ...manifest, rules: [] }).replace(/\[\] }$/, `[\n${rules}\n    ] }`);
}

function lineOf(value: unknown): string {
  return JSON.stringify(value, null, 1).replace(/\n */g, ' ').replaceAll('[ ', '[').replaceAll(' ]', ']');
}
