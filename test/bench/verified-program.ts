import { openAws } from '../../src/inventory/discover.ts';

/** Prints the inventory of the whole organization, with the permission sets that Identity Center says are provisioned. */
const session = await openAws(
  { profiles: [], assumeRole: { name: 'OrganizationAccountAccessRole' }, env: process.env },
  new AbortController().signal,
);
const { capturedAt: _, ...inventory } = await session.discover({
  scope: [{ kind: 'all' }],
  within: null,
  exclude: [],
  permissionSets: 'all',
  knownPermissionSets: [],
  provisioned: true,
  organizationTree: false,
});
process.stdout.write(JSON.stringify(inventory));
session.close();
