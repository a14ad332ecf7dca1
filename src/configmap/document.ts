import { scalarType } from '../authenticator/authenticator-scalar.ts';
import { looksLikeJsonObject } from '../authenticator/blank.ts';
import { readMapRoles } from '../authenticator/read-map.ts';
import { type Failure, type Location, refusal } from '../errors.ts';
import { readJsonValue } from '../yaml/json.ts';
import { lineIndex } from '../yaml/line-index.ts';
import {
  type MappingNode,
  type Pair,
  parseYaml,
  type ScalarNode,
  type YamlNode,
  YamlSyntaxError,
} from '../yaml/node.ts';
import { nodeStart } from '../yaml/node-end.ts';
import { pairsNamed } from '../yaml/pairs.ts';
import { EmbeddedText } from './embedded-text.ts';
import { findConfigMap, otherManifests, requireSomeManifest } from './find-config-map.ts';
import { findTemplate, templateRefusal } from './template.ts';

/** An aws-auth file: where its parts lie, and the texts that the authenticator reads. */
export interface AwsAuthDocument {
  /** The name of the file, for messages. */
  readonly file: string;
  /** The whole file; it may start with a byte order mark. */
  readonly source: string;
  /** The aws-auth manifest; null where the file is a bare `mapRoles` list. */
  readonly configMap: ConfigMapNodes | null;
  /** Null where the key is missing or null. */
  readonly mapRoles: EmbeddedText | null;
  readonly mapUsers: EmbeddedText | null;
  readonly mapAccounts: EmbeddedText | null;
  /** The manifests beside that of aws-auth, as `ConfigMap kube-system/coredns`. */
  readonly others: readonly string[];
  /** Line and column of an offset in the file. */
  locationOf(offset: number): Location;
}

/**
 * Finds aws-auth in the text of a file: a ConfigMap manifest, alone, among other documents or in a List, as YAML or JSON; or a
 * bare `mapRoles` list, as Kustomize generators use.
 * @throws Failure (exit 2) with its place in the file where there is no aws-auth, or none that kubectl would take
 */
export function readDocument(source: string, file: string): AwsAuthDocument {
  const locationOf = locationsIn(source, file);
  requireSomeManifest(source, file);
  const documents = parse(source, locationOf);
  const list = documents[0];
  if (list?.kind === 'sequence' && documents.slice(1).every((document) => document?.kind !== 'mapping'))
    return bareList(source, file, locationOf);
  const awsAuth = findConfigMap(documents, locationOf);
  const configMap = configMapNodes(awsAuth, locationOf);
  const text = (key: string) => {
    const scalar = dataScalar(configMap, key, locationOf);
    return scalar && new EmbeddedText(source, scalar, locationOf);
  };
  const texts = { mapRoles: text('mapRoles'), mapUsers: text('mapUsers'), mapAccounts: text('mapAccounts') };
  return { file, source, configMap, ...texts, others: otherManifests(documents, awsAuth), locationOf };
}

/**
 * As `readDocument`, for who adds entries: a file that the authenticator would load as an empty mapRoles is an empty bare list.
 * @throws Failure (exit 2) as `readDocument` does
 */
export function readListOrDocument(source: string, file: string): AwsAuthDocument {
  return isEmptyList(source) ? bareList(source, file, locationsIn(source, file)) : readDocument(source, file);
}

/** What is longer without its comments is no way to write nothing. */
function isEmptyList(source: string): boolean {
  if (source.replace(/^[ \t]*#.*$/gm, '').trim().length > 64) return false;
  const { list, errors, ignoredFrom } = readMapRoles(source);
  return list === null && errors.length === 0 && ignoredFrom === null;
}

function bareList(source: string, file: string, locationOf: AwsAuthDocument['locationOf']): AwsAuthDocument {
  const mapRoles = new EmbeddedText(source, null, locationOf);
  return {
    file,
    source,
    configMap: null,
    mapRoles,
    mapUsers: null,
    mapAccounts: null,
    others: [],
    locationOf,
  };
}

/** Finds out where the lines are only once somebody asks. */
function locationsIn(source: string, file: string): (offset: number) => Location {
  let positionOf: ReturnType<typeof lineIndex> | undefined;
  return (offset) => {
    positionOf ??= lineIndex(source);
    return { file, ...positionOf(offset) };
  };
}

function parse(source: string, locationOf: (offset: number) => Location): (YamlNode | null)[] {
  try {
    return readManifests(source);
  } catch (error) {
    if (!(error instanceof YamlSyntaxError)) throw error;
    const template = findTemplate(source, 0, source.length);
    if (template >= 0) throw templateRefusal(source, template, locationOf(template));
    const next = 'Mend the file there; kubectl cannot read it either.';
    throw refusal(
      { message: `this is no YAML: ${error.message}`, location: locationOf(error.offset), help: next },
      error,
    );
  }
}

/** The parts of the aws-auth manifest that matter. */
export interface ConfigMapNodes {
  readonly root: MappingNode;
  readonly metadata: Pair | undefined;
  readonly data: Pair | undefined;
  readonly mapRoles: Pair | undefined;
}

type LocationOf = (offset: number) => Location;

/** @throws Failure where a part is repeated, or of another type than kubectl takes */
export function configMapNodes(root: MappingNode, locationOf: LocationOf): ConfigMapNodes {
  const metadata = onlyPair(root, 'metadata', locationOf);
  const data = onlyPair(root, 'data', locationOf);
  const fields = data && dataMapping(data, locationOf);
  return { root, metadata, data, mapRoles: fields && onlyPair(fields, 'mapRoles', locationOf) };
}

/**
 * The scalar behind a key of `data`; null where the key is missing or null.
 * @throws Failure where the value is no text
 */
export function dataScalar({ data }: ConfigMapNodes, key: string, locationOf: LocationOf): ScalarNode | null {
  if (data?.value.kind !== 'mapping') return null;
  const value = onlyPair(data.value, key, locationOf)?.value;
  if (!value || isNull(value)) return null;
  if (value.kind === 'scalar' && scalarType(value) === 'text' && !isForeignTag(value.tag)) return value;
  throw notText(key, value, locationOf);
}

function onlyPair(node: MappingNode, key: string, locationOf: LocationOf): Pair | undefined {
  const [pair, repeated] = pairsNamed(node, key);
  const [merge] = pairsNamed(node, '<<');
  if (repeated) {
    const message = `the key ${key} stands here a second time`;
    throw refusal({ message, location: locationOf(nodeStart(repeated.key)), help: 'Keep one of them.' });
  }
  if (merge) {
    const message = `${key} may come through this merge key, which is not followed here`;
    throw refusal({ message, location: locationOf(nodeStart(merge.key)), help: 'Write the keys out.' });
  }
  return pair;
}

function dataMapping({ key, value }: Pair, locationOf: LocationOf): MappingNode | undefined {
  if (value.kind === 'mapping') return value;
  if (isNull(value)) return undefined;
  const message = `data is ${describe(value)}, not a map`;
  throw refusal({
    message,
    location: locationOf(nodeStart(key)),
    help: 'kubectl refuses such a manifest: mend it first.',
  });
}

function notText(key: string, value: YamlNode, locationOf: LocationOf): Failure {
  const next =
    value.kind === 'sequence' || value.kind === 'mapping'
      ? `Put a | behind "${key}:", so that what is below it becomes one text; Kubernetes takes nothing else there.`
      : 'Write it as a text: Kubernetes takes nothing else there.';
  return refusal({
    message: `${key} is ${describe(value)}, not a text`,
    location: locationOf(nodeStart(value)),
    help: next,
  });
}

function describe(value: YamlNode): string {
  switch (value.kind) {
    case 'sequence':
      return 'a YAML list';
    case 'mapping':
      return 'a YAML map';
    case 'alias':
      return 'an alias';
    case 'scalar':
      return value.tag === null ? `a ${scalarType(value)}` : `of the type ${value.tag}`;
  }
}

function isNull(value: YamlNode): boolean {
  return value.kind === 'scalar' && scalarType(value) === 'null';
}

/** A tag that gives the scalar another text than the one written; a change could not keep it. */
function isForeignTag(tag: string | null): boolean {
  return tag !== null && tag !== '!!str' && tag !== '!';
}

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
