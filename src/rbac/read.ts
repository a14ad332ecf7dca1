import { type AliasBinding, bindAliases } from '../authenticator/aliases.ts';
import { Decoder, type MapValue, type Value } from '../authenticator/decode.ts';
import { UnparsableError } from '../authenticator/loaded.ts';
import { type Finding, type Location, refusal } from '../errors.ts';
import { printable, quoted } from '../text.ts';
import { lineIndex } from '../yaml/lines.ts';
import { readManifests } from '../yaml/manifests.ts';
import {
  type MappingNode,
  mappingAt,
  nodesOf,
  type Shrink,
  scalarAt,
  type YamlNode,
  YamlSyntaxError,
} from '../yaml/node.ts';
import { Fields, InvalidManifest } from './fields.ts';
import {
  type Located,
  located,
  manifestsFinding,
  RBAC_HELP,
  RBAC_KINDS,
  type RbacKind,
  REFUSED,
  readManifest,
} from './manifest.ts';
import type { WrittenBinding, WrittenRole } from './model.ts';

/** The roles and bindings of one file, before aggregation. */
export interface RbacFile {
  readonly file: string;
  readonly roles: readonly WrittenRole[];
  readonly bindings: readonly WrittenBinding[];
  /** The ones that come from a server: `ClusterRole edit`, `RoleBinding payments/devs`. */
  readonly live: ReadonlySet<string>;
  readonly findings: readonly Finding[];
}

/** The only version that servers support since Kubernetes 1.22. */
const API_VERSION = 'rbac.authorization.k8s.io/v1';

/**
 * Reads the roles and bindings in a file of manifests: the output of `kubectl get … -o yaml|json`, manifests in Git,
 * or the output of Helm or Kustomize. Skips everything else.
 * @throws Failure (exit 2) if it is invalid YAML, has no manifests, or has a role or binding in an invalid form
 */
export function readRbacFile(source: string, file: string): RbacFile {
  const positionOf = lineIndex(source);
  const locationOf = (offset: number): Location => ({ file, ...positionOf(offset) });
  try {
    return readEarly(source, file, locationOf) ?? read(source, new Reader(file, locationOf));
  } catch (error) {
    if (error instanceof InvalidManifest)
      throw refusal({ message: error.message, location: locationOf(error.offset), help: RBAC_HELP });
    if (!(error instanceof UnparsableError || error instanceof YamlSyntaxError)) throw error;
    throw refusal({
      message: `invalid YAML: ${printable(error.message)}`,
      location: locationOf(Math.min(error.offset, source.length)),
      help: `${RBAC_HELP}\nFor a Helm chart, pass the output of \`helm template\`.`,
    });
  }
}

/** The type that a list implies for its items: items of a `RoleList` omit it. */
interface TypeMeta {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
}

/**
 * Reads each role and binding as soon as it is parsed, to keep only the relevant parts of thousands. Null if the
 * result might differ from reading them in place: one is nested in something else, or something is wrong.
 */
function readEarly(source: string, file: string, locationOf: (offset: number) => Location): RbacFile | null {
  if (source.includes('&')) return null;
  const reader = new Reader(file, locationOf, []);
  try {
    const found = read(source, reader);
    return reader.areAllTaken ? found : null;
  } catch {
    // Reading in place reports the problem, or yields the same result.
    return null;
  }
}

function read(source: string, reader: Reader): RbacFile {
  const [hasAliases, hasAnchors] = [source.includes('*'), source.includes('&')];
  for (const document of readManifests(source, reader.withoutContent(hasAnchors))) {
    if (!document) continue;
    const aliases = hasAliases ? bindAliases(document) : NO_ALIASES;
    reader.readValue(new Decoder(aliases).decode(document), {});
  }
  return reader.file();
}

const NO_ALIASES: AliasBinding = new Map();

type ReadManifest = ReturnType<typeof readManifest>;

/** A manifest whose content has been read and dropped. */
interface EmptiedNode extends MappingNode {
  readonly manifest: ReadManifest;
}

function isEmptied(node: MappingNode): node is EmptiedNode {
  return 'manifest' in node;
}

class Reader {
  private readonly path: string;
  private readonly locationOf: (offset: number) => Location;
  /** The start offsets of manifests that were read before their surroundings were known, in order. */
  private readonly early: number[] | null;
  private taken = 0;
  private readonly roles: WrittenRole[] = [];
  private readonly bindings: WrittenBinding[] = [];
  private readonly live = new Set<string>();
  private readonly withoutNamespace: Located[] = [];
  private readonly ofAnotherApi: Located[] = [];
  private readonly refused: Located[] = [];
  private hasManifests = false;

  /** @param early null: read manifests in place */
  constructor(path: string, locationOf: (offset: number) => Location, early: number[] | null = null) {
    this.path = path;
    this.locationOf = locationOf;
    this.early = early;
  }

  get areAllTaken(): boolean {
    return this.taken === this.early?.length;
  }

  file(): RbacFile {
    const { path: file, roles, bindings, live } = this;
    if (!this.hasManifests)
      throw refusal({ message: 'has no Kubernetes manifests', location: { file }, help: RBAC_HELP });
    return { file, roles, bindings, live, findings: this.findings() };
  }

  /** Drops the content of other kinds as soon as it is read: that is almost all of a large file. */
  withoutContent(hasAnchors: boolean): Shrink {
    return (node): YamlNode => {
      if (node.kind !== 'mapping') return node;
      const [kind, apiVersion] = [scalarAt(node, 'kind'), scalarAt(node, 'apiVersion')];
      // A subject may also have both, but no metadata.
      if (kind === undefined || apiVersion === undefined || !mappingAt(node, 'metadata')) return node;
      if (isRbacKind(kind)) return this.early ? this.emptied(node, this.early) : node;
      if (isList(kind)) return node;
      if (hasAnchors && [...nodesOf(node)].some((one) => one.kind !== 'alias' && one.anchor !== null))
        return node;
      this.hasManifests = true;
      // Ignores manifests nested in other kinds.
      while ((this.early?.at(-1) ?? -1) >= node.start) this.early?.pop();
      return { ...node, pairs: [] };
    };
  }

  /**
   * The node without its content; unchanged if it is not a role or binding after all, or something is wrong with it.
   */
  private emptied(node: MappingNode, early: number[]): MappingNode {
    try {
      const value = new Decoder(NO_ALIASES).decode(node);
      if (value.type !== 'map' || textIn(value, 'apiVersion') !== API_VERSION) return node;
      const kind = textIn(value, 'kind');
      if (!isRbacKind(kind)) return node;
      const emptied: EmptiedNode = { ...node, pairs: [], manifest: this.read(kind, value) };
      early.push(node.start);
      return emptied;
    } catch (error) {
      if (error instanceof InvalidManifest || error instanceof UnparsableError) return node;
      throw error;
    }
  }

  private read(kind: RbacKind, value: MapValue): ReadManifest {
    return readManifest(kind, new Fields(value), this.locationOf(value.node.start));
  }

  readValue(value: Value, outer: TypeMeta): void {
    if (value.type !== 'map') return;
    if (isEmptied(value.node)) {
      this.hasManifests = true;
      this.taken += 1;
      this.keep(value.node.manifest);
      return;
    }
    const kind = textIn(value, 'kind') ?? outer.kind;
    const apiVersion = textIn(value, 'apiVersion') ?? outer.apiVersion;
    if (kind === undefined) return;
    this.hasManifests = true;
    const items = value.members.get('items');
    if (isRbacKind(kind)) {
      if (apiVersion === API_VERSION) this.keep(this.read(kind, value));
      else if (hasRbacContent(value)) this.ofAnotherApi.push(this.unread(kind, apiVersion, value));
    } else if (isList(kind) && items?.type === 'list') {
      const inner = kind === 'List' ? {} : { kind: kind.slice(0, -'List'.length), apiVersion };
      for (const item of items.items) this.readValue(item, inner);
    }
  }

  /** Keeps a manifest, unless the API server would reject it: then it is in no cluster. */
  private keep({ item, lacksNamespace, problems }: ReadManifest): void {
    const { kind, name, namespace, isLive, location } = item;
    if (lacksNamespace) this.withoutNamespace.push({ text: printable(`${kind} ${name}`), location });
    if (isLive) this.live.add(`${kind} ${namespace === null ? name : `${namespace}/${name}`}`);
    if (!isLive && problems.length > 0) this.refused.push(located(item, problems.join('; ')));
    else if ('roleRef' in item) this.bindings.push(item);
    else this.roles.push(item);
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
        'no namespace, so assuming namespace "default", like kubectl',
        'Add metadata.namespace if it belongs in another.',
        this.withoutNamespace,
      ),
      ...manifestsFinding(
        'rbac-api-version',
        "skipped, because the apiVersion isn't for RBAC",
        'If it is meant for RBAC, set apiVersion: rbac.authorization.k8s.io/v1.',
        this.ofAnotherApi,
      ),
      ...manifestsFinding('rbac-refused', REFUSED, 'Fix them, or remove them from the files.', this.refused),
    ];
  }
}

function isRbacKind(kind: string | undefined): kind is RbacKind {
  return RBAC_KINDS.some((one) => one === kind);
}

/** Other APIs have kinds with these names, too. */
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
