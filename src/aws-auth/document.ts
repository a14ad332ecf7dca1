import { type Failure, type Location, refusal } from '../errors.ts';
import type { MapKey } from '../map-entry.ts';
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
  type SequenceNode,
  syntaxErrorOf,
  type YamlNode,
  YamlSyntaxError,
} from '../yaml/node.ts';
import { readFirstDocument } from '../yaml/parser.ts';
import { bindAliases } from './aliases.ts';
import { EmbeddedText } from './embedded-text.ts';
import { findConfigMap, requireSomeManifest } from './find-config-map.ts';
import { findTemplate, templateProblem } from './helm.ts';
import { readMapRoles } from './load.ts';
import { loadErrorOf } from './loaded.ts';
import { isNull, scalarType } from './scalar.ts';

/** An aws-auth file: the places of its parts, and the strings that the authenticator reads. */
export interface AwsAuthDocument extends Readonly<Record<MapKey, EmbeddedText | null>> {
  /** The name of the file, for messages. */
  readonly file: string;
  /** The whole file; it may start with a byte order mark. */
  readonly source: string;
  /** The aws-auth manifest; null if the file is a bare `mapRoles` list or invalid YAML. */
  readonly configMap: ConfigMapNodes | null;
  /** The pairs of `data`. */
  readonly data: readonly Pair[];
  /** The file's other manifests, as `ConfigMap kube-system/coredns`. */
  readonly others: readonly string[];
  readonly problems: readonly ManifestProblem[];
  /** Line and column of an offset in the file. */
  locationOf(offset: number): Location;
}

/** The relevant parts of the aws-auth manifest; the last of repeated keys. */
export interface ConfigMapNodes {
  readonly root: MappingNode;
  readonly metadata: Pair | undefined;
  readonly data: Pair | undefined;
}

/** A problem that keeps kubectl, or this program, from reading a file's strings. */
interface ManifestProblem {
  /** The rule of `check` that reports it; null if `check` continues although other commands stop. */
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
 * Finds aws-auth in a file: a ConfigMap manifest (YAML or JSON; alone, among other documents or in a List), or a bare
 * `mapRoles` list as used by Kustomize generators.
 * @throws Failure (exit 2) with a location if there is no aws-auth, or at the first problem
 */
export function readDocument(source: string, file: string): AwsAuthDocument {
  const document = read(source, file, false);
  const [problem] = document.problems;
  if (problem) throw failureOf(problem, document);
  return document;
}

/**
 * `readDocument` for commands that add entries: reads a file that loads as an empty mapRoles as an empty bare list.
 * @throws Failure (exit 2) like `readDocument`
 */
export function readListOrDocument(source: string, file: string): AwsAuthDocument {
  // Longer texts can't be empty: skips parsing them.
  const isShort = source.replace(/^[ \t]*#.*$/gm, '').trim().length <= 64;
  const loaded = isShort ? readMapRoles(source) : null;
  const isEmpty = loaded?.list === null && loaded.errors.length === 0 && loaded.ignoredFrom === null;
  return isEmpty ? readList(source, file) : readDocument(source, file);
}

/** Reads a file as a bare list, even if the list is empty and other text follows. */
export function readList(source: string, file: string): AwsAuthDocument {
  return bareList(emptyDocument(source, file));
}

/**
 * `readDocument`, but continues after problems.
 * @throws Failure (exit 2) if there is no aws-auth at all
 */
export function readWithProblems(source: string, file: string): AwsAuthDocument {
  return read(source, file, true);
}

/** `needsRoles`: a bare list must name roles. */
function read(source: string, file: string, needsRoles: boolean): AwsAuthDocument {
  const empty = emptyDocument(source, file);
  requireSomeManifest(source, file);
  const manifests = orSyntaxError(() => readManifests(source));
  if (manifests instanceof YamlSyntaxError) return unreadable(empty, manifests);
  const [list] = manifests;
  const isManifest = (node: YamlNode | null) =>
    node?.kind === 'mapping' && ['kind', 'metadata'].some((key) => pairsNamed(node, key).length > 0);
  if (list?.kind === 'sequence' && !manifests.some(isManifest)) {
    const isAlone = manifests.every((manifest) => manifest?.kind !== 'mapping');
    const hasRoles = list.items.some(isRoleItem);
    if (isAlone && needsRoles && !hasRoles) requireRoleList(list, empty.locationOf);
    if (isAlone || hasRoles) return bareList(empty);
  }
  const { root, others } = findConfigMap(manifests, source, empty.locationOf);
  return { ...configMapOf(root, empty), others };
}

function emptyDocument(source: string, file: string): AwsAuthDocument {
  // Lazy: most callers never ask for a line.
  const lines = once(() => lineIndex(source));
  const locationOf = (offset: number) => ({ file, ...lines()(offset) });
  const texts = { mapRoles: null, mapUsers: null, mapAccounts: null };
  return { file, source, configMap: null, data: [], ...texts, others: [], problems: [], locationOf };
}

function bareList(empty: AwsAuthDocument): AwsAuthDocument {
  return { ...empty, mapRoles: new EmbeddedText(empty.source, null, null, empty.locationOf) };
}

/**
 * Checks that a bare list is a `mapRoles` list: at least one item must name a role, unless the list is empty.
 * @throws Failure if no item does
 */
export function requireRoleList(list: SequenceNode, locationOf: (offset: number) => Location): void {
  if (list.items.length === 0 || list.items.some(namesRole)) return;
  throw refusal({
    message: 'this is a list, but no item has a rolearn',
    location: locationOf(list.contentStart),
    help: 'Pass an aws-auth ConfigMap, or its mapRoles list.',
  });
}

/** True if an item may belong to `mapRoles`, even with misspelled keys. */
function isRoleItem(item: YamlNode): boolean {
  if (namesRole(item)) return true;
  const pairs = item.kind === 'mapping' ? item.pairs : [];
  return pairs.some(({ key, value }) => {
    if (key.kind !== 'scalar' || value.kind !== 'scalar' || !/^arn:/i.test(value.text)) return false;
    // With a key that mentions roles, any ARN counts; with any other key, only a role ARN.
    if (/role|^\W*(?:principal\W*)?arn\W*$/i.test(key.text)) return true;
    return /arn/i.test(key.text) && !/user/i.test(key.text) && /:role\//i.test(value.text);
  });
}

function namesRole(item: YamlNode): boolean {
  if (item.kind !== 'mapping') return item.kind === 'alias';
  return item.pairs.some(({ key }) => key.kind === 'scalar' && /^(?:rolearn|sso|<<)$/i.test(key.text));
}

/** The result of `read`, or its YAML syntax error. */
function orSyntaxError<Result>(read: () => Result): Result | YamlSyntaxError {
  try {
    return read();
  } catch (error) {
    return syntaxErrorOf(error);
  }
}

/**
 * A file with invalid YAML somewhere. In a bare list, the authenticator reads only the first document.
 * @throws Failure if it looks nothing like aws-auth
 */
function unreadable(empty: AwsAuthDocument, error: YamlSyntaxError): AwsAuthDocument {
  const { source } = empty;
  const problem = syntaxProblem(source, error);
  if (!/aws-auth|map_?(?:roles|users)|role_?arn/i.test(source)) throw failureOf(problem, empty);
  const first = orSyntaxError(() => readFirstDocument(source).root);
  const list = first instanceof YamlSyntaxError ? null : first;
  const isList = list?.kind === 'sequence' && list.items.some(isRoleItem);
  if (isList && !/^ *(?:kind|metadata):/m.test(source)) return bareList(empty);
  // Skips comments and a document mark.
  let position = skipTrivia(source, source.startsWith('\uFEFF') ? 1 : 0);
  if (/^---[ \t\r\n]/.test(source.slice(position, position + 4))) position = skipTrivia(source, position + 3);
  const startsAsList = source[position] === '-' || source[position] === '[';
  // Other rules report the parts of a list that the authenticator can't load.
  return isList || startsAsList
    ? { ...bareList(empty), problems: [{ ...problem, rule: null }] }
    : { ...empty, problems: [problem] };
}

function syntaxProblem(source: string, error: YamlSyntaxError): ManifestProblem {
  const template = findTemplate(source, 0, source.length);
  if (template >= 0) return { rule: 'helm-template', ...templateProblem(source, template) };
  const start = Math.min(error.offset, source.length);
  const help = 'Fix the YAML. Indent every line of a `|` block more than its key.';
  return {
    rule: 'invalid-yaml',
    start,
    end: start,
    message: `invalid YAML: ${printable(error.message)}`,
    help,
  };
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
    const help = 'Put everything under one key.';
    problems.push({ rule: 'duplicate-key', ...rangeOf(last.key), message: `duplicate key ${key}`, help });
  }
  return last;
}

function mergeKeys(map: MappingNode): ManifestProblem[] {
  return pairsNamed(map, '<<').map(({ key }) => ({
    rule: null,
    ...rangeOf(key),
    message: "merge keys aren't supported in the ConfigMap itself",
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

/** The scalar with the string of a key of `data`; follows an alias. */
function stringNode(
  key: MapKey,
  pair: Pair,
  root: MappingNode,
  problems: ManifestProblem[],
): ScalarNode | undefined {
  const range = rangeOf(pair.key);
  if (pair.value.kind === 'alias') {
    const message = `${key} is a YAML alias, which can be checked but not changed`;
    problems.push({ rule: null, ...range, message, help: REPLACE_ALIAS });
  }
  const value = pair.value.kind === 'alias' ? target(pair.value, root, problems) : pair.value;
  if (!value || isNull(value)) return undefined;
  // Only if its tag doesn't change its text: an edit couldn't keep such a tag.
  const isString = value.kind === 'scalar' && scalarType(value) === 'string';
  if (isString && (value.tag === null || value.tag === '!!str' || value.tag === '!')) return value;
  const message = `${key} is ${describe(value)}, expected a string`;
  const help = `Add \`|\` after "${key}:"${value.kind === 'scalar' ? ', and put the list below it' : ''}.`;
  const rule = value.kind === 'scalar' ? 'value-not-string' : 'list-not-string';
  problems.push({ rule, ...range, message, help });
  return undefined;
}

const REPLACE_ALIAS = 'Replace the alias with the string.';

function target(alias: AliasNode, root: MappingNode, problems: ManifestProblem[]): YamlNode | undefined {
  try {
    return bindAliases(root).get(alias);
  } catch (error) {
    const { message } = loadErrorOf(error);
    problems.push({ rule: 'value-not-string', ...rangeOf(alias), message, help: REPLACE_ALIAS });
    return undefined;
  }
}

function rangeOf({ start, end }: YamlNode): { start: number; end: number } {
  return { start, end };
}

function describe(value: YamlNode): string {
  if (value.kind === 'sequence') return 'a YAML list';
  if (value.kind === 'mapping') return 'a YAML map';
  if (value.kind === 'alias') return 'an alias';
  if (value.tag !== null) return `of the type ${printable(value.tag)}`;
  return `the ${scalarType(value)} ${quoted(value.text)}`;
}
