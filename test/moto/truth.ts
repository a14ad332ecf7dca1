/** The data put into moto, from moto's own answers. Uses none of the program's code. */
export interface Truth {
  readonly managementAccountId: string;
  /** Ids by path. */
  readonly units: Readonly<Record<string, string>>;
  readonly permissionSets: readonly TruePermissionSet[];
  readonly accounts: readonly TrueAccount[];
  readonly principals: readonly TruePrincipal[];
  readonly assignments: readonly TrueAssignment[];
}

export interface TruePrincipal {
  readonly type: 'GROUP' | 'USER';
  readonly id: string;
  readonly name: string;
  /** Names of a group's users. */
  readonly members: readonly string[];
  readonly deleted: boolean;
}

/** By names. */
export interface TrueAssignment {
  readonly accountId: string;
  readonly permissionSet: string;
  readonly principal: string;
}

export interface TruePermissionSet {
  readonly name: string;
  readonly arn: string;
}

export interface TrueAccount {
  readonly id: string;
  readonly name: string;
  readonly unit: string;
  readonly closed: boolean;
  /** The role that the management account may assume there. */
  readonly accessRole: string;
  /** Provisioned roles in order of creation, those of deleted permission sets too. */
  readonly roles: readonly TrueRole[];
}

export interface TrueRole {
  readonly permissionSet: string;
  readonly roleArn: string;
  readonly pathArn: string;
  readonly createdAt: string;
}

/** A row of `roles -o json`. */
export interface ExpectedRow extends TrueRole {
  readonly accountId: string;
  readonly accountName: string | null;
  readonly permissionSetArn: null;
  readonly principals: null;
}

/** The account with this name; there must be exactly one. */
export function accountNamed(truth: Truth, name: string): TrueAccount {
  const [account, ...others] = truth.accounts.filter((candidate) => candidate.name === name);
  if (!account || others.length > 0) throw new Error(`not one account, but ${others.length}: ${name}`);
  return account;
}

/** The newest role of a permission set in an account. */
export function roleOf(account: TrueAccount, permissionSet: string): TrueRole {
  const role = account.roles.filter((candidate) => candidate.permissionSet === permissionSet).at(-1);
  if (!role) throw new Error(`no role of ${permissionSet} in ${account.name}`);
  return role;
}

/** The open accounts that match `filter`, ascending by ID. */
export function openAccounts(truth: Truth, filter: (account: TrueAccount) => boolean): TrueAccount[] {
  return truth.accounts
    .filter((account) => !account.closed && filter(account))
    .sort((one, other) => order(one.id, other.id));
}

/** The expected `roles -o json` output for these accounts; without names if finding the accounts needed none. */
export function expectedRows(accounts: readonly TrueAccount[], named = true): ExpectedRow[] {
  return accounts.flatMap(({ id, name, roles }) =>
    [...roles]
      .sort(
        (one, other) => order(one.permissionSet, other.permissionSet) || order(one.roleArn, other.roleArn),
      )
      .map((role) => ({
        accountId: id,
        accountName: named ? name : null,
        permissionSet: role.permissionSet,
        permissionSetArn: null,
        roleArn: role.roleArn,
        pathArn: role.pathArn,
        createdAt: role.createdAt,
        principals: null,
      })),
  );
}

function order(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
