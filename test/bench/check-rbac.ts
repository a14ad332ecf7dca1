import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderConfigMap } from '../../src/aws-auth/render.ts';
import type { DesiredEntry } from '../../src/map-entry.ts';
import { markdownTable, number, type Report } from './benchmark.ts';
import { type MeasuredRun, measuredRun } from './measured-run.ts';

const ENTRIES = 3000;
const SUBJECTS = 4000;
const ROUNDS = 5;
const MOST_TIME = 3;

/** Names of entries, and of binding subjects. */
interface Names {
  readonly entry: (index: number) => Pick<DesiredEntry, 'username' | 'groups'>;
  readonly subject: (index: number) => readonly ['User' | 'Group', string];
}

/** Differences between entries, so that no result can be reused for the next one. */
const CASES: Readonly<Record<string, Names>> = {
  'misspelled groups': {
    entry: (index) => ({ username: 'sso:{{SessionName}}', groups: [`team-payments-${index}x`] }),
    subject: (index) => ['Group', `team-payments-${index}`],
  },
  'users by name': {
    entry: (index) => ({ username: `ada-${index}@example.com`, groups: [] }),
    subject: (index) => ['User', `ada.${index}@example.com`],
  },
  'usernames of sessions': {
    entry: (index) => ({ username: `sso-${index}:{{SessionName}}`, groups: [] }),
    subject: (index) => ['User', `sso-${index % 50}:ada${index}@example.com`],
  },
  'groups that are bound, and users that sessions can become': {
    entry: (index) => ({ username: '{{SessionName}}', groups: [`team-${index}`] }),
    subject: (index) => (index % 2 === 0 ? ['Group', `team-${index}`] : ['User', `ada-${index}`]),
  },
};

/** The time to check 3,000 entries against bindings with 4,000 subjects, over the time without them: whole runs, in turns. */
export async function benchmarkCheckRbac(root: URL): Promise<Report> {
  const folder = await mkdtemp(join(tmpdir(), 'check-rbac-'));
  try {
    const program = new URL('bin/aws-auth-sso.js', root);
    const runs = new Map<string, { readonly alone: MeasuredRun; readonly withRbac: MeasuredRun }>();
    for (const [name, names] of Object.entries(CASES)) {
      const [file, rbac] = [join(folder, 'aws-auth.yaml'), join(folder, 'rbac.yaml')];
      await writeFile(file, renderConfigMap(entriesOf(names), { comments: false }));
      await writeFile(rbac, rbacText(names));
      const check = (argv: readonly string[]) =>
        measuredRun(program, ['check', file, ...argv, '--quiet'], { XDG_CACHE_HOME: folder }, 'ignore');
      runs.set(
        name,
        await leastOf(
          () => check([]),
          () => check(['--rbac', rbac]),
        ),
      );
    }
    return {
      text: markdownTable(
        ['check', 'alone, CPU ms', 'with --rbac, CPU ms', 'peak MB', 'output lines'],
        [...runs].map(([name, { alone, withRbac }]) => [
          name,
          number(Math.round(alone.cpuMs)),
          number(Math.round(withRbac.cpuMs)),
          number(Math.round(withRbac.peakMb)),
          number(withRbac.stdout.split('\n').length - 1),
        ]),
      ),
      targets: [...runs].map(([name, { alone, withRbac }]) => ({
        name: `${name}: CPU time with --rbac over that without`,
        measured: withRbac.cpuMs / alone.cpuMs,
        most: MOST_TIME,
      })),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The run of each with the least processor time; in turns, so that other load affects both equally. */
async function leastOf(
  alone: () => Promise<MeasuredRun>,
  withRbac: () => Promise<MeasuredRun>,
): Promise<{ readonly alone: MeasuredRun; readonly withRbac: MeasuredRun }> {
  const less = (one: MeasuredRun, other: MeasuredRun) => (one.cpuMs <= other.cpuMs ? one : other);
  let least = { alone: await alone(), withRbac: await withRbac() };
  for (let round = 1; round < ROUNDS; round += 1)
    least = { alone: less(least.alone, await alone()), withRbac: less(least.withRbac, await withRbac()) };
  return least;
}

function entriesOf({ entry }: Names): DesiredEntry[] {
  return Array.from({ length: ENTRIES }, (_, index) => ({
    rolearn: `arn:aws:iam::${100_000_000_000 + index}:role/AWSReservedSSO_Dev_${index.toString(16).padStart(16, '0')}`,
    usernameStated: false,
    role: null,
    ...entry(index),
  }));
}

const API = 'rbac.authorization.k8s.io';

function rbacText({ subject }: Names): string {
  const bindings = Array.from({ length: SUBJECTS }, (_, index) => {
    const [kind, name] = subject(index);
    return `- apiVersion: ${API}/v1
  kind: ClusterRoleBinding
  metadata:
    name: binding-${index}
  roleRef:
    apiGroup: ${API}
    kind: ClusterRole
    name: view
  subjects:
  - apiGroup: ${API}
    kind: ${kind}
    name: ${name}
`;
  });
  return `apiVersion: v1\nitems:\n${bindings.join('')}kind: List\n`;
}
