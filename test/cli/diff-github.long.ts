import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { account, inventory, role, snapshotText } from '../directory/build-inventory.ts';
import { workflowCommandsIn } from '../github-runner.ts';
import { scratch } from '../scratch.ts';
import { run } from './run.ts';

const PROD = '111122223333';
const CLEAN = `kind: ConfigMap
metadata: {name: aws-auth}
data:
  mapRoles: |
    - rolearn: "${role(PROD, 'Dev', 2).roleArn}"
      username: "sso:{{SessionName}}"
      groups: [g]
`;

describe('a summary above the size limit of GitHub', () => {
  const LIMIT = 1024 * 1024;
  const roles = Array.from({ length: 4_500 }, (_, index) => `Set${index}`);
  const world = () =>
    snapshotText({
      ...inventory(
        [account(PROD)],
        roles.map((set) => role(PROD, set, 2)),
      ),
      capturedAt: new Date().toISOString(),
    });

  test.each([0, LIMIT - 5_000, LIMIT - 200, LIMIT - 3])(
    'is cut between two lines, after %d existing bytes, with a note',
    async (there) => {
      const files = { 'big.json': world(), 'map.yaml': CLEAN, 'summary.md': 'x'.repeat(there) };
      const cwd = await scratch(files);
      const argv = ['diff', 'map.yaml', '-o', 'github', '--account', PROD, '--inventory', 'big.json'];
      const env = { GITHUB_STEP_SUMMARY: 'summary.md' };
      const { exitCode, stdout } = await run([...argv, '--map', 'Set*=g'], { cwd, env });
      expect(exitCode).toBe(1);
      expect(workflowCommandsIn(stdout)).toHaveLength(4_501);
      const text = await readFile(join(cwd, 'summary.md'), 'utf8');
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(LIMIT);
      const written = text.slice(there).trim();
      if (there > LIMIT - 100) expect(written).toBe('');
      else expect(written).toMatch(/_Truncated: GitHub shows at most 1 MiB per step\..*_$/);
      if (there > LIMIT - 1_000) return;
      expect(Buffer.byteLength(text)).toBeGreaterThan(LIMIT - 500);
      for (const line of written.split('\n').filter((one) => one.startsWith('| ')))
        expect(line).toMatch(/ \|$/);
      expect(written).toMatch(/^```\n\n<\/details>\n\n_Truncated: /m);
    },
  );
});
