import * as v from 'valibot';
import { OtherEntries } from '../authenticator/other-entries.ts';
import { Failure, type Location, type Problem, refusal } from '../errors.ts';
import { didYouMean, quoted } from '../text.ts';
import { lineIndex } from '../yaml/lines.ts';
import { YamlSyntaxError } from '../yaml/node.ts';
import { type Config, configSchema } from './config-schema.ts';
import { type ConfigNode, configNodes, offsetsAt, plainValue, unquotedBraces } from './config-yaml.ts';
import { type Mapping, toMapping } from './mapping.ts';
import { OTHER_ENTRY_KEYS, toOtherEntry } from './other-entries-schema.ts';

/** A checked config, with the mappings that it states. */
export interface LoadedConfig {
  readonly config: Config;
  readonly mappings: readonly Mapping[];
  readonly otherEntries: OtherEntries;
}

/**
 * Reads a config file's text.
 * @throws Failure (exit 2) with every problem at once, each with its location
 */
export function parseConfig(text: string, file: string): LoadedConfig {
  const positionOf = lineIndex(text);
  const locationOf: LocationOf = (offset) => ({ file, ...positionOf(Math.max(offset, 0)) });
  const root = rootOf(text, locationOf);
  const { value, problems: unsupported } = plainValue(root);
  const result = v.safeParse(configSchema, value);
  const problems = unsupported.map(
    ({ message, offset }): ConfigProblem => ({ message, location: locationOf(offset) }),
  );
  for (const issue of result.issues ?? []) problems.push(...problemsOf(issue, root, locationOf));
  if (!result.success || problems.length > 0) throw new Failure(2, problems.sort(byLocation));
  const mappings = (result.output.mappings ?? []).map((mapping, index) => {
    const location = locationOf(offsetsAt(root, ['mappings', index]).offset);
    return toMapping(mapping, { text: `${location.file}:${location.line}`, location });
  });
  const others = result.output.otherEntries ?? [];
  const items = others.flatMap((item, index) => {
    const { offset } = offsetsAt(root, ['otherEntries', index]);
    return toOtherEntry(item, locationOf(offset)) ?? [];
  });
  const accounts = others.flatMap((item) => ('account' in item ? [item.account] : []));
  return { config: result.output, mappings, otherEntries: new OtherEntries(items, accounts) };
}

/** Whether somebody gave the file that is to be changed in place of the config: a manifest, or a bare list of entries. */
function isAwsAuth(root: ConfigNode): boolean {
  if (root.kind === 'list') return root.items.some((item) => fieldOf(item, 'rolearn') !== undefined);
  const kind = fieldOf(root, 'kind');
  return kind?.kind === 'scalar' && ['ConfigMap', 'List'].includes(kind.text);
}

function fieldOf(node: ConfigNode, name: string): ConfigNode | undefined {
  if (node.kind !== 'mapping') return undefined;
  return node.pairs.find(({ key }) => key.kind === 'scalar' && key.text.toLowerCase() === name)?.value;
}

type LocationOf = (offset: number) => Location & { readonly line: number; readonly column: number };

interface ConfigProblem extends Problem {
  readonly location: ReturnType<LocationOf>;
}

function rootOf(text: string, locationOf: LocationOf): ConfigNode {
  const [root, second] = documentsOf(text, locationOf);
  if (!root) {
    throw refusal({
      message: 'the config is empty',
      location: locationOf(0),
      help: '`aws-auth-sso init` proposes one.',
    });
  }
  if (second !== undefined) {
    throw refusal({
      message: 'the config contains several YAML documents',
      location: locationOf(0),
      help: 'Keep one file per cluster.',
    });
  }
  if (isAwsAuth(root)) {
    throw refusal({
      message: 'this is an aws-auth ConfigMap, not a config',
      location: locationOf(root.offset),
      help: 'Name it as FILE, without -c. `aws-auth-sso init --from FILE` proposes a config from it.',
    });
  }
  if (root.kind !== 'mapping')
    throw refusal({ message: `the config ${configSchema.message}`, location: locationOf(root.offset) });
  return root;
}

function documentsOf(text: string, locationOf: LocationOf): (ConfigNode | null)[] {
  try {
    return configNodes(text);
  } catch (error) {
    if (!(error instanceof YamlSyntaxError)) throw error;
    const braces = unquotedBraces(text, error.offset);
    if (braces) throw refusal({ message: braces.message, location: locationOf(braces.offset) }, error);
    throw refusal({ message: `invalid YAML: ${error.message}`, location: locationOf(error.offset) }, error);
  }
}

function problemsOf(issue: v.BaseIssue<unknown>, root: ConfigNode, locationOf: LocationOf): ConfigProblem[] {
  const items = issue.path ?? [];
  if (issue.expected === 'never') return unknownKeys(items, root, locationOf);
  const path = items.map((item) => item.key);
  const { offset, exists } = offsetsAt(root, path);
  const place = locationOf(offset);
  if (issue.type === 'strict_object' && !exists)
    return [{ message: `${keyPath(path)} is missing`, location: place }];
  return [{ message: `${keyPath(path)}: ${issue.message}`, location: place }];
}

const KNOWN_KEYS = {
  top: Object.keys(configSchema.entries),
  mapping: Object.keys(configSchema.entries.mappings.wrapped.pipe[0].item.entries),
  role: Object.keys(configSchema.entries.assumeRole.wrapped.pipe[0].options[0].entries),
  rule: Object.keys(configSchema.entries.assumeRole.wrapped.pipe[0].options[1].pipe[0].item.entries),
};

const AS_RULES = 'Write a list of rules: assumeRole: [{ accounts: […], name: … }]';

/** The keys that an object at a path may have. */
function keysAt([first, second, third]: readonly unknown[], object: object): readonly string[] {
  if (first === undefined) return KNOWN_KEYS.top;
  if (first === 'mappings') return KNOWN_KEYS.mapping;
  if (first === 'otherEntries') {
    if (third !== undefined) return OTHER_ENTRY_KEYS.policy;
    return OTHER_ENTRY_KEYS['account' in object && !('arn' in object) ? 'account' : 'arn'];
  }
  return second === undefined ? KNOWN_KEYS.role : KNOWN_KEYS.rule;
}

/** Every unknown key of an object: the schema's own issue names the first alone. */
function unknownKeys(
  path: readonly v.IssuePathItem[],
  root: ConfigNode,
  locationOf: LocationOf,
): ConfigProblem[] {
  const around = path.slice(0, -1).map(({ key }) => key);
  const object: object = Object(path.at(-1)?.input);
  const known = keysAt(around, object);
  return Object.keys(object)
    .filter((key) => !known.includes(key))
    .map((key) => ({
      message: `unknown key ${quoted(key)}`,
      location: locationOf(offsetsAt(root, [...around, key]).keyOffset),
      help:
        (known === KNOWN_KEYS.role && key === 'accounts' ? AS_RULES : didYouMean(key, known)) ??
        `Known keys: ${known.join(', ')}.`,
    }));
}

function keyPath(path: readonly unknown[]): string {
  return path.reduce<string>(
    (text, key) =>
      typeof key === 'number' ? `${text}[${key}]` : text === '' ? String(key) : `${text}.${String(key)}`,
    '',
  );
}

function byLocation({ location: one }: ConfigProblem, { location: other }: ConfigProblem): number {
  return one.line - other.line || one.column - other.column;
}
