import { bindAliases } from '../authenticator/aliases.ts';
import { readMapRoles } from '../authenticator/load.ts';
import { loadErrorOf } from '../authenticator/loaded.ts';
import { isNull, scalarType } from '../authenticator/scalar.ts';
import type { MapKey } from '../entry.ts';
import { type Failure, type Location, refusal } from '../errors.ts';
import { once } from '../memo.ts';
import { printable, quoted } from '../text.ts';
import { lineIndex, skipTrivia } from '../yaml/lines.ts';
import { readManifests } from '../yaml/manifests.ts';
import {
  type AliasNode,
  type MappingNode,
  type Pair,
  pairsNamed,
  type ScalarNode,
  syntaxErrorOf,
  type YamlNode,
  YamlSyntaxError,
} from '../yaml/node.ts';
import { readFirstDocument } from '../yaml/parser.ts';
import { EmbeddedText } from './embedded-text.ts';
import { findConfigMap, isRoleItem, requireRoleList, requireSomeManifest } from './find-config-map.ts';
import { findTemplate, templateProblem } from './template.ts';

/** An aws-auth file: where its parts are, and the strings that the authenticator reads. */
export interface AwsAuthDocument extends Readonly<Record<MapKey, EmbeddedText | null>> {
  /** The name of the file, for messages. */
  readonly file: string;
  /** The whole file; it may start with a byte order mark. */
  readonly source: string;
  /** The aws-auth manifest; null where the file is a bare `mapRoles` list, or invalid YAML. */
  readonly configMap: ConfigMapNodes | null;
  /** The pairs of `data`. */
  readonly data: readonly Pair[];
  /** The manifests besides that of aws-auth, as `ConfigMap kube-system/coredns`. */
  readonly others: readonly string[];
  readonly problems: readonly ManifestProblem[];
  /** Line and column of an offset in the file. */
  locationOf(offset: number): Location;
}

/** The parts of the aws-auth manifest that matter; of a repeated key, the last. */
export interface ConfigMapNodes {
  readonly root: MappingNode;
  readonly metadata: Pair | undefined;
  readonly data: Pair | undefined;
}

/** What keeps kubectl, or this program, from reading the strings of a file. */
interface ManifestProblem {
  /** The rule of `check` for it; null: `check` goes on where others stop. */
  readonly rule:
    | 'invalid-yaml'
    | 'helm-template'
    | 'list-not-string'
    | 'value-not-string'
    | 'duplicate-key'
    | null;
  /** Offsets in the file. */
  readonly start: number;
  readonly end: number;
  readonly message: string;
  readonly help: string;
}

/**
 * Finds aws-auth in the text of a file: a ConfigMap manifest, alone, among other documents or in a List, as YAML or JSON; or a
 * bare `mapRoles` list, as Kustomize generators use.
 * @throws Failure (exit 2) with its location where there is no aws-auth, or at the first problem
 */
export function readDocument(source: string, file: string): AwsAuthDocument {
  const document = read(source, file, false);
  const [problem] = document.problems;
  if (problem) throw failureOf(problem, document);
  return document;
}

/**
 * As `readDocument`, for who adds entries: a file that the authenticator would load as an empty mapRoles is an empty bare list.
 * @throws Failure (exit 2) as `readDocument` does
 */
export function readListOrDocument(source: string, file: string): AwsAuthDocument {
  return isEmptyList(source) ? readList(source, file) : readDocument(source, file);
}

/** A file that is known to be a bare list, even one without items before something else. */
export function readList(source: string, file: string): AwsAuthDocument {
  return bareList(emptyDocument(source, file));
}

/**
 * As `readDocument`, but goes on in spite of problems.
 * @throws Failure (exit 2) where there is no aws-auth at all
 */
export function readWithProblems(source: string, file: string): AwsAuthDocument {
  return read(source, file, true);
}

/** What is longer without its comments is no way to write nothing. */
function isEmptyList(source: string): boolean {
  if (source.replace(/^[ \t]*#.*$/gm, '').trim().length > 64) return false;
  const { list, errors, ignoredFrom } = readMapRoles(source);
  return list === null && errors.length === 0 && ignoredFrom === null;
}

/** `needsRoles`: a bare list must be one of roles. */
function read(source: string, file: string, needsRoles: boolean): AwsAuthDocument {
  const empty = emptyDocument(source, file);
  requireSomeManifest(source, file);
  const manifests = orSyntaxError(() => readManifests(source));
  if (manifests instanceof YamlSyntaxError) return unreadable(empty, manifests);
  const [list] = manifests;
  if (list?.kind === 'sequence' && !manifests.some(isManifest)) {
    const isAlone = manifests.every((manifest) => manifest?.kind !== 'mapping');
    const hasRoles = list.items.some(isRoleItem);
    if (isAlone && needsRoles && !hasRoles) requireRoleList(list, empty.locationOf);
    if (isAlone || hasRoles) return bareList(empty);
  }
  const { root, others } = findConfigMap(manifests, empty.locationOf);
  return { ...configMapOf(root, empty), others };
}

function emptyDocument(source: string, file: string): AwsAuthDocument {
  // Where the lines are is found out only once somebody asks.
  const lines = once(() => lineIndex(source));
  const locationOf = (offset: number) => ({ file, ...lines()(offset) });
  const texts = { mapRoles: null, mapUsers: null, mapAccounts: null };
  return { file, source, configMap: null, data: [], ...texts, others: [], problems: [], locationOf };
}

function bareList(empty: AwsAuthDocument): AwsAuthDocument {
  return { ...empty, mapRoles: new EmbeddedText(empty.source, null, null, empty.locationOf) };
}

function isManifest(node: YamlNode | null): boolean {
  return node?.kind === 'mapping' && ['kind', 'metadata'].some((key) => pairsNamed(node, key).length > 0);
}

/** What a reader makes of a text, or why that is invalid YAML. */
function orSyntaxError<Result>(read: () => Result): Result | YamlSyntaxError {
  try {
    return read();
  } catch (error) {
    return syntaxErrorOf(error);
  }
}

/**
 * A file that is invalid YAML somewhere. Of a bare list, the authenticator reads the first document alone.
 * @throws Failure where it looks nothing like aws-auth
 */
function unreadable(empty: AwsAuthDocument, error: YamlSyntaxError): AwsAuthDocument {
  const { source } = empty;
  const problem = syntaxProblem(source, error);
  if (!/aws-auth|map_?(?:roles|users)|role_?arn/i.test(source)) throw failureOf(problem, empty);
  const first = orSyntaxError(() => readFirstDocument(source).root);
  const list = first instanceof YamlSyntaxError ? null : first;
  const isList = list?.kind === 'sequence' && list.items.some(isRoleItem);
  if (isList && !/^ *(?:kind|metadata):/m.test(source)) return bareList(empty);
  // What the authenticator cannot load of a list has findings of its own.
  return isList || startsAsList(source)
    ? { ...bareList(empty), problems: [{ ...problem, rule: null }] }
    : { ...empty, problems: [problem] };
}

function syntaxProblem(source: string, error: YamlSyntaxError): ManifestProblem {
  const template = findTemplate(source, 0, source.length);
  if (template >= 0) return { rule: 'helm-template', ...templateProblem(source, template) };
  const start = Math.min(error.offset, source.length);
  const help = 'Fix the file there. Every line of a `|` block must be indented further than its key.';
  return {
    rule: 'invalid-yaml',
    start,
    end: start,
    message: `invalid YAML: ${printable(error.message)}`,
    help,
  };
}

/** Whether the first thing after comments and a document mark looks like a list. */
function startsAsList(source: string): boolean {
  let position = skipTrivia(source, source.startsWith('\uFEFF') ? 1 : 0);
  if (/^---[ \t\r\n]/.test(source.slice(position, position + 4))) position = skipTrivia(source, position + 3);
  return source[position] === '-' || source[position] === '[';
}

function failureOf({ start, message, help }: ManifestProblem, { locationOf }: AwsAuthDocument): Failure {
  return refusal({ message, location: locationOf(start), help });
}

function configMapOf(root: MappingNode, empty: AwsAuthDocument): AwsAuthDocument {
  const { source, locationOf } = empty;
  const problems: ManifestProblem[] = [];
  const metadata = lastNamed(root, 'metadata', problems);
  const data = lastNamed(root, 'data', problems);
  const fields = data && dataFields(data, problems);
  const text = (key: MapKey) => {
    const pair = fields && lastNamed(fields, key, problems);
    const node = pair && stringNode(key, pair, root, problems);
    return node ? new EmbeddedText(source, node, pair, locationOf) : null;
  };
  const texts = { mapRoles: text('mapRoles'), mapUsers: text('mapUsers'), mapAccounts: text('mapAccounts') };
  const configMap = { root, metadata, data };
  for (const map of fields ? [root, fields] : [root]) problems.push(...mergeKeys(map));
  return { ...empty, configMap, data: fields?.pairs ?? [], ...texts, problems };
}

function lastNamed(map: MappingNode, key: string, problems: ManifestProblem[]): Pair | undefined {
  const pairs = pairsNamed(map, key);
  const last = pairs.at(-1);
  if (last && pairs.length > 1) {
    const help = 'Put everything under one of them.';
    problems.push({ rule: 'duplicate-key', ...rangeOf(last.key), message: `duplicate key ${key}`, help });
  }
  return last;
}

function mergeKeys(map: MappingNode): ManifestProblem[] {
  return pairsNamed(map, '<<').map(({ key }) => ({
    rule: null,
    ...rangeOf(key),
    message: 'merge keys are not supported in the ConfigMap itself',
    help: 'Write the keys out.',
  }));
}

function dataFields({ key, value }: Pair, problems: ManifestProblem[]): MappingNode | undefined {
  if (value.kind === 'mapping') return value;
  if (!isNull(value)) {
    const message = `data is ${describe(value)}, expected a map of strings`;
    const help = 'Put the keys mapRoles, mapUsers and mapAccounts under data:.';
    problems.push({ rule: 'value-not-string', ...rangeOf(key), message, help });
  }
  return undefined;
}

/** The scalar that a key of `data` gets its string from, through an alias or not. */
function stringNode(
  key: MapKey,
  pair: Pair,
  root: MappingNode,
  problems: ManifestProblem[],
): ScalarNode | undefined {
  const range = rangeOf(pair.key);
  if (pair.value.kind === 'alias') {
    const help = 'Write the string out in place of the alias.';
    problems.push({ rule: null, ...range, message: `${key} is an alias, which can only be checked`, help });
  }
  const value = pair.value.kind === 'alias' ? target(pair.value, root, problems) : pair.value;
  if (!value || isNull(value)) return undefined;
  if (value.kind === 'scalar' && isString(value)) return value;
  const message = `${key} is ${describe(value)}, expected a string`;
  const help = `Add \`|\` after "${key}:"${value.kind === 'scalar' ? ', and put the list under it' : ''}.`;
  const rule = value.kind === 'scalar' ? 'value-not-string' : 'list-not-string';
  problems.push({ rule, ...range, message, help });
  return undefined;
}

function target(alias: AliasNode, root: MappingNode, problems: ManifestProblem[]): YamlNode | undefined {
  try {
    return bindAliases(root).get(alias);
  } catch (error) {
    const { message } = loadErrorOf(error);
    const help = 'Write the string out in place of the alias.';
    problems.push({ rule: 'value-not-string', ...rangeOf(alias), message, help });
    return undefined;
  }
}

function rangeOf({ start, end }: YamlNode): { start: number; end: number } {
  return { start, end };
}

/** Without a tag that gives the scalar another text than the one written; a change could not keep it. */
function isString(scalar: ScalarNode): boolean {
  if (scalarType(scalar) !== 'string') return false;
  return scalar.tag === null || scalar.tag === '!!str' || scalar.tag === '!';
}

function describe(value: YamlNode): string {
  if (value.kind === 'sequence') return 'a YAML list';
  if (value.kind === 'mapping') return 'a YAML map';
  if (value.kind === 'alias') return 'an alias';
  if (value.tag !== null) return `of the type ${printable(value.tag)}`;
  return `the ${scalarType(value)} ${quoted(value.text)}`;
}
