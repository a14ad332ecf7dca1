import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** No message, help or page suggests the cluster admin group as a next step. */

const ROOT = join(import.meta.dirname, '..');

function filesIn(folder: string, ending: RegExp): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => ending.test(name))
    .map((name) => `${folder}/${name}`)
    .sort();
}

function linesWith(path: string, pattern: RegExp): string[] {
  return readFileSync(join(ROOT, path), 'utf8')
    .split('\n')
    .filter((line) => pattern.test(line) && !/^\s*(?:\/\/|\/?\*)/.test(line))
    .map((line) => line.trim());
}

/** Texts that explain the group, or report its members, but don't tell anyone to use it. */
const FACTS: Readonly<Record<string, readonly RegExp[]>> = {
  'src/aws-auth/groups.ts': [/^export const MASTERS = 'system:masters';$/],
  'src/cli/commands/merge.ts': [/"let --prune remove .* the last non-node system:masters entry/],
  'src/cli/completion/complete.ts': [/^\{ value: 'system:masters', description: 'cluster admins' \},$/],
  'src/check/rules/admin.ts': [/"A binding makes an entry's callers cluster admin without system:masters/],
  'src/mapping/config-schema.ts': [
    /Only system:masters needs no binding: its members are cluster admins/,
    /user\/break-glass', groups: \['system:masters'\] \},$/,
  ],
  'src/mapping/starter-config.ts': [/^'# .* Members of system:masters are cluster admins\.'/],
  'src/change/plan-map.ts': [
    /'no non-node entry is left in system:masters'/,
    /would remove the last non-node system:masters entry/,
  ],
  'src/page/summary/words.ts': [
    /^'system:masters, cluster-admin',$/,
    /The Kubernetes group and the Kubernetes role that make admins/,
  ],
  'src/rbac/combine.ts': [/only system:masters has permissions/],
  'src/rbac/ways-to-admin.ts': [
    /^'(?:since 1\.36: )?`impersonate.*`system:masters`(?:, a powerful group| excepted)/,
  ],
};

test('every text in the program that names the group states a fact', () => {
  const found = filesIn('src', /\.ts$/).flatMap((path) =>
    linesWith(path, /system:masters/).map((line) => ({ path, line })),
  );
  const others = found.filter(({ path, line }) => !FACTS[path]?.some((fact) => fact.test(line)));
  expect(others).toEqual([]);
});

/**
 * `Did you mean "system:masters"?`, `Write … system:masters`, `such as system:masters`, and commands in help texts.
 */
const PROPOSAL =
  /(?:Did you mean|[Ww]rite|[Uu]se|[Aa]dd|[Mm]ap|such as|for example|[Bb]ind)\b[^.]*system:masters|--group=system:masters/;
/** The next step in a message: indented below it, or after `help:`. */
const HELP = /^(?: {2,}|\s*help:|\s*- help:|> )/;

test('no next step in a golden case, a page or a picture of the output suggests it', () => {
  const paths = [...filesIn('test/golden', /\.txtar$/), ...filesIn('docs', /\.md$/), 'README.md'];
  const found = paths.flatMap((path) =>
    readFileSync(join(ROOT, path), 'utf8')
      .split('\n')
      .map((line) => line.replace(/^! /, ''))
      .filter((line) => (HELP.test(line) || /\*\*How to fix/.test(line)) && PROPOSAL.test(line))
      // Content of a config, a map or a command line is not a message.
      .filter((line) => !/^\s*(?:- |groups:|aws-auth-sso |\$ )/.test(line))
      .map((line) => `${path}: ${line.trim()}`),
  );
  expect(found).toEqual([]);
});
