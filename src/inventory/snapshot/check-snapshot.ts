import { formatArn, parseArn, stripPath } from '../../arn.ts';
import type { Problem } from '../../errors.ts';
import { PROVISIONED_PATH, parseRoleName } from '../../role-name.ts';
import { quoted } from '../../text.ts';
import type { Inventory, Role } from '../model.ts';

/** Milliseconds that the clock of whoever took a snapshot may be ahead. */
const CLOCK_SKEW = 5 * 60_000;

/** What is wrong, and the path of keys and indices to it. */
export type SnapshotProblem = Pick<Problem, 'message' | 'help'> & { readonly path: string };

/**
 * What a snapshot of the right shape says that cannot be: people edit such files, and whoever may write a role ARN into one must
 * not let in anybody by it.
 * @param now milliseconds since 1970
 */
export function snapshotProblems(inventory: Inventory, now: number): SnapshotProblem[] {
  const { capturedAt, accounts, roles, partition } = inventory;
  return [
    ...timeProblems(capturedAt, now),
    ...repetitions(accounts, ({ id }) => id).map(({ key, at }) => ({
      path: `accounts.${at}.id`,
      message: `account ${key} is in the list twice`,
    })),
    ...repetitions(roles, ({ roleArn }) => roleArn.toLowerCase()).map(({ at }) => ({
      path: `roles.${at}.roleArn`,
      message: `${quoted(roles[at]?.roleArn ?? '')} is in the list twice`,
    })),
    ...roles.flatMap((role, at) => roleProblems(role, partition, `roles.${at}`)),
  ];
}

function timeProblems(capturedAt: string, now: number): SnapshotProblem[] {
  if (Date.parse(capturedAt) <= now + CLOCK_SKEW) return [];
  const message = `${capturedAt} is in the future, so that nobody can tell how old the snapshot is`;
  return [{ path: 'capturedAt', message, help: "Check this machine's clock, or take the snapshot again." }];
}

/** The role ARN goes into aws-auth, so each part of it has to follow from what else is said of the role. */
function roleProblems(role: Role, partition: string, path: string): SnapshotProblem[] {
  const { accountId, permissionSet, roleArn, pathArn } = role;
  const arn = parseArn(pathArn);
  const name = provisionedName(arn?.resource ?? '');
  const isOfAccount =
    arn?.service === 'iam' && arn.region === '' && arn.partition === partition && arn.accountId === accountId;
  if (!arn || name === undefined || !isOfAccount) {
    const message = `${quoted(pathArn)} is not the ARN of a role that Identity Center made in account ${accountId} (partition ${partition})`;
    return [{ path: `${path}.pathArn`, message }];
  }
  if (roleArn !== formatArn(stripPath(arn))) {
    const message = `${quoted(roleArn)} is not the pathArn without its path`;
    return [{ path: `${path}.roleArn`, message }];
  }
  const inName = parseRoleName(name)?.permissionSet ?? '';
  if (inName === permissionSet) return [];
  const message = `${quoted(permissionSet)} is not the permission set in the role's name, ${quoted(inName)}`;
  return [{ path: `${path}.permissionSet`, message }];
}

const REGION = /^[a-z]{2,}(-[a-z]+)+-\d+\/$/;

/** The name of a role on Identity Center's path: nothing but the home region may stand between the two. */
function provisionedName(resource: string): string | undefined {
  const start = `role${PROVISIONED_PATH}`;
  if (!resource.startsWith(start)) return undefined;
  const at = resource.lastIndexOf('/') + 1;
  const between = resource.slice(start.length, at);
  const name = resource.slice(at);
  return (between === '' || REGION.test(between)) && parseRoleName(name) ? name : undefined;
}

/** The items whose key an earlier one has. */
function repetitions<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
): { readonly key: string; readonly at: number }[] {
  const seen = new Set<string>();
  return items.flatMap((item, at) => {
    const key = keyOf(item);
    if (seen.has(key)) return { key, at };
    seen.add(key);
    return [];
  });
}
