import { expect, test } from 'vitest';
import { parseSnapshot } from '../src/directory/snapshot.ts';
import { withExamples } from './page-examples.ts';
import { blocksIn, textOf } from './pages.ts';

const PAGE = 'README.md';

test('examples are as the README shows them (npm run test:pages -- -u writes it)', async () => {
  await expect(await withExamples(PAGE)).toMatchFileSnapshot(`../${PAGE}`);
});

test('its first answer shows the ARNs of the example organization', () => {
  const inventory = parseSnapshot(textOf('examples/inventory.json'), 'inventory.json');
  const set = inventory.permissionSets?.find(({ name }) => name === 'DeveloperAccess');
  const role = inventory.roles.find(({ permissionSet }) => permissionSet === set?.name);
  const [answer] = blocksIn(PAGE);
  expect([...(answer?.text.matchAll(/rolearn: (\S+)/g) ?? [])].map(([, arn]) => arn)).toEqual([
    set?.arn,
    role?.pathArn,
    role?.roleArn,
  ]);
});
