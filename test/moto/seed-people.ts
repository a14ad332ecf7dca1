import {
  CreateGroupCommand,
  CreateGroupMembershipCommand,
  CreateUserCommand,
  DeleteGroupCommand,
  DeleteUserCommand,
} from '@aws-sdk/client-identitystore';
import { CreateAccountAssignmentCommand, ListInstancesCommand } from '@aws-sdk/client-sso-admin';
import type { Clients } from './clients.ts';
import { ASSIGNED, DELETED, GROUPS, USERS } from './people.ts';
import type { TrueAccount, TrueAssignment, TruePermissionSet, TruePrincipal } from './truth.ts';

/** The principals and assignments in moto. */
export interface SeededPeople {
  readonly principals: readonly TruePrincipal[];
  readonly assignments: readonly TrueAssignment[];
}

/** Creates users, groups and assignments, and deletes the principals that must be gone. */
export async function seedPeople(
  clients: Clients,
  accounts: readonly TrueAccount[],
  sets: readonly TruePermissionSet[],
): Promise<SeededPeople> {
  const { Instances: [instance] = [] } = await clients.ssoAdmin.send(new ListInstancesCommand({}));
  const store = { IdentityStoreId: instance?.IdentityStoreId };
  const users = await createUsers(clients, store);
  const groups = await createGroups(clients, store, users);
  const principals = [...users, ...groups];
  const assignments = await assign(clients, instance?.InstanceArn, accounts, sets, principals);
  for (const { type, id } of principals.filter(({ deleted }) => deleted)) {
    if (type === 'USER') await clients.identityStore.send(new DeleteUserCommand({ ...store, UserId: id }));
    else await clients.identityStore.send(new DeleteGroupCommand({ ...store, GroupId: id }));
  }
  return { principals, assignments };
}

interface Store {
  readonly IdentityStoreId: string | undefined;
}

async function createUsers({ identityStore }: Clients, store: Store): Promise<TruePrincipal[]> {
  const created: TruePrincipal[] = [];
  for (const name of USERS) {
    const input = { UserName: name, DisplayName: name, Name: { GivenName: name, FamilyName: name } };
    const { UserId = '' } = await identityStore.send(new CreateUserCommand({ ...store, ...input }));
    created.push({ type: 'USER', id: UserId, name, members: [], deleted: DELETED.includes(name) });
  }
  return created;
}

async function createGroups(
  { identityStore }: Clients,
  store: Store,
  users: readonly TruePrincipal[],
): Promise<TruePrincipal[]> {
  const created: TruePrincipal[] = [];
  for (const [name, members] of Object.entries(GROUPS)) {
    const { GroupId = '' } = await identityStore.send(
      new CreateGroupCommand({ ...store, DisplayName: name }),
    );
    for (const member of members) {
      const MemberId = { UserId: users.find((user) => user.name === member)?.id ?? '' };
      await identityStore.send(new CreateGroupMembershipCommand({ ...store, GroupId, MemberId }));
    }
    created.push({ type: 'GROUP', id: GroupId, name, members, deleted: DELETED.includes(name) });
  }
  return created;
}

async function assign(
  { ssoAdmin }: Clients,
  InstanceArn: string | undefined,
  accounts: readonly TrueAccount[],
  sets: readonly TruePermissionSet[],
  principals: readonly TruePrincipal[],
): Promise<TrueAssignment[]> {
  const assignments = ASSIGNED.flatMap(({ account, set, principals: names }) =>
    accounts
      .filter(({ name }) => name === account || (account.endsWith('-') && name.startsWith(account)))
      .flatMap(({ id }) => names.map((principal) => ({ accountId: id, permissionSet: set, principal }))),
  );
  for (const { accountId, permissionSet, principal } of assignments) {
    const { type, id } = principals.find(({ name }) => name === principal) ?? {};
    const PermissionSetArn = sets.find(({ name }) => name === permissionSet)?.arn;
    const target = { TargetId: accountId, TargetType: 'AWS_ACCOUNT' as const };
    await ssoAdmin.send(
      new CreateAccountAssignmentCommand({
        ...{ InstanceArn, PermissionSetArn, PrincipalType: type, PrincipalId: id },
        ...target,
      }),
    );
  }
  return assignments;
}
