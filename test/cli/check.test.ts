import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { scratch } from '../scratch.ts';
import { run } from './run.ts';

const PROD = '222222222222';
const HEAD = `apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
    - rolearn: arn:aws:iam::${PROD}:role/node
      username: system:node:{{EC2PrivateDNSName}}
      groups: [system:bootstrappers, system:nodes]
`;
const entry = (arn: string, username = '"sso:{{SessionName}}"') =>
  `    - rolearn: ${arn}\n      username: ${username}\n      groups: [system:masters]\n`;
const PATH = `arn:aws:iam::${PROD}:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_0123456789abcdef`;
const BROKEN = HEAD + entry(PATH) + entry(`arn:aws:sts::${PROD}:assumed-role/x/bob`, 'yes');

describe('check', () => {
  test('annotates a GitHub workflow', async () => {
    const cwd = await scratch({ 'a,b:c%.yaml': HEAD + entry(PATH) });
    const { stdout } = await run(['check', '-o', 'github', 'a,b:c%.yaml'], { cwd });
    expect(stdout).toMatch(/^::error file=a%2Cb%3Ac%25\.yaml,line=11,col=16,title=path-in-arn::[^\n]+\n$/);
    const odd = '%a%,b,c:d:e\nf\ng\rh\r.yaml';
    const folder = await scratch({ [odd]: BROKEN });
    const lines = (await run(['check', '-o', 'github', odd], { cwd: folder })).stdout.split('\n');
    const file = '%25a%25%2Cb%2Cc%3Ad%3Ae%0Af%0Ag%0Dh%0D.yaml';
    expect(lines.map((line) => line.split(',line=')[0])).toEqual([
      ...Array(3).fill(`::error file=${file}`),
      '',
    ]);
    expect(lines[0]).toMatch(/::\S+ contains the path .* never matches\. Strip the path: arn:\S+$/);
  });
});

describe('check --fix', () => {
  test('--write leaves a file without fixable problems alone, and reports the rest', async () => {
    const cwd = await scratch({ 'map.yaml': BROKEN });
    const { ino } = await stat(join(cwd, 'map.yaml'));
    const ran = await run(['check', '--fix', '--write', 'map.yaml'], { cwd });
    expect(ran).toMatchObject({ exitCode: 1, stdout: '' });
    expect(ran.stderr).toMatch(
      /note: map\.yaml: 3 errors, 0 warnings\nnote: roles weren't looked up[^\n]*\n.*--aws.*\n$/,
    );
    expect((await stat(join(cwd, 'map.yaml'))).ino).toBe(ino);
  });
});
