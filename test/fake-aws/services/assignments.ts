import type { Answer } from '../wire/answer.ts';
import { denied, invalid } from '../wire/aws-error.ts';
import type { Backend, Call } from '../wire/call.ts';
import { nestedText, text } from '../wire/input.ts';
import { pageOf } from '../wire/page.ts';
import { pairKey } from '../world/pair.ts';
import type { WorldAssignment } from '../world/world.ts';
import { principalKey } from '../world/world-index.ts';
import { isManagement } from './administrator.ts';
import { knownSet, readableAccount } from './provisioning.ts';

export function listAssignments(call: Call, backend: Backend): Answer {
  const accountId = readableAccount(call, backend);
  const pair = { accountId, permissionSetArn: knownSet(call, backend).arn };
  return assignmentsAnswer(call, backend, backend.index.assignmentsByPair.get(pairKey(pair)) ?? []);
}

/** Only for the management account; empty for a deleted principal. */
export function listAssignmentsOfPrincipal(call: Call, backend: Backend): Answer {
  if (!isManagement(call, backend)) throw denied(call);
  const keys = principalsBehind(text(call, 'PrincipalType'), text(call, 'PrincipalId'), call, backend);
  const only = nestedText(call.input, 'Filter', 'AccountId');
  const all = keys.flatMap((key) => backend.index.assignmentsByPrincipal.get(key) ?? []);
  const wanted = only === undefined ? all : all.filter((assignment) => assignment.accountId === only);
  return assignmentsAnswer(call, backend, wanted);
}

/** A user's assignments include those of its groups, which name the group. */
function principalsBehind(type: string, id: string, call: Call, { index }: Backend): string[] {
  if (type === 'GROUP') return index.groupsById.has(id) ? [groupKey(id)] : [];
  if (type !== 'USER') throw invalid(call.service, `PrincipalType ${type} is unknown`);
  if (!index.usersById.has(id)) return [];
  const groupIds = (index.membershipsByUser.get(id) ?? []).map((membership) => membership.groupId);
  const live = groupIds.filter((groupId) => index.groupsById.has(groupId));
  return [principalKey({ principalType: 'USER', principalId: id }), ...live.map(groupKey)];
}

function groupKey(principalId: string): string {
  return principalKey({ principalType: 'GROUP', principalId });
}

function assignmentsAnswer(call: Call, backend: Backend, all: readonly WorldAssignment[]): Answer {
  const { items, token } = pageOf(call, backend, all);
  const assignments = items.map((assignment) => ({
    AccountId: assignment.accountId,
    PermissionSetArn: assignment.permissionSetArn,
    PrincipalType: assignment.principalType,
    PrincipalId: assignment.principalId,
  }));
  return { AccountAssignments: assignments, NextToken: token };
}
