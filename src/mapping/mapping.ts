import * as v from 'valibot';
import { DEFAULT_USERNAME, USERNAME_OF_EKS } from '../entry.ts';
import { Failure, type Location, type Problem } from '../errors.ts';
import { type AccountSelector, parseAccountSelector } from '../inventory/scope/account-selector.ts';
import { quoted } from '../text.ts';
import { mappingSchema } from './config-schema.ts';
import {
  type PermissionSetSelector,
  type PrincipalSelector,
  parsePermissionSetSelector,
  parsePrincipalSelector,
} from './selector.ts';

/** A user's rule: which permission sets, in which accounts, get which username and groups. */
export interface Mapping {
  readonly selector: PermissionSetSelector;
  /** Null: the default scope. */
  readonly accounts: readonly AccountSelector[] | null;
  /** Only in accounts where this principal is assigned. */
  readonly assignedTo: PrincipalSelector | null;
  /** Null: not set. */
  readonly username: string | null;
  readonly groups: readonly string[];
  /** True if it may resolve to no role. */
  readonly optional: boolean;
  readonly origin: Origin;
}

/** Where a mapping comes from, for messages: its position in the config, or the flag. */
interface Origin {
  readonly text: string;
  readonly location?: Location;
}

/** A problem with a mapping, at its position in the config if it has one. */
export function mappingProblem({ origin }: Mapping, message: string, help: string): Problem {
  return { message, help, ...(origin.location ? { location: origin.location } : {}) };
}

/** @throws Failure (exit 2) with every mapping that aws-auth does not support */
export function requireForConfigMap(mappings: readonly Mapping[]): void {
  const problems = mappings
    .filter(({ username }) => username === USERNAME_OF_EKS)
    .map((mapping) => {
      const origin = mapping.origin.location ? '' : `${mapping.origin.text}: `;
      const message = `${origin}username ${quoted(USERNAME_OF_EKS)} makes EKS choose the username, which only works for access entries`;
      const help = `Write a username for aws-auth, such as ${quoted(DEFAULT_USERNAME)}, or use this config only for \`aws-auth-sso access-entries\`.`;
      return mappingProblem(mapping, message, help);
    });
  if (problems.length > 0) throw new Failure(2, problems);
}

/** Converts a validated rule to a mapping. */
export function toMapping(input: v.InferOutput<typeof mappingSchema>, origin: Origin): Mapping {
  return {
    selector: parsePermissionSetSelector(input.permissionSet),
    accounts: input.accounts?.map(parseAccountSelector) ?? null,
    assignedTo: (input.assignedTo && parsePrincipalSelector(input.assignedTo)) || null,
    username: input.username ?? null,
    groups: input.groups,
    optional: input.optional ?? false,
    origin,
  };
}

const HOW =
  'Write --map SELECTOR=GROUP[,GROUP…], for example --map ReadOnly=viewers. A config file supports any name.';

/**
 * Parses `--map SELECTOR=GROUP[,GROUP…]` flags, split at the last `=`, as if they were rules in a config.
 * @throws Failure (exit 2) with all problems
 */
export function parseMapFlags(flags: readonly string[], username: string | undefined): Mapping[] {
  const problems: Problem[] = [];
  const mappings = flags.flatMap((flag) => {
    const origin = { text: `--map ${quoted(flag)}` };
    if (!flag.includes('=')) {
      problems.push({
        message: `${origin.text} has no "=" between the permission set and its groups`,
        help: HOW,
      });
      return [];
    }
    const result = v.safeParse(mappingSchema, {
      ...partsOf(flag),
      ...(username === undefined ? {} : { username }),
    });
    for (const issue of result.issues ?? [])
      problems.push({ message: `${origin.text}: ${issue.message}`, help: nextFor(issue) });
    return result.success ? [toMapping(result.output, origin)] : [];
  });
  if (problems.length > 0) throw new Failure(2, problems);
  return mappings;
}

function partsOf(flag: string): { permissionSet: string; groups: string[] } {
  const split = flag.lastIndexOf('=');
  return { permissionSet: flag.slice(0, split), groups: flag.slice(split + 1).split(',') };
}

function nextFor(issue: v.BaseIssue<unknown>): string {
  const field = issue.path?.[0]?.key;
  if (field === 'username') return 'Change --username.';
  return HOW;
}
