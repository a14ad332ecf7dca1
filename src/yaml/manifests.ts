import { looksLikeJsonObject, readJsonValue } from './json.ts';
import {
  type MappingNode,
  mappingAt,
  pairsNamed,
  type Shrink,
  scalarAt,
  syntaxErrorOf,
  wholeNode,
  type YamlNode,
} from './node.ts';
import { parseYaml } from './parser.ts';

/**
 * Reads the manifests of a file as kubectl does (`NewYAMLOrJSONDecoder` in k8s.io/apimachinery/pkg/util/yaml): where the first
 * character is a brace, as a stream of JSON. What is not JSON, at once or after the first object, is read as YAML, as is a map in
 * braces without quotes; after a second object it is an error. Answers one node per manifest, null for an empty one.
 * @param shrink what to keep of a manifest, or an item of a list in it
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
  return [...manifests, ...yamlBehind(source, position, shrink)];
}

/** The documents from an offset on; kubectl leaves out the rest of that line, where it is blank. */
function yamlBehind(source: string, offset: number, shrink: Shrink): (YamlNode | null)[] {
  const start = offset + (/^[^\S\n]*\n/.exec(source.slice(offset))?.[0].length ?? 0);
  // Blank lines keep the offsets right.
  return parseYaml('\n'.repeat(start) + source.slice(start), shrink);
}

/** A manifest of a file, or an item of a List in it. */
export interface Manifest {
  readonly node: MappingNode;
  /** What the item leaves out, as those of a typed list (`RoleList`) do, the list says; undefined where it is not known. */
  readonly kind: string | undefined;
  readonly apiVersion: string | undefined;
}

/** The manifests in documents: those in a List of any kind, however nested, one by one. */
export function manifestsIn(documents: readonly (YamlNode | null)[]): Manifest[] {
  return documents.flatMap((document) => (document?.kind === 'mapping' ? flatten(document, {}) : []));
}

function flatten(node: MappingNode, outer: Partial<Pick<Manifest, 'kind' | 'apiVersion'>>): Manifest[] {
  const kind = scalarAt(node, 'kind') ?? outer.kind;
  const apiVersion = scalarAt(node, 'apiVersion') ?? outer.apiVersion;
  if (kind === undefined || !isList(kind, node)) return [{ node, kind, apiVersion }];
  const items = pairsNamed(node, 'items').at(-1)?.value;
  if (items?.kind !== 'sequence') return [];
  const inner = kind === 'List' ? {} : { kind: kind.slice(0, -'List'.length), apiVersion };
  return items.items.flatMap((item) => (item.kind === 'mapping' ? flatten(item, inner) : []));
}

/** An object of a kind that happens to end so has a name. */
function isList(kind: string, node: MappingNode): boolean {
  const metadata = mappingAt(node, 'metadata');
  return kind.endsWith('List') && (metadata ? scalarAt(metadata, 'name') : undefined) === undefined;
}
