import { NODE_VARIABLE } from '../entry.ts';
import { type Finding, type Location, locatedList } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { printable, quoted } from '../text.ts';
import { type ArnProblem, diagnoseArn } from './diagnose-arn.ts';
import { isClusterAdmin, isNodeEntry } from './groups.ts';
import type { LoadedEntry } from './loaded.ts';
import { isDenied, isForInstances } from './resolve-caller.ts';

/** What is written in an entry of aws-auth, as far as it says whether somebody gets in through it. */
export type WrittenEntry = Pick<LoadedEntry, 'arn' | 'username' | 'groups' | 'sso'>;

/** Why nobody gets in through an entry, by what is written in it alone. */
export interface Denial {
  /** A problem of its ARN, an `sso:` item, or the variable of nodes in an entry that no node can have. */
  readonly reason: ArnProblem['rule'] | 'sso-matcher' | 'for-instances';
  /** The entry and what is wrong with it, as `check` says it. */
  readonly what: string;
}

/**
 * Why nobody gets in through an entry that no other one overrides; null where somebody may: whether its role or user exists is for
 * AWS to say.
 */
export function denialOf(entry: WrittenEntry): Denial | null {
  if (entry.sso) return { reason: 'sso-matcher', what: ssoText(entry.sso) };
  const problem = diagnoseArn(entry.arn);
  if (problem) return { reason: problem.rule, what: problem.what };
  return isDenied(entry) ? { reason: 'for-instances', what: instancesText(entry) } : null;
}

/** Whether an entry that no other one overrides makes a person an administrator of the cluster: instances are no people. */
export function letsAdminIn(entry: WrittenEntry): boolean {
  return isClusterAdmin(entry) && !isNodeEntry(entry) && !isForInstances(entry) && denialOf(entry) === null;
}

/** Whether an entry that no other one overrides lets nodes in. */
export function letsNodesIn(entry: WrittenEntry): boolean {
  return isNodeEntry(entry) && denialOf(entry) === null;
}

/**
 * A warning for each reason for which nobody gets in through entries that no other one overrides, located at the first of them.
 * @param help the next step
 */
export function denialFindings(
  entries: readonly { readonly entry: WrittenEntry; readonly location: Location }[],
  help: string,
): Finding[] {
  const denied = entries.flatMap(({ entry, location }) => {
    const denial = denialOf(entry);
    return denial ? [{ reason: denial.reason, text: denial.what, location }] : [];
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
const DENIES = { one: 'lets nobody in', several: 'let nobody in' } as const;

/** `this entry has sso: instead of a rolearn, for "ReadOnly" in account 111122223333` */
export function ssoText({ permissionSetName, accountID }: NonNullable<LoadedEntry['sso']>): string {
  return `this entry has sso: instead of a rolearn, for ${quoted(permissionSetName)} in account ${accountID}`;
}

function instancesText({ arn }: Pick<LoadedEntry, 'arn'>): string {
  return `the entry of ${printable(arn)} has ${NODE_VARIABLE}, which denies access to people`;
}
