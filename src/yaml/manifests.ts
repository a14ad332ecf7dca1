import { looksLikeJsonObject, readJsonValue } from './json.ts';
import {
  type MappingNode,
  mappingAt,
  pairsNamed,
  scalarAt,
  syntaxErrorOf,
  wholeNode,
  type YamlNode,
} from './node.ts';
import { parseYaml } from './parser.ts';

/**
 * Reads the manifests of a file like kubectl (`NewYAMLOrJSONDecoder` in k8s.io/apimachinery/pkg/util/yaml). If the
 * first character is a brace, reads a JSON stream. Reads anything else as YAML, at the start (such as a map in braces
 * without quotes) or after the first JSON object; after a second object it is an error. Returns one node per manifest,
 * null for an empty one.
 * @param shrink reduces a manifest, or an item of a list in it, to the part to keep
 * @throws YamlSyntaxError
 */
export function readManifests(source: string, shrink = wholeNode): (YamlNode | null)[] {
  if (!looksLikeJsonObject(source)) return parseYaml(source, shrink);
  const manifests: YamlNode[] = [];
  let position = 0;
  try {
    for (;;) {
      const next = readJsonValue(source, position, shrink);
      if (!next) return manifests;
      manifests.push(next.root);
      position = next.end;
    }
  } catch (error) {
    if (manifests.length > 1) throw error;
    syntaxErrorOf(error);
  }
  // Like kubectl, skips the rest of the line if it is blank. Leading line breaks keep the offsets right.
  const start = position + (/^[^\S\n]*\n/.exec(source.slice(position))?.[0].length ?? 0);
  return [...manifests, ...parseYaml('\n'.repeat(start) + source.slice(start), shrink)];
}

/** A manifest in a file, or an item of a List in it. */
export interface Manifest {
  readonly node: MappingNode;
  /** Taken from a typed list (`RoleList`) if the item omits it; undefined if unknown. */
  readonly kind: string | undefined;
  readonly apiVersion: string | undefined;
  /** From its metadata. */
  readonly name: string | undefined;
  readonly namespace: string | undefined;
}

/** All manifests in documents; expands Lists of any kind, however deeply nested. */
export function manifestsIn(documents: readonly (YamlNode | null)[]): Manifest[] {
  return documents.flatMap((document) => (document?.kind === 'mapping' ? flatten(document, {}) : []));
}

function flatten(node: MappingNode, outer: Partial<Pick<Manifest, 'kind' | 'apiVersion'>>): Manifest[] {
  const kind = scalarAt(node, 'kind') ?? outer.kind;
  const apiVersion = scalarAt(node, 'apiVersion') ?? outer.apiVersion;
  const metadata = mappingAt(node, 'metadata');
  const name = metadata && scalarAt(metadata, 'name');
  const namespace = metadata && scalarAt(metadata, 'namespace');
  // An object whose kind happens to end in "List" has a name.
  if (!kind?.endsWith('List') || name !== undefined) return [{ node, kind, apiVersion, name, namespace }];
  const items = pairsNamed(node, 'items').at(-1)?.value;
  if (items?.kind !== 'sequence') return [];
  const inner = kind === 'List' ? {} : { kind: kind.slice(0, -'List'.length), apiVersion };
  return items.items.flatMap((item) => (item.kind === 'mapping' ? flatten(item, inner) : []));
}
