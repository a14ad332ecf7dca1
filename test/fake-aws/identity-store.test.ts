import {
  DescribeGroupCommand,
  DescribeUserCommand,
  GetGroupIdCommand,
  GetUserIdCommand,
  IdentitystoreClient,
  ListGroupMembershipsForMemberCommand,
  ListUsersCommand,
  paginateListGroupMemberships,
  paginateListGroups,
  paginateListUsers,
} from '@aws-sdk/client-identitystore';
import { expect, test } from 'vitest';
import { buildWorld } from './build-world.ts';
import { fakeAwsForTest } from './fake-aws-for-test.ts';
import { itemsOf } from './items-of.ts';
import type { WorldInput } from './world-input.ts';

const INPUT: WorldInput = {
  accounts: [{ id: '222222222222' }],
  users: [{ userName: 'ada' }, { userName: 'bob' }, { userName: 'gone', deleted: true }],
  groups: [
    { displayName: 'Platform', members: ['ada', 'bob', 'gone'] },
    { displayName: 'Audit', members: ['ada'] },
    { displayName: 'Former', members: ['ada'], deleted: true },
  ],
};
const WORLD = buildWorld(INPUT);
const IdentityStoreId = WORLD.instances[0]?.identityStoreId;
const [ADA, BOB, GONE] = WORLD.users.map((user) => user.id);
const [PLATFORM, AUDIT, FORMER] = WORLD.groups.map((group) => group.id);

function unique(AttributePath: string, AttributeValue: string) {
  return { IdentityStoreId, AlternateIdentifier: { UniqueAttribute: { AttributePath, AttributeValue } } };
}

test('lists users and groups without the deleted ones', async () => {
  await fakeAwsForTest(INPUT, { pageSize: 1 });
  const client = new IdentitystoreClient({});
  const users = await itemsOf(paginateListUsers({ client }, { IdentityStoreId }), (page) => page.Users);
  expect(users.map((user) => [user.UserId, user.UserName])).toEqual([
    [ADA, 'ada'],
    [BOB, 'bob'],
  ]);
  const groups = await itemsOf(paginateListGroups({ client }, { IdentityStoreId }), (page) => page.Groups);
  expect(groups.map((group) => group.DisplayName)).toEqual(['Platform', 'Audit']);
});

test('memberships can be listed by group and by member', async () => {
  await fakeAwsForTest(INPUT, { pageSize: 1 });
  const client = new IdentitystoreClient({});
  const pages = paginateListGroupMemberships({ client }, { IdentityStoreId, GroupId: PLATFORM });
  const members = await itemsOf(pages, (page) => page.GroupMemberships);
  expect(members.map((membership) => membership.MemberId?.UserId)).toEqual([ADA, BOB]);
  await fakeAwsForTest(INPUT);
  const request = { IdentityStoreId, MemberId: { UserId: ADA ?? '' } };
  const { GroupMemberships } = await new IdentitystoreClient({}).send(
    new ListGroupMembershipsForMemberCommand(request),
  );
  expect(GroupMemberships?.map((membership) => membership.GroupId)).toEqual([PLATFORM, AUDIT]);
});

test('names resolve to ids, and filters to one user', async () => {
  await fakeAwsForTest(INPUT);
  const client = new IdentitystoreClient({});
  expect((await client.send(new GetUserIdCommand(unique('userName', 'bob')))).UserId).toBe(BOB);
  expect((await client.send(new GetGroupIdCommand(unique('displayName', 'Audit')))).GroupId).toBe(AUDIT);
  const Filters = [{ AttributePath: 'UserName', AttributeValue: 'bob' }];
  const { Users } = await client.send(new ListUsersCommand({ IdentityStoreId, Filters }));
  expect(Users?.map((user) => user.UserId)).toEqual([BOB]);
});

test('deleted principals are not found', async () => {
  await fakeAwsForTest(INPUT);
  const client = new IdentitystoreClient({});
  const user = client.send(new DescribeUserCommand({ IdentityStoreId, UserId: GONE }));
  await expect(user).rejects.toMatchObject({ name: 'ResourceNotFoundException', ResourceType: 'USER' });
  const group = client.send(new DescribeGroupCommand({ IdentityStoreId, GroupId: FORMER }));
  await expect(group).rejects.toMatchObject({ name: 'ResourceNotFoundException', ResourceId: FORMER });
  const byName = client.send(new GetGroupIdCommand(unique('displayName', 'Former')));
  await expect(byName).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

test('member accounts may make calls too', async () => {
  await fakeAwsForTest(INPUT, { callerAccountId: '222222222222' });
  const { Users } = await new IdentitystoreClient({}).send(new ListUsersCommand({ IdentityStoreId }));
  expect(Users?.length).toBeGreaterThan(0);
});
