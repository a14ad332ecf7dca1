import * as v from 'valibot';
import { OtherEntries, type OtherEntry } from '../authenticator/other-entries.ts';
import { Failure, type Location, type Problem } from '../errors.ts';
import { didYouMean, quoted } from '../text.ts';
import { type Config, configSchema, OTHER_ENTRY_KEYS } from './config-schema.ts';
import { ConfigYaml } from './config-yaml.ts';
import { type Mapping, toMapping } from './mapping.ts';
import { POLICY_KEYS, readPolicies } from './policies-schema.ts';

/** A validated config with its mappings. */
export interface LoadedConfig {
  readonly config: Config;
  readonly mappings: readonly Mapping[];
  readonly otherEntries: OtherEntries;
}

/**
 * Reads a config file's text.
 * @throws Failure (exit 2) with all problems, each with its location
 */
export function parseConfig(text: string, file: string): LoadedConfig {
  const yaml = new ConfigYaml(text, file, configSchema.message);
  const result = v.safeParse(configSchema, yaml.value);
  const problems = [...yaml.problems, ...(result.issues ?? []).flatMap((issue) => problemsOf(issue, yaml))];
  if (!result.success || problems.length > 0) throw new Failure(2, problems.sort(byLocation));
  const mappings = (result.output.mappings ?? []).map((mapping, index) => {
    const { location } = yaml.at(['mappings', index]);
    return toMapping(mapping, { text: `${file}:${location.line}`, location });
  });
  const others = result.output.otherEntries ?? [];
  const items = others.flatMap(
    (item, index) => toOtherEntry(item, yaml.at(['otherEntries', index]).location) ?? [],
  );
  const accounts = others.flatMap((item) => ('account' in item ? [item.account] : []));
  return { config: result.output, mappings, otherEntries: new OtherEntries(items, accounts) };
}

/** Converts a validated item; undefined if it is an account. */
function toOtherEntry(
  input: NonNullable<Config['otherEntries']>[number],
  location: Location,
): OtherEntry | undefined {
  if (!('arn' in input)) return undefined;
  const { arn: text, username = null, groups = null, policies } = input;
  return { arn: text, username, groups, policies: policies ? readPolicies(policies) : null, location };
}

interface ConfigProblem extends Problem {
  readonly location: ReturnType<ConfigYaml['at']>['location'];
}

function problemsOf(issue: v.BaseIssue<unknown>, yaml: ConfigYaml): ConfigProblem[] {
  const items = issue.path ?? [];
  if (issue.expected === 'never') return unknownKeys(items, yaml);
  const path = items.map((item) => item.key);
  const { location, exists } = yaml.at(path);
  const isMissing = issue.type === 'strict_object' && !exists;
  const message = isMissing ? `${keyPath(path)} is missing` : `${keyPath(path)}: ${issue.message}`;
  return [{ message, location }];
}

const KNOWN_KEYS = {
  top: Object.keys(configSchema.entries),
  mapping: Object.keys(configSchema.entries.mappings.wrapped.pipe[0].item.pipe[0].entries),
  role: Object.keys(configSchema.entries.assumeRole.wrapped.pipe[0].options[0].entries),
  rule: Object.keys(configSchema.entries.assumeRole.wrapped.pipe[0].options[1].pipe[0].item.entries),
};

const AS_RULES = 'Write a list of rules: assumeRole: [{ accounts: […], name: … }]';

/** The keys that an object at a path may have. */
function keysAt([first, second, third]: readonly unknown[], object: object): readonly string[] {
  if (first === undefined) return KNOWN_KEYS.top;
  if (third === 'policies') return POLICY_KEYS;
  if (first === 'mappings') return KNOWN_KEYS.mapping;
  if (first === 'otherEntries') {
    return OTHER_ENTRY_KEYS['account' in object && !('arn' in object) ? 'account' : 'arn'];
  }
  return second === undefined ? KNOWN_KEYS.role : KNOWN_KEYS.rule;
}

/** All unknown keys of an object: the schema's issue names only the first. */
function unknownKeys(path: readonly v.IssuePathItem[], yaml: ConfigYaml): ConfigProblem[] {
  const around = path.slice(0, -1).map(({ key }) => key);
  const object: object = Object(path.at(-1)?.input);
  const known = keysAt(around, object);
  return Object.keys(object)
    .filter((key) => !known.includes(key))
    .map((key) => ({
      message: `unknown key ${quoted(key)}`,
      location: yaml.at([...around, key]).keyLocation,
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
