import * as v from 'valibot';
import { bindAliases } from '../aws-auth/aliases.ts';
import { Decoder, describeValue, type MapValue, type Value } from '../aws-auth/decode.ts';
import { UnparsableError } from '../aws-auth/loaded.ts';
import { type Failure, type Finding, type Location, refusal } from '../errors.ts';
import { otherKind } from '../input-kind.ts';
import { printable, quoted } from '../text.ts';
import { lineIndex } from '../yaml/lines.ts';
import { readManifests } from '../yaml/manifests.ts';
import {
  allNodesIn,
  type MappingNode,
  mappingAt,
  pairsNamed,
  scalarAt,
  type YamlNode,
  YamlSyntaxError,
} from '../yaml/node.ts';
import {
  fieldText,
  type Located,
  located,
  manifestsFinding,
  RBAC_HELP,
  RBAC_KINDS,
  type RbacKind,
  readManifest,
} from './manifest.ts';
import type { WrittenBinding, WrittenRole } from './model.ts';

/** The roles and bindings of one file, before aggregation. */
export interface RbacFile {
  readonly file: string;
  readonly roles: readonly WrittenRole[];
  readonly bindings: readonly WrittenBinding[];
  readonly findings: readonly Finding[];
}

const API_GROUP = 'rbac.authorization.k8s.io/';

/**
 * Reads the roles and bindings in a file of manifests: the output of `kubectl get … -o yaml|json`, manifests in Git,
 * or the output of Helm or Kustomize. Skips everything else.
 * @param mayBeOther true for a file that may have something else than manifests
 * @throws Failure (exit 2) if it is invalid YAML, has no manifests, or has a role or binding that can't be understood
 */
export function readRbacFile(source: string, file: string, mayBeOther = false): RbacFile {
  const reader = new Reader(source, file);
  const hasAnchors = source.includes('&');
  try {
    for (const document of readManifests(source, (node) => reader.shrunk(node, hasAnchors)))
      if (document) reader.read(new Decoder(bindAliases(document)).decode(document), {});
  } catch (error) {
    if (!(error instanceof UnparsableError || error instanceof YamlSyntaxError)) throw error;
    throw refusal({
      message: `invalid YAML: ${printable(error.message)}`,
      location: reader.locationOf(Math.min(error.offset, source.length)),
      help: `${RBAC_HELP}\nFor a Helm chart, pass the output of \`helm template\`.`,
    });
  }
  if (!reader.hasManifests && !mayBeOther)
    throw refusal({
      message: 'has no Kubernetes manifests',
      help: RBAC_HELP,
      ...otherKind(source, 'rbac'),
      location: { file },
    });
  const { roles, bindings } = reader;
  return { file, roles, bindings, findings: reader.findings() };
}

type Item = WrittenRole | WrittenBinding;

/** A manifest that has been read; its content has been dropped. */
interface ReadNode extends MappingNode {
  readonly item: Item;
}

class Reader {
  readonly roles: WrittenRole[] = [];
  readonly bindings: WrittenBinding[] = [];
  hasManifests = false;
  readonly locationOf: (offset: number) => Location;
  private readonly ofAnotherApi: Located[] = [];

  constructor(source: string, file: string) {
    const positionOf = lineIndex(source);
    this.locationOf = (offset) => ({ file, ...positionOf(offset) });
  }

  /** Reads a role or binding, and drops its content and that of other kinds: a file may have thousands. */
  shrunk(node: YamlNode, hasAnchors: boolean): YamlNode {
    if (node.kind !== 'mapping') return node;
    const [kind, apiVersion] = [scalarAt(node, 'kind'), scalarAt(node, 'apiVersion')];
    // A subject may have both, but no metadata.
    if (kind === undefined || apiVersion === undefined || !mappingAt(node, 'metadata') || isList(kind))
      return node;
    // Others may refer to it.
    if (hasAnchors && [...allNodesIn(node)].some((one) => one.kind !== 'alias' && one.anchor !== null))
      return node;
    if (!isRbacKind(kind)) return { ...node, pairs: pairsNamed(node, 'kind') };
    if (hasAnchors || !apiVersion.startsWith(API_GROUP)) return node;
    try {
      const item = this.itemOf(kind, new Decoder(new Map()).decode(node));
      const read: ReadNode = { ...node, pairs: [], item };
      return read;
    } catch (error) {
      // To be read once more, for a message.
      if (error instanceof UnparsableError || v.isValiError(error)) return node;
      throw error;
    }
  }

  /** @param outer the type that a list implies for its items: items of a `RoleList` omit it */
  read(
    value: Value,
    outer: { readonly kind?: string | undefined; readonly apiVersion?: string | undefined },
  ): void {
    if (value.type !== 'map') return;
    if (isRead(value.node)) {
      this.keep(value.node.item);
      return;
    }
    const kind = textIn(value, 'kind') ?? outer.kind;
    const apiVersion = textIn(value, 'apiVersion') ?? outer.apiVersion;
    if (kind === undefined) return;
    this.hasManifests = true;
    const items = value.members.get('items');
    if (isRbacKind(kind)) {
      if (apiVersion?.startsWith(API_GROUP)) this.keep(this.checkedItem(kind, value));
      // Other APIs have kinds with these names, too.
      else if (['roleRef', 'rules', 'aggregationRule'].some((key) => value.members.has(key)))
        this.skip(kind, apiVersion, value);
    } else if (isList(kind) && items?.type === 'list') {
      const inner = kind === 'List' ? {} : { kind: kind.slice(0, -'List'.length), apiVersion };
      for (const item of items.items) this.read(item, inner);
    }
  }

  private keep(item: Item): void {
    this.hasManifests = true;
    if ('roleRef' in item) this.bindings.push(item);
    else this.roles.push(item);
  }

  /** @throws ValiError */
  private itemOf(kind: RbacKind, value: Value): Item {
    return readManifest(kind, plain(value), this.locationOf(value.node.start));
  }

  /** @throws Failure (exit 2) if the manifest can't be understood */
  private checkedItem(kind: RbacKind, value: MapValue): Item {
    try {
      return this.itemOf(kind, value);
    } catch (error) {
      if (v.isValiError(error)) throw this.refusal(error.issues[0], value);
      throw error;
    }
  }

  /** `rules[0].verbs is the string "get", expected a list` */
  private refusal({ path, message }: v.BaseIssue<unknown>, manifest: Value): Failure {
    let value: Value | undefined = manifest;
    let place: Value = manifest;
    for (const { key } of path ?? []) {
      if (value?.type === 'map') value = value.members.get(String(key));
      else if (value?.type === 'list') value = value.items[Number(key)];
      place = value ?? place;
    }
    const problem =
      !value || (value.type === 'string' && value.text === '')
        ? 'is missing'
        : `is ${describeValue(value)}, expected ${message}`;
    return refusal({
      message: printable(`${fieldText(path)} ${problem}`),
      location: this.locationOf(place.node.start),
      help: RBAC_HELP,
    });
  }

  private skip(kind: string, apiVersion: string | undefined, { members, node }: MapValue): void {
    const metadata = members.get('metadata');
    const name = (metadata?.type === 'map' && textIn(metadata, 'name')) || '(no name)';
    const reason = apiVersion === undefined ? 'no apiVersion' : quoted(apiVersion);
    const text = `${printable(`${kind} ${name}`)} (${reason})`;
    this.ofAnotherApi.push({ text, location: this.locationOf(node.start) });
  }

  findings(): Finding[] {
    return [
      ...manifestsFinding(
        'rbac-no-namespace',
        'no namespace, so assuming namespace "default", like kubectl',
        'Add metadata.namespace if it belongs in another.',
        [...this.roles, ...this.bindings].filter((one) => one.lacksNamespace).map((one) => located(one)),
      ),
      ...manifestsFinding(
        'rbac-api-version',
        "skipped, because the apiVersion isn't for RBAC",
        'If it is meant for RBAC, set apiVersion: rbac.authorization.k8s.io/v1.',
        this.ofAnotherApi,
      ),
    ];
  }
}

function isRead(node: MappingNode): node is ReadNode {
  return 'item' in node;
}

/** The levels of a role; anything that is nested deeper is none of its fields. */
const DEPTH = 8;

/** The value as JSON, as far as a role or binding has fields there. */
function plain(value: Value, depth = DEPTH): unknown {
  if (value.type === 'string') return value.text;
  if (value.type === 'null' || depth === 0) return null;
  if (value.type === 'list') return value.items.map((item) => plain(item, depth - 1));
  if (value.type !== 'map') return Number.NaN;
  return Object.fromEntries([...value.members].map(([key, member]) => [key, plain(member, depth - 1)]));
}

function isRbacKind(kind: string): kind is RbacKind {
  return RBAC_KINDS.some((one) => one === kind);
}

function isList(kind: string): boolean {
  return kind.endsWith('List');
}

function textIn({ members }: MapValue, key: string): string | undefined {
  const value = members.get(key);
  return value?.type === 'string' ? value.text : undefined;
}
