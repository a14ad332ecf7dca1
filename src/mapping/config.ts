import * as v from 'valibot';
import { OtherEntries, type OtherEntry } from '../aws-auth/other-entries.ts';
import { Failure, type Location, type Problem } from '../errors.ts';
import { didYouMean, quoted } from '../text.ts';
import { type Config, configSchema, keysAt } from './config-schema.ts';
import { ConfigYaml } from './config-yaml.ts';
import { type Mapping, toMapping } from './mapping.ts';
import { readPolicies } from './policies-schema.ts';

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
  if (!result.success || problems.length > 0) {
    problems.sort(
      ({ location: one }, { location: other }) => one.line - other.line || one.column - other.column,
    );
    throw new Failure(2, problems);
  }
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

const AS_RULES = 'Write a list of rules: assumeRole: [{ accounts: […], name: … }]';

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
        (around.length === 1 && around[0] === 'assumeRole' && key === 'accounts'
          ? AS_RULES
          : didYouMean(key, known)) ?? `Known keys: ${known.join(', ')}.`,
    }));
}

function keyPath(path: readonly unknown[]): string {
  return path.reduce<string>(
    (text, key) =>
      typeof key === 'number' ? `${text}[${key}]` : text === '' ? String(key) : `${text}.${String(key)}`,
    '',
  );
}
