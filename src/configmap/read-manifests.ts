import { looksLikeJsonObject } from '../authenticator/blank.ts';
import { readJsonValue } from '../yaml/json.ts';
import { parseYaml, type YamlNode, YamlSyntaxError } from '../yaml/node.ts';

/**
 * Reads the manifests of a file as kubectl does (`NewYAMLOrJSONDecoder` in k8s.io/apimachinery/pkg/util/yaml): where the first
 * character is a brace, as a stream of JSON. What is no JSON, at once or behind the first object, is read as YAML, as is a map in
 * braces without quotes; behind a second object it is an error. Answers one node per manifest, null for an empty one.
 * @throws YamlSyntaxError
 */
export function readManifests(source: string): (YamlNode | null)[] {
  if (!looksLikeJsonObject(source)) return parseYaml(source);
  const manifests: YamlNode[] = [];
  let position = 0;
  try {
    for (let next = readJsonValue(source, 0); next; next = readJsonValue(source, position)) {
      manifests.push(next.root);
      position = next.end;
    }
    return manifests;
  } catch (error) {
    if (!(error instanceof YamlSyntaxError) || manifests.length > 1) throw error;
  }
  return [...manifests, ...yamlBehind(source, position)];
}

/** The documents from an offset on; kubectl leaves out the rest of that line, where it is blank. */
function yamlBehind(source: string, offset: number): (YamlNode | null)[] {
  const start = offset + (/^[^\S\n]*\n/.exec(source.slice(offset))?.[0].length ?? 0);
  // Blank lines keep the offsets right.
  return parseYaml('\n'.repeat(start) + source.slice(start));
}
