import { expect, test } from 'vitest';
import { readersShell } from './readers-shell.ts';
import { type Shown, THEMES, terminalSvg } from './terminal-svg.ts';

const CONFIG = `accounts: [prod-eks]
mappings:
  - permissionSet: ClusterAdmin
    groups: [system:masters]
  - permissionSet: DeveloperAccess
    groups: [developers]
`;

/** In a folder with this config and the aws-auth of the examples, whose organization the fake AWS has. */
const COMMANDS = [
  'cat aws-auth-sso.yaml',
  'aws-auth-sso diff aws-auth.yaml -c aws-auth-sso.yaml',
  'aws-auth-sso merge --write aws-auth.yaml -c aws-auth-sso.yaml',
];
const TITLE =
  'A config maps two permission sets to Kubernetes groups. aws-auth-sso diff shows that the role of one was re-created and that of the other is missing in aws-auth.yaml; aws-auth-sso merge writes both.';

test('the picture of the README is what a terminal shows (npm run test:pages -- -u draws it)', async () => {
  const shell = await readersShell();
  await shell.run(
    `mkdir picture; cp examples/aws-auth.yaml picture; printf %s '${CONFIG}' > picture/aws-auth-sso.yaml`,
  );
  const shown: Shown[] = [];
  for (const command of COMMANDS) {
    const { stdout } = await shell.run(`cd picture; export FORCE_COLOR=1; ${command} 2>&1`);
    expect(stdout).not.toContain('error');
    shown.push({ command, output: stdout });
  }
  for (const [name, theme] of Object.entries(THEMES)) {
    const file = `../docs/pictures/terminal-${name}.svg`;
    await expect(terminalSvg(TITLE, shown, theme)).toMatchFileSnapshot(file);
  }
});
