import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratch } from '../scratch.ts';
import { run } from './run.ts';

const NODE =
  'username: "system:node:{{EC2PrivateDNSName}}", groups: ["system:bootstrappers", "system:nodes"]';
const HEAD = `kind: ConfigMap
metadata: {name: aws-auth}
data:
  mapRoles: |
    - {rolearn: "arn:aws:iam::111122223333:role/node", ${NODE}}
`;
const entry = (arn: string) => `${HEAD}    - {rolearn: "${arn}", username: u, groups: [g]}\n`;
const env = { GITHUB_STEP_SUMMARY: 'summary.md' };

test('escapes markup in names and messages', async () => {
  const name = '<b>|`x`\n### y.yaml';
  const cwd = await scratch({ [name]: entry('arn:aws:iam::111122223333:role/a/<img src=x>|@org/node') });
  await run(['check', name, '-o', 'github'], { cwd, env });
  const text = await readFile(join(cwd, 'summary.md'), 'utf8');
  expect(text.replaceAll(/<\/?code>/g, '')).not.toMatch(/[<`@]/);
  expect(text.match(/^###/gm)).toHaveLength(1);
  for (const row of text.split('\n').filter((line) => line.startsWith('| ')))
    expect(row.match(/\|/g)).toHaveLength(5);
});
