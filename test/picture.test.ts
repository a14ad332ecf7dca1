import { expect, test } from 'vitest';
import { readersShell } from './readers-shell.ts';
import { type Shown, THEMES, terminalSvg } from './terminal-svg.ts';

/** In the folder of the examples, whose organization the fake AWS has. */
const COMMANDS = [
  'aws-auth-sso diff aws-auth.yaml -c aws-auth-sso.yaml --account prod-eks',
  'aws-auth-sso merge --write aws-auth.yaml -c aws-auth-sso.yaml --account prod-eks',
  'aws-auth-sso who aws-auth.yaml -c aws-auth-sso.yaml --group Platform',
];
const TITLE =
  'aws-auth-sso diff shows that the role of ClusterAdmin was re-created and two roles are missing in aws-auth.yaml; merge writes it; who shows that group Platform is cluster administrator.';

test('the picture of the README is what a terminal shows (npx vitest run test/picture.test.ts -u draws it)', async () => {
  const shell = await readersShell();
  const shown: Shown[] = [];
  for (const command of COMMANDS) {
    const { stdout } = await shell.run(`cd examples; export FORCE_COLOR=1; ${command} 2>&1`);
    expect(stdout).not.toContain('error');
    shown.push({ command, output: stdout });
  }
  for (const [name, theme] of Object.entries(THEMES)) {
    const file = `../docs/pictures/terminal-${name}.svg`;
    await expect(terminalSvg(TITLE, shown, theme)).toMatchFileSnapshot(file);
  }
}, 60_000);
