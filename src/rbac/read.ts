import { aliasesIn } from '../authenticator/aliases.ts';
import { Decoder } from '../authenticator/decode.ts';
import { UnparsableError } from '../authenticator/loaded.ts';
import { type Failure, type Finding, type Location, refusal } from '../errors.ts';
import { printable, quoted } from '../text.ts';
import { lineIndex } from '../yaml/lines.ts';
import { type Manifest, manifestsIn, readManifests } from '../yaml/manifests.ts';
import { YamlSyntaxError } from '../yaml/node.ts';
import type { LabelSelector, WrittenRole } from './aggregate.ts';
import { Fields, InvalidManifest } from './fields.ts';
import type { Binding, PolicyRule, Subject } from './model.ts';

/** The roles and bindings of one file, before roles are aggregated. */
export interface RbacFile {
  readonly file: string;
  readonly roles: readonly WrittenRole[];
  readonly bindings: readonly Binding[];
  /** Whether kubectl got them from a cluster, so that the roles that every cluster has are among them. */
  readonly isLive: boolean;
  readonly findings: readonly Finding[];
}

const ROLE_KINDS = ['Role', 'ClusterRole'] as const;
const BINDING_KINDS = ['RoleBinding', 'ClusterRoleBinding'] as const;
const API_GROUP = /^rbac\.authorization\.k8s\.io\//;
/** Where kubectl puts what names no namespace, unless it is told otherwise. */
const DEFAULT_NAMESPACE = 'default';

/**
 * Reads the roles and bindings among the manifests of a file: what `kubectl get … -o yaml|json` prints, manifests in Git, the
 * output of Helm or Kustomize. Everything else in it is passed over.
 * @throws Failure (exit 2) where it is invalid YAML, or a role or binding has not the form that the API server takes
 */
export function readRbacFile(source: string, file: string): RbacFile {
  const positionOf = lineIndex(source);
  const locationOf = (offset: number): Location => ({ file, ...positionOf(offset) });
  try {
    return readFile(source, file, locationOf);
  } catch (error) {
    if (error instanceof InvalidManifest)
      throw refusal({ message: error.message, location: locationOf(error.offset), help: RBAC_HELP });
    if (error instanceof UnparsableError || error instanceof YamlSyntaxError)
      throw syntaxFailure(error.message, locationOf(Math.min(error.offset, source.length)));
    throw error;
  }
}

/** What a file of RBAC manifests has to be. */
export const RBAC_HELP =
  'Give what `kubectl get clusterroles,clusterrolebindings,roles,rolebindings -A -o yaml` prints, or manifests that kubectl can apply.';

function syntaxFailure(message: string, location: Location): Failure {
  const help = `${RBAC_HELP}\nOf a Helm chart, give what \`helm template\` prints.`;
  return refusal({ message: `invalid YAML: ${printable(message)}`, location, help });
}

function readFile(source: string, file: string, locationOf: (offset: number) => Location): RbacFile {
  const roles: WrittenRole[] = [];
  const bindings: Binding[] = [];
  const findings: Finding[] = [];
  let isLive = false;
  for (const manifest of manifestsIn(readManifests(source))) {
    const role = ROLE_KINDS.find((kind) => kind === manifest.kind);
    const binding = BINDING_KINDS.find((kind) => kind === manifest.kind);
    if (!(role ?? binding) || !API_GROUP.test(manifest.apiVersion ?? '')) continue;
    const fields = new Fields(new Decoder(aliasesIn(source, manifest.node)).decode(manifest.node), '');
    const location = locationOf(manifest.node.start);
    const metadata = metadataOf(fields, manifest, location, findings);
    isLive ||= metadata.isLive;
    if (role) roles.push(roleOf(role, fields, metadata));
    else if (binding) bindings.push(bindingOf(binding, fields, metadata));
  }
  return { file, roles, bindings, isLive, findings };
}

interface Metadata {
  readonly name: string;
  readonly namespace: string | null;
  readonly labels: ReadonlyMap<string, string>;
  readonly isLive: boolean;
  readonly location: Location;
}

function metadataOf(
  fields: Fields,
  { kind = '' }: Manifest,
  location: Location,
  findings: Finding[],
): Metadata {
  const metadata = fields.nested('metadata');
  const name = metadata.text('name');
  const stated = metadata.optionalText('namespace');
  const isNamespaced = !kind.startsWith('Cluster');
  if (isNamespaced && stated === undefined) {
    const message = `${kind} ${quoted(name)} names no namespace: read as one in ${quoted(DEFAULT_NAMESPACE)}, where kubectl puts it`;
    const help = 'Add metadata.namespace if it belongs to another.';
    findings.push({ severity: 'warning', code: 'rbac-no-namespace', message, location, help });
  }
  return {
    name,
    namespace: isNamespaced ? (stated ?? DEFAULT_NAMESPACE) : null,
    labels: metadata.textMap('labels'),
    isLive: metadata.has('uid'),
    location,
  };
}

function roleOf(kind: WrittenRole['kind'], fields: Fields, metadata: Metadata): WrittenRole {
  const { name, namespace, labels, location, isLive } = metadata;
  const rules = fields.list('rules').map(
    (rule): PolicyRule => ({
      verbs: rule.texts('verbs'),
      apiGroups: rule.texts('apiGroups'),
      resources: rule.texts('resources'),
      resourceNames: rule.texts('resourceNames'),
      nonResourceURLs: rule.texts('nonResourceURLs'),
    }),
  );
  const aggregation = kind === 'ClusterRole' && !isLive ? fields.optionalMap('aggregationRule') : undefined;
  const selectors = aggregation?.list('clusterRoleSelectors').map(selectorOf) ?? null;
  return { kind, name, namespace, labels, rules, selectors, location };
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

function bindingOf(kind: Binding['kind'], fields: Fields, metadata: Metadata): Binding {
  const { name, namespace, location } = metadata;
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
    location,
  };
}
