import * as v from 'valibot';
import { Failure, type Problem } from '../errors.ts';
import { quoted } from '../text.ts';
import { mappingSchema } from './config-schema.ts';
import type { Mapping } from './mapping.ts';
import { toMapping } from './to-mapping.ts';

const HOW =
  'Write --map SELECTOR=GROUP[,GROUP…], for example --map ClusterAdmin=system:masters; a config file takes any name.';

/**
 * Reads `--map SELECTOR=GROUP[,GROUP…]` flags, split at the last `=`, as the rules they are in a config.
 * @throws Failure (exit 2) with every problem at once
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
