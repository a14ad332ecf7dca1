import { expect, test } from 'vitest';
import { scratch } from '../scratch.ts';
import { run } from './run.ts';

const MAP = `apiVersion: v1
kind: ConfigMap
metadata: { name: aws-auth, namespace: kube-system }
data:
  mapUsers: |
    - { userarn: arn:aws:iam::111122223333:user/ann, username: ann, groups: [devs] }
`;

/** A gigabyte: the JSON of 5,000 people in 40 clusters who have dozens of roles is larger. */
async function* padded(json: string) {
  const blanks = new Uint8Array(10_000_000).fill(0x20);
  for (let chunk = 0; chunk < 100; chunk += 1) yield blanks;
  yield new TextEncoder().encode(json);
}

test('who --since reads what who -o json writes for a large organization', async () => {
  const cwd = await scratch({ 'prod.yaml': MAP });
  const earlier = await run(['who', 'prod.yaml', '-o', 'json'], { cwd });
  const argv = ['who', 'prod.yaml', '-o', 'html', '--since', '-'];
  const ran = await run(argv, { cwd, stdin: padded(earlier.stdout) });
  expect(ran.exitCode, ran.stderr).toBe(0);
});
