import * as v from 'valibot';
import { bindAliases } from '../authenticator/aliases.ts';
import { Decoder, type MapValue, type Value } from '../authenticator/decode.ts';
import { UnparsableError } from '../authenticator/loaded.ts';
import { type Failure, type Finding, type Location, locatedList, refusal } from '../errors.ts';
import { printable, quoted } from '../text.ts';
import { lineIndex } from '../yaml/lines.ts';
import { readManifests } from '../yaml/manifests.ts';
import { mappingAt, nodesOf, type Reduce, scalarAt, YamlSyntaxError } from '../yaml/node.ts';
import { Fields, InvalidManifest } from './fields.ts';
import {
  type AppliedFields,
  type LabelSelector,
  manifestName,
  type PolicyRule,
  type Subject,
  type WrittenBinding,
  type WrittenRole,
} from './model.ts';
import { bindingProblems, roleProblems } from './validate.ts';

export type RbacKind = WrittenRole['kind'] | WrittenBinding['kind'];

/** The roles and bindings of one file, before roles are aggregated. */
export interface RbacFile {
  readonly file: string;
  readonly roles: readonly WrittenRole[];
  readonly bindings: readonly WrittenBinding[];
  /** Those that come from a server: `ClusterRole edit`, `RoleBinding payments/devs`. */
  readonly live: ReadonlySet<string>;
  readonly findings: readonly Finding[];
}

const ROLE_KINDS = ['Role', 'ClusterRole'] as const;
const BINDING_KINDS = ['RoleBinding', 'ClusterRoleBinding'] as const;
export const RBAC_KINDS: readonly RbacKind[] = [...ROLE_KINDS, ...BINDING_KINDS];
/** The only version that servers have since Kubernetes 1.22. */
const API_VERSION = 'rbac.authorization.k8s.io/v1';
/** Where kubectl puts what names no namespace, unless it is told otherwise. */
const DEFAULT_NAMESPACE = 'default';
/** Where a client-side kubectl apply keeps what it wrote. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
/**
 * Reads the roles and bindings among the manifests of a file: what `kubectl get … -o yaml|json` prints, manifests in Git, the
 * output of Helm or Kustomize. Everything else in it is passed over.
 * @throws Failure (exit 2) where it is invalid YAML or has no manifests, or a role or binding has not the form that the API server takes
 */
export function readRbacFile(source: string, file: string): RbacFile {
  const positionOf = lineIndex(source);
  const locationOf = (offset: number): Location => ({ file, ...positionOf(offset) });
  try {
    return new Reader(file, locationOf).read(source);
  } catch (error) {
    if (error instanceof InvalidManifest)
      throw refusal({ message: error.message, location: locationOf(error.offset), help: RBAC_HELP });
    if (error instanceof UnparsableError || error instanceof YamlSyntaxError)
      throw syntaxFailure(error.message, locationOf(Math.min(error.offset, source.length)));
    throw error;
  }
}

export const REFUSED = 'the API server refuses these manifests, so they grant no permissions';

/** What a file of RBAC manifests has to be. */
export const RBAC_HELP =
  'Give what `kubectl get clusterroles,clusterrolebindings,roles,rolebindings -A -o yaml` prints, or manifests that kubectl can apply.';

function syntaxFailure(message: string, location: Location): Failure {
  const help = `${RBAC_HELP}\nOf a Helm chart, give what \`helm template\` prints.`;
  return refusal({ message: `invalid YAML: ${printable(message)}`, location, help });
}

/** What a list says of its items, as far as they leave it out themselves: those of `RoleList` do. */
interface TypeMeta {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
}

class Reader {
  private readonly file: string;
  private readonly locationOf: (offset: number) => Location;
  private readonly roles: WrittenRole[] = [];
  private readonly bindings: WrittenBinding[] = [];
  private readonly live = new Set<string>();
  private readonly withoutNamespace: Located[] = [];
  private readonly ofAnotherApi: Located[] = [];
  private readonly refused: Located[] = [];
  private hasManifests = false;

  constructor(file: string, locationOf: (offset: number) => Location) {
    this.file = file;
    this.locationOf = locationOf;
  }

  read(source: string): RbacFile {
    const [hasAliases, hasAnchors] = [source.includes('*'), source.includes('&')];
    for (const document of readManifests(source, this.withoutContent(hasAnchors))) {
      if (!document) continue;
      const aliases = hasAliases ? bindAliases(document) : new Map();
      this.readValue(new Decoder(aliases).decode(document), {});
    }
    const { file, roles, bindings, live } = this;
    if (!this.hasManifests)
      throw refusal({ message: 'has no Kubernetes manifests', location: { file }, help: RBAC_HELP });
    return { file, roles, bindings, live, findings: this.findings() };
  }

  /** Drops the content of what is of another kind, as soon as it is read: of a large file almost all. */
  private withoutContent(hasAnchors: boolean): Reduce {
    return (node) => {
      if (node.kind !== 'mapping') return node;
      const [kind, apiVersion] = [scalarAt(node, 'kind'), scalarAt(node, 'apiVersion')];
      // A subject may have both, too, but no metadata.
      if (kind === undefined || apiVersion === undefined || !mappingAt(node, 'metadata')) return node;
      if (isRbacKind(kind) || isList(kind)) return node;
      if (hasAnchors && [...nodesOf(node)].some((one) => one.kind !== 'alias' && one.anchor !== null))
        return node;
      this.hasManifests = true;
      return { ...node, pairs: [] };
    };
  }

  private readValue(value: Value, outer: TypeMeta): void {
    if (value.type !== 'map') return;
    const kind = textIn(value, 'kind') ?? outer.kind;
    const apiVersion = textIn(value, 'apiVersion') ?? outer.apiVersion;
    if (kind === undefined) return;
    this.hasManifests = true;
    const items = value.members.get('items');
    if (isRbacKind(kind)) {
      if (apiVersion === API_VERSION) this.readManifest(kind, new Fields(value, ''), value.node.start);
      else if (hasRbacContent(value)) this.ofAnotherApi.push(this.unread(kind, apiVersion, value));
    } else if (isList(kind) && items?.type === 'list') {
      const inner = kind === 'List' ? {} : { kind: kind.slice(0, -'List'.length), apiVersion };
      for (const item of items.items) this.readValue(item, inner);
    }
  }

  private readManifest(kind: string, fields: Fields, start: number): void {
    const role = ROLE_KINDS.find((one) => one === kind);
    const binding = BINDING_KINDS.find((one) => one === kind);
    if (role) {
      const metadata = this.metadataOf(role, fields, start);
      this.keep(this.roles, roleOf(role, fields, metadata), roleProblems(role, fields));
    } else if (binding) {
      const metadata = this.metadataOf(binding, fields, start);
      this.keep(this.bindings, bindingOf(binding, fields, metadata), bindingProblems(binding, fields));
    }
  }

  /** Whatever the API server refuses is in no cluster, and counts for nothing. */
  private keep<Item extends WrittenRole | WrittenBinding>(
    kept: Item[],
    item: Item,
    problems: readonly string[],
  ): void {
    if (item.isLive || problems.length === 0) kept.push(item);
    else
      this.refused.push({
        text: `${manifestName(item)} (${printable(problems.join('; '))})`,
        location: item.location ?? { file: this.file },
      });
  }

  private metadataOf(kind: RbacKind, fields: Fields, start: number): Metadata {
    const metadata = fields.nested('metadata');
    const name = metadata.text('name');
    const stated = metadata.optionalText('namespace');
    const isNamespaced = kind === 'Role' || kind === 'RoleBinding';
    const isLive = metadata.has('uid');
    const location = this.locationOf(start);
    if (isNamespaced && stated === undefined)
      this.withoutNamespace.push({ text: printable(`${kind} ${name}`), location });
    const namespace = isNamespaced ? (stated ?? DEFAULT_NAMESPACE) : null;
    if (isLive) this.live.add(`${kind} ${namespace === null ? name : `${namespace}/${name}`}`);
    const lastApplied = metadata.optionalMap('annotations')?.optionalText(LAST_APPLIED);
    return { name, namespace, labels: metadata.textMap('labels'), isLive, lastApplied, location };
  }

  private unread(kind: string, apiVersion: string | undefined, { members, node }: MapValue): Located {
    const metadata = members.get('metadata');
    const name = (metadata?.type === 'map' && textIn(metadata, 'name')) || '(no name)';
    const reason = apiVersion === undefined ? 'no apiVersion' : quoted(apiVersion);
    return { text: `${printable(`${kind} ${name}`)} (${reason})`, location: this.locationOf(node.start) };
  }

  private findings(): Finding[] {
    return [
      ...manifestsFinding(
        'rbac-no-namespace',
        `no namespace, so read as of namespace "${DEFAULT_NAMESPACE}", where kubectl puts it`,
        'Add metadata.namespace if it belongs to another.',
        this.withoutNamespace,
      ),
      ...manifestsFinding(
        'rbac-api-version',
        'not read, because the apiVersion is not that of RBAC',
        'If it is meant for RBAC, write apiVersion: rbac.authorization.k8s.io/v1.',
        this.ofAnotherApi,
      ),
      ...manifestsFinding(
        'rbac-refused',
        REFUSED,
        'Correct them, or remove them from the files.',
        this.refused,
      ),
    ];
  }
}

interface Located {
  readonly text: string;
  readonly location: Location;
}

/** Warns of manifests, at the first of them; of none, nothing. */
export function manifestsFinding(
  code: string,
  message: string,
  help: string,
  items: readonly Located[],
): Finding[] {
  const located = locatedList(items);
  if (!located) return [];
  const { list, location } = located;
  return [{ severity: 'warning', code, message: `${message}: ${list}`, location, help }];
}

function isRbacKind(kind: string): boolean {
  return RBAC_KINDS.some((one) => one === kind);
}

/** Others have kinds of these names, too. */
function hasRbacContent({ members }: MapValue): boolean {
  return ['roleRef', 'rules', 'aggregationRule'].some((key) => members.has(key));
}

function isList(kind: string): boolean {
  return kind.endsWith('List');
}

function textIn({ members }: MapValue, key: string): string | undefined {
  const value = members.get(key);
  return value?.type === 'string' ? value.text : undefined;
}

interface Metadata {
  readonly name: string;
  readonly namespace: string | null;
  readonly labels: ReadonlyMap<string, string>;
  readonly isLive: boolean;
  /** Of a role from a server, what the last kubectl apply wrote, as JSON. */
  readonly lastApplied: string | undefined;
  readonly location: Location;
}

function roleOf(kind: WrittenRole['kind'], fields: Fields, metadata: Metadata): WrittenRole {
  const { name, namespace, labels, location, isLive, lastApplied } = metadata;
  const rules = fields.list('rules').map(
    (rule): PolicyRule => ({
      verbs: rule.texts('verbs'),
      apiGroups: rule.texts('apiGroups'),
      resources: rule.texts('resources'),
      resourceNames: rule.texts('resourceNames'),
      nonResourceURLs: rule.texts('nonResourceURLs'),
    }),
  );
  const aggregation = kind === 'ClusterRole' ? fields.optionalMap('aggregationRule') : undefined;
  const selectors = aggregation?.list('clusterRoleSelectors').map(selectorOf) ?? null;
  const stated = {
    rules: fields.has('rules'),
    aggregationRule: aggregation !== undefined,
    labels: new Set(labels.keys()),
  };
  const applied = isLive ? appliedFields(lastApplied) : stated;
  return { kind, name, namespace, labels, rules, selectors, isLive, applied, location };
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

/** What the annotation of a client-side kubectl apply says; nothing where there is none, or none that kubectl could read. */
function appliedFields(lastApplied: string | undefined): AppliedFields {
  const { success, output } = v.safeParse(appliedSchema, lastApplied);
  const { metadata, rules, aggregationRule } = success ? output : {};
  return {
    rules: rules !== undefined,
    aggregationRule: aggregationRule !== undefined,
    labels: new Set(Object.keys(metadata?.labels ?? {})),
  };
}

const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;

function selectorOf(fields: Fields): LabelSelector {
  const matchExpressions = fields.list('matchExpressions').map((expression) => ({
    key: expression.text('key'),
    operator: expression.choice('operator', OPERATORS),
    values: expression.texts('values'),
  }));
  return { matchLabels: fields.textMap('matchLabels'), matchExpressions };
}

const SUBJECT_KINDS = ['User', 'Group', 'ServiceAccount'] as const;

function bindingOf(kind: WrittenBinding['kind'], fields: Fields, metadata: Metadata): WrittenBinding {
  const { name, namespace, isLive, location } = metadata;
  const roleRef = fields.nested('roleRef');
  const subjects = fields.list('subjects').map(
    (subject): Subject => ({
      kind: subject.choice('kind', SUBJECT_KINDS),
      name: subject.text('name'),
      namespace: subject.optionalText('namespace') ?? null,
    }),
  );
  return {
    kind,
    name,
    namespace,
    roleRef: { kind: roleRef.choice('kind', ROLE_KINDS), name: roleRef.text('name') },
    subjects,
    isLive,
    location,
  };
}
