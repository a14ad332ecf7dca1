import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/command-table.ts';
import { EXAMPLES, examplesOf } from '../../src/cli/help.ts';
import { readersShell } from '../readers-shell.ts';
import { run } from './run.ts';

const NAMES = COMMANDS.map(({ name }) => name);

/** Files that the examples name. */
const PREPARE = `set -e
cp examples/aws-auth.yaml examples/aws-auth-sso.yaml .
mkdir -p ~/.config/fish/completions ~/.aws clusters/stage
cp aws-auth.yaml clusters/stage/
printf '[profile prod]\\naws_access_key_id = %s\\naws_secret_access_key = %s\\n' \\
  "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY" > ~/.aws/config`;

/** Heading of the examples of a command. */
const BEFORE: Readonly<Record<string, string>> = {
  init: 'rm aws-auth-sso.yaml',
  check: "printf '  mapAccounts: |\\n    - 012345678901\\n' >> aws-auth.yaml",
};

/** Exit code of each example, and part of its output or its file. */
const OUTCOMES: Readonly<
  Record<string, readonly (readonly [exitCode: number, shows: string, file?: string])[]>
> = {
  generate: [
    [0, 'configmap/aws-auth created'],
    [0, 'role/AWSReservedSSO_ReadOnly_1d3fb491980d3b77\n'],
    [0, 'ReadOnly_1d3fb491980d3b77 # prod-eks, ReadOnly\n', 'map-roles.yaml'],
  ],
  merge: [
    [0, 'configmap/aws-auth replaced'],
    [0, 'DeveloperAccess_84d1501ba55ed4dd\n', 'aws-auth.yaml'],
    [0, 'ReadOnly_1d3fb491980d3b77\n', 'merged.yaml'],
  ],
  diff: [
    [1, '+    - rolearn: arn:aws:iam::111122223333:role/AWSReservedSSO_DeveloperAccess'],
    [1, '+   group: "developers"\n'],
    [1, '::warning file=aws-auth.yaml,line=15'],
  ],
  'access-entries': [
    [0, '#!/usr/bin/env bash', 'entries.sh'],
    [0, '1 of 3 principals keeps username, groups and admin; 1 regains access; 1 node role is skipped'],
    [0, 'namespaces = ["team-*"]'],
  ],
  bindings: [
    [0, 'aws-auth-sso:developers:edit created'],
    [0, '"name": "aws-auth-sso:developers:edit"'],
  ],
  check: [
    [0, 'note: clusters/stage/aws-auth.yaml: no problems found'],
    [1, '+    - "012345678901"\n'],
    [1, "ClusterAdmin_00aa11bb22cc33dd doesn't exist"],
  ],
  view: [
    [0, 'mapUsers   arn:aws:iam::111122223333:user/break-glass'],
    [0, 'clusters/stage/aws-auth.yaml:15:7   mapRoles'],
  ],
  who: [
    [0, 'break-glass     IAM user'],
    [0, 'break-glass'],
    [0, 'alice@example.com'],
  ],
  explain: [
    [1, 'ClusterAdmin_c3402ddbb14af723/alice@example.com has no access'],
    [1, 'has no access'],
    [0, 'user/break-glass has access'],
  ],
  roles: [
    [0, 'ReadOnly          2          2       Developers (group), erin@example.com (user)'],
    [0, 'arn:aws:iam::111122223333:role/AWSReservedSSO_ReadOnly_1d3fb491980d3b77\n'],
    [0, 'no roles found'],
  ],
  snapshot: [
    [0, 'note: aws-auth.yaml: 3 added, 1 rotated, 1 unchanged'],
    [0, 'resource "aws_eks_access_entry"'],
    [0, '"authenticationMode": "API_AND_CONFIG_MAP"', 'prod.json'],
  ],
  init: [
    [0, 'permissionSet: ClusterAdmin', 'aws-auth-sso.yaml'],
    [0, '#   - permissionSet: ReadOnly'],
  ],
  completion: [
    [0, ''],
    [0, 'complete -c aws-auth-sso', '~/.config/fish/completions/aws-auth-sso.fish'],
  ],
};

function scriptsOf(command: string): string[] {
  return (EXAMPLES[command] ?? '').trim().split('\n\n');
}

describe.each(NAMES)('the examples of %s', (name) => {
  test('are two or three, each with its purpose', () => {
    const scripts = scriptsOf(name);
    expect([2, 3]).toContain(scripts.length);
    for (const script of scripts) {
      expect(script).toMatch(/^# [^\n]*[^.\n]\n[^#]+$/);
      expect(script).toMatch(new RegExp(`\\baws-auth-sso ${name}\\b`));
    }
  });

  test('work', async () => {
    const shell = await readersShell();
    expect(await shell.run(`${PREPARE}\n${BEFORE[name] ?? ''}`)).toMatchObject({
      exitCode: 0,
    });
    const scripts = scriptsOf(name);
    expect(OUTCOMES[name]).toHaveLength(scripts.length);
    for (const [index, script] of scripts.entries()) {
      const [wanted, shows = '', file] = OUTCOMES[name]?.[index] ?? [];
      const { exitCode, stdout, stderr } = await shell.run(`export AWS_CONFIG_FILE=~/.aws/config\n${script}`);
      expect({ script, exitCode, stderr }).toEqual({
        script,
        exitCode: wanted,
        stderr: expect.not.stringMatching(/^error: (?!\S+:\d+:\d+: )|^unexpected: /m),
      });
      const written = file ? (await shell.run(`cat ${file}`)).stdout : `${stdout}${stderr}`;
      expect(written, script).toContain(shows);
    }
  });

  test('end its help, with the name of the program as called', async () => {
    const { stdout } = await run([name, '--help']);
    const [, examples = ''] = stdout.split('\n\nExamples:\n');
    expect(examples).toBe(`${examplesOf(name, 'aws-auth-sso')}\n`);
    expect(examples.split('\n').filter((line) => line !== '' && !line.startsWith('  '))).toEqual([]);
    const plugin = examplesOf(name, 'kubectl aws-auth-sso');
    expect(`${plugin.replaceAll('kubectl aws-auth-sso ', 'aws-auth-sso ')}\n`).toBe(examples);
    expect(plugin).toContain(`kubectl aws-auth-sso ${name}`);
    expect(plugin.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(plugin).not.toMatch(/kubectl aws-auth-sso\./);
  });
});
