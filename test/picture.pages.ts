import { expect, test } from 'vitest';
import { readersShell } from './readers-shell.ts';
import { type Shown, THEMES, terminalSvg } from './terminal-svg.ts';

const CONFIG = `accounts: [prod-eks]
nodeRoles: [arn:aws:iam::111122223333:role/eks-prod-node]
mappings:
  - permissionSet: DeveloperAccess
    groups: [developers]
`;

const AWS_AUTH = `apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/eks-prod-node
      username: system:node:{{EC2PrivateDNSName}}
      groups: [system:bootstrappers, system:nodes]
    # payments team
    - rolearn: arn:aws:iam::111122223333:role/AWSReservedSSO_DeveloperAccess_00aa11bb22cc33dd
      username: sso:{{SessionName}}
      groups: [developers]
`;

const COMMANDS = ['aws-auth-sso diff aws-auth.yaml', 'aws-auth-sso merge --write aws-auth.yaml'];
const TITLE =
  'aws-auth-sso diff shows that the role of the permission set DeveloperAccess has a new suffix; aws-auth-sso merge writes it.';

test('the picture in the README is what a terminal shows (npm run test:pages -- -u draws it)', async () => {
  const shell = await readersShell();
  await shell.run(
    `mkdir picture; printf %s '${AWS_AUTH}' > picture/aws-auth.yaml; printf %s '${CONFIG}' > picture/aws-auth-sso.yaml`,
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
