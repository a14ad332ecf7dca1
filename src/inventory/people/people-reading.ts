import type { OrganizationInstance } from '../identity-center/instance.ts';
import type { Assignment, Instance, PermissionSet, Principal } from '../model.ts';
import type { PeopleQuery } from '../query.ts';
import { compareAssignments } from './assignment-reader.ts';
import { type AssignmentSources, readEverybody, readOfNamed } from './assignment-reading.ts';
import { findNamed, readPrincipals } from './principal-reading.ts';

/** Who is assigned what, and who that is. */
export interface PeopleAnswer {
  readonly instance: Instance | null;
  /** Those whose names were learnt. */
  readonly permissionSets: readonly PermissionSet[];
  readonly assignments: readonly Assignment[];
  readonly principals: readonly Principal[];
  /** Accounts of which Identity Center does not tell who is assigned what. */
  readonly untold: ReadonlySet<string>;
}

/** The answer where there is no role and nobody was asked for by name: nobody needs to be asked. */
export const NOBODY: PeopleAnswer = {
  instance: null,
  permissionSets: [],
  assignments: [],
  principals: [],
  untold: new Set(),
};

/** @throws Failure (exit 3) */
export async function readPeople(
  question: PeopleQuery,
  sources: AssignmentSources,
  { instance, arns }: OrganizationInstance,
): Promise<PeopleAnswer> {
  const { directory, sets } = sources;
  const found = await findNamed(question.named, directory);
  const reading = question.onlyNamed ? await readOfNamed(sources, found) : await readEverybody(sources);
  const accountIds = await sources.accountIds;
  const inScope = reading.assignments.filter(({ accountId }) => accountIds.has(accountId));
  await sets.describe(inScope.map(({ permissionSetArn }) => permissionSetArn));
  const assignments = question.roleArns === null ? inScope : await onPairs(inScope, found, sources);
  const principals = await readPrincipals(question, assignments, found, directory);
  const permissionSets = arns.flatMap((arn) => {
    const name = sets.nameOf(arn);
    return name === undefined ? [] : { arn, name };
  });
  const { untold } = reading;
  return {
    instance,
    permissionSets,
    assignments: [...assignments].sort(compareAssignments),
    principals,
    untold,
  };
}

/** By user and group more comes back than the roles that were asked for; of `kept` principals all of it is wanted. */
async function onPairs(
  assignments: readonly Assignment[],
  kept: readonly { readonly id: string; readonly groups: readonly string[] | null }[],
  { pairs, sets }: AssignmentSources,
): Promise<Assignment[]> {
  const wanted = new Set(
    sets.withArns(await pairs.all).map((one) => `${one.accountId} ${one.permissionSetArn}`),
  );
  const ids = new Set(kept.flatMap(({ id, groups }) => [id, ...(groups ?? [])]));
  return assignments.filter(
    (one) => ids.has(one.principalId) || wanted.has(`${one.accountId} ${one.permissionSetArn}`),
  );
}
