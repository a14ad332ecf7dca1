import { type Finding, type Location, locatedList } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { NODE_VARIABLE } from '../map-entry.ts';
import { printable, quoted } from '../text.ts';
import { type ArnProblem, diagnoseArn } from './diagnose-arn.ts';
import { isClusterAdmin, isNodeEntry } from './groups.ts';
import type { LoadedEntry } from './loaded.ts';
import { isDenied, isForInstances } from './resolve-caller.ts';

/** The fields of an aws-auth entry that determine whether it grants access. */
export type WrittenEntry = Pick<LoadedEntry, 'arn' | 'username' | 'groups' | 'sso'>;

/** The reason, found in the entry itself, why it grants no access. */
export interface Denial {
  /** A problem of its ARN, an `sso:` item, or the node variable in an entry that no node can use. */
  readonly reason: ArnProblem['rule'] | 'sso-matcher' | 'for-instances';
  /** The entry and what is wrong with it, worded as in `check`. */
  readonly what: string;
}

/**
 * Why an entry that is not overridden grants no access; null if it may grant access. Only AWS knows whether its role or
 * user exists.
 */
export function denialOf(entry: WrittenEntry): Denial | null {
  if (entry.sso) return { reason: 'sso-matcher', what: ssoText(entry.sso) };
  const problem = diagnoseArn(entry.arn);
  if (problem) return { reason: problem.rule, what: problem.what };
  if (!isDenied(entry)) return null;
  const what = `the entry for ${printable(entry.arn)} has ${NODE_VARIABLE}, which denies access to people`;
  return { reason: 'for-instances', what };
}

/** True if an entry that is not overridden makes a person cluster admin. Instances are not people. */
export function letsAdminIn(entry: WrittenEntry): boolean {
  return isClusterAdmin(entry) && !isNodeEntry(entry) && !isForInstances(entry) && denialOf(entry) === null;
}

/** True if an entry that is not overridden grants access to nodes. */
export function letsNodesIn(entry: WrittenEntry): boolean {
  return isNodeEntry(entry) && denialOf(entry) === null;
}

/**
 * A warning for each reason why entries that are not overridden grant no access, located at the first of them.
 * @param help the next step
 */
export function denialFindings(
  entries: readonly LoadedEntry[],
  locationOf: (entry: LoadedEntry) => Location,
  help: string,
): Finding[] {
  const denied = entries.flatMap((entry) => {
    const denial = denialOf(entry);
    return denial ? [{ reason: denial.reason, text: denial.what, location: locationOf(entry) }] : [];
  });
  return [...groupBy(denied, ({ reason }) => reason)].flatMap(([reason, all]): Finding[] => {
    const located = locatedList(all);
    if (!located) return [];
    const { one, several } = reason === 'for-instances' ? DENIES : NEVER;
    const subject = all.length === 1 ? `this entry ${one}` : `${all.length} entries ${several}`;
    const { list, location } = located;
    return [{ severity: 'warning', code: 'never-matches', message: `${subject}: ${list}`, location, help }];
  });
}

const NEVER = { one: 'never matches', several: 'never match' } as const;
const DENIES = { one: 'grants no access', several: 'grant no access' } as const;

/** `this entry has sso: instead of a rolearn, for "ReadOnly" in account 111122223333` */
export function ssoText({ permissionSetName, accountID }: NonNullable<LoadedEntry['sso']>): string {
  return `this entry has sso: instead of a rolearn, for ${quoted(permissionSetName)} in account ${accountID}`;
}
