import * as v from 'valibot';
import { type Finding, type Location, locatedList, warning } from '../errors.ts';
import { printable } from '../text.ts';
import {
  type Binding,
  GET_RBAC,
  type Labels,
  MANAGED_BY,
  MANAGER,
  manifestName,
  type RbacRole,
  type WrittenBinding,
  type WrittenRole,
} from './model.ts';

const ROLE_KINDS = ['Role', 'ClusterRole'] as const;
export const RBAC_KINDS = [...ROLE_KINDS, 'RoleBinding', 'ClusterRoleBinding'] as const;
export type RbacKind = (typeof RBAC_KINDS)[number];

/** The expected content of a file with RBAC manifests. */
export const RBAC_HELP = `Pass the output of \`${GET_RBAC}\`, or manifests that kubectl can apply.`;

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

/** The message of each schema is what it expects. As in Go, null is the same as missing. */
const string = v.string('a string');
const name = v.pipe(string, v.nonEmpty());
const optionalString = v.nullish(string, '');
const strings = v.nullish(v.array(optionalString, 'a list'), []);
/** Valibot takes a list for an object. */
const map = v.custom<object>((value) => v.is(v.object({}), value) && !Array.isArray(value), 'a map');
const stringMap = v.nullish(v.pipe(map, v.record(string, optionalString)), {});

/** Only unknown fields yield an issue of this type. */
const unknownField = v.pipe(
  v.unknown(),
  v.check(() => false),
);

function fields<const Entries extends v.ObjectEntries>(entries: Entries) {
  return v.pipe(map, v.objectWithRest(entries, unknownField));
}

function list<const Item extends v.GenericSchema>(item: Item) {
  return v.array(item, 'a list');
}

/** A field that RBAC has, but that changes nothing here. */
const unread = v.optional(v.unknown());
const typeFields = { apiVersion: unread, kind: unread };

/** Its other fields grant nothing, so a misspelled one doesn't matter. */
const metadataSchema = v.pipe(
  map,
  v.object({
    name,
    namespace: optionalString,
    labels: stringMap,
    // Only objects from a server have one.
    uid: v.optional(v.unknown()),
  }),
);

const ruleSchema = fields({
  verbs: strings,
  apiGroups: strings,
  resources: strings,
  resourceNames: strings,
  nonResourceURLs: strings,
});

const selectorSchema = fields({
  matchLabels: stringMap,
  matchExpressions: v.nullish(
    list(
      fields({
        key: name,
        operator: v.picklist(['In', 'NotIn', 'Exists', 'DoesNotExist'], 'In, NotIn, Exists or DoesNotExist'),
        values: strings,
      }),
    ),
    [],
  ),
});

const roleSchema = fields({
  ...typeFields,
  metadata: metadataSchema,
  rules: v.nullish(list(ruleSchema)),
  aggregationRule: v.nullish(
    fields({ clusterRoleSelectors: v.nullish(list(v.nullish(selectorSchema, {})), []) }),
  ),
});

const bindingSchema = fields({
  ...typeFields,
  metadata: metadataSchema,
  roleRef: fields({ apiGroup: unread, kind: v.picklist(ROLE_KINDS, 'Role or ClusterRole'), name }),
  subjects: v.nullish(
    list(
      fields({
        apiGroup: unread,
        kind: v.picklist(['User', 'Group', 'ServiceAccount'], 'User, Group or ServiceAccount'),
        name,
        namespace: optionalString,
      }),
    ),
    [],
  ),
});

/** kubectl's namespace for manifests without one, unless told otherwise. */
const DEFAULT_NAMESPACE = 'default';

/**
 * Reads a role or binding. Takes everything that it can understand: the API server decides what it accepts.
 * @param content the manifest as JSON
 * @param location null for one that every cluster has
 * @throws ValiError for a missing name, or a field of the wrong type
 */
export function readManifest(
  kind: RbacKind,
  content: unknown,
  location: Location | null,
): WrittenRole | WrittenBinding {
  const isRole = kind === 'Role' || kind === 'ClusterRole';
  return isRole ? readRole(kind, content, location) : readBinding(kind, content, location);
}

function readRole(kind: WrittenRole['kind'], content: unknown, location: Location | null): WrittenRole {
  const { output, unknownFields } = parsed(roleSchema, content);
  const { metadata, rules, aggregationRule } = output;
  const selectors = kind === 'Role' ? undefined : aggregationRule?.clusterRoleSelectors;
  return {
    kind,
    ...placeOf(metadata, kind === 'Role'),
    labels: mapOf(metadata.labels),
    rules: rules ?? [],
    selectors: selectors?.map((one) => ({ ...one, matchLabels: mapOf(one.matchLabels) })) ?? null,
    statesRules: Boolean(rules ?? selectors),
    unknownFields,
    location,
  };
}

function readBinding(
  kind: WrittenBinding['kind'],
  content: unknown,
  location: Location | null,
): WrittenBinding {
  const { output, unknownFields } = parsed(bindingSchema, content);
  const { metadata, roleRef, subjects } = output;
  return {
    kind,
    ...placeOf(metadata, kind === 'RoleBinding'),
    roleRef: { kind: roleRef.kind, name: roleRef.name },
    subjects: subjects.map(({ kind, name, namespace }) => ({ kind, name, namespace: namespace || null })),
    isManaged: metadata.labels[MANAGED_BY] === MANAGER,
    unknownFields,
    location,
  };
}

/** @throws ValiError for any problem but unknown fields */
function parsed<Schema extends v.GenericSchema>(schema: Schema, content: unknown) {
  const result = v.safeParse(schema, content);
  if (result.success) return { output: result.output, unknownFields: [] };
  const error = result.issues.find(({ type }) => type !== 'check');
  if (error || !result.typed) throw new v.ValiError([error ?? result.issues[0]]);
  return { output: result.output, unknownFields: result.issues.map(({ path }) => fieldText(path)) };
}

/** `rules[0].verbs` */
export function fieldText(path: v.BaseIssue<unknown>['path']): string {
  const steps = (path ?? []).map(({ key }) => (typeof key === 'number' ? `[${key}]` : `.${key}`));
  return steps.join('').replace(/^\./, '');
}

function placeOf({ name, namespace, uid }: v.InferOutput<typeof metadataSchema>, isNamespaced: boolean) {
  return {
    name,
    namespace: isNamespaced ? namespace || DEFAULT_NAMESPACE : null,
    lacksNamespace: isNamespaced && namespace === '',
    isLive: uid !== undefined && uid !== null,
  };
}

function mapOf(strings: Readonly<Record<string, string>>): Labels {
  return new Map(Object.entries(strings));
}
