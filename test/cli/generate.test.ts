import { expect, test } from 'vitest';
import { account, inventory, role, snapshotText } from '../directory/build-inventory.ts';
import { scratch } from '../scratch.ts';
import { run } from './run.ts';

const PROD = '111122223333';
const DEV = '222233334444';

const WORLD = inventory(
  [
    account(PROD, 'prod', {
      ou: 'Workloads/Prod',
      ouIds: ['r-ab12', 'ou-ab12-workload', 'ou-ab12-prodprod'],
    }),
    account(DEV, 'dev', { ou: 'Workloads/Dev', ouIds: ['r-ab12', 'ou-ab12-workload', 'ou-ab12-devdevde'] }),
  ],
  [
    role(PROD, 'Admin'),
    role(PROD, 'Admin_ReadOnly'),
    role(PROD, 'Dev.Ops+1'),
    role(PROD, 'a=b,c@d'),
    role(PROD, 'x'.repeat(32)),
    role(DEV, 'Admin'),
  ],
  {
    permissionSets: [
      { arn: 'arn:aws:sso:::permissionSet/ssoins-1/ps-admin', name: 'Admin' },
      { arn: 'arn:aws:sso:::permissionSet/ssoins-1/ps-billing', name: 'Billing' },
      { arn: 'arn:aws:sso:::permissionSet/ssoins-1/ps-read', name: 'Admin_ReadOnly' },
    ],
    instance: { arn: 'arn:aws:sso:::instance/ssoins-1', identityStoreId: 'd-1', region: 'eu-west-1' },
  },
);

/** Runs `generate` in a folder with the world as a snapshot, and the given config. */
async function generate(flags: readonly string[], config?: string, world = WORLD) {
  const files = {
    'world.json': snapshotText(world),
    ...(config === undefined ? {} : { 'aws-auth-sso.yaml': config }),
  };
  return run(['generate', '--inventory', 'world.json', ...flags], { cwd: await scratch(files) });
}

test('refuses a ConfigMap that is too large for a cluster, but not one that is only too large for client-side apply', async () => {
  const worldOf = (count: number) => {
    const accounts = Array.from({ length: count }, (_, index) => account(String(100_000_000_000 + index)));
    return inventory(
      accounts,
      accounts.map(({ id }) => role(id, 'Admin')),
    );
  };
  const flags = ['--no-nodes', '--quiet', '--map', 'Admin=g', '--all-accounts'];
  const large = await generate(flags, undefined, worldOf(2500));
  expect(large).toMatchObject({ exitCode: 0, stderr: '' });
  const tooLarge = await generate(flags, undefined, worldOf(12_000));
  expect(tooLarge).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining('1024') });
});
