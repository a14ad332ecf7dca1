import { arnKind, isAccountId, parseArn } from '../arn.ts';
import { MASTERS } from '../aws-auth/groups.ts';
import { hasVariable, reservedPrefixOf } from '../aws-auth/templates.ts';
import { PROVISIONED_PATH, parseProvisionedRoleArn } from '../role-name.ts';
import { quoted } from '../text.ts';

// Why a value of a config or a flag is wrong, to continue a sentence that begins with the value.

/** Why a string cannot be the ARN of a node role; undefined if it can. */
export function nodeRoleProblem(text: string): string | undefined {
  const arn = parseArn(text);
  if (arn && arnKind(arn) === 'instance-profile')
    return 'is an instance profile; specify the role in it (aws iam get-instance-profile)';
  return (
    roleArnProblem(text) ??
    (parseProvisionedRoleArn(text)
      ? 'is provisioned by Identity Center for people; nodes have their own role'
      : undefined)
  );
}

/** Why a text is not a role ARN, with or without path; undefined if it is. */
function roleArnProblem(text: string): string | undefined {
  const arn = parseArn(text);
  if (!arn || arnKind(arn) !== 'role' || arn.region !== '' || !isAccountId(arn.accountId)) {
    return "isn't a role ARN (arn:aws:iam::ACCOUNT:role/NAME)";
  }
  return /^role\/([\w+=,.@-]+\/)*[\w+=,.@-]{1,64}$/.test(arn.resource)
    ? undefined
    : 'has an invalid role name';
}

/** Why a value of `--role-arn` lacks the role's path; undefined if it has it. */
export function pathArnProblem(text: string): string | undefined {
  const problem = roleArnProblem(text);
  if (problem !== undefined || !parseProvisionedRoleArn(text) || text.includes(`:role${PROVISIONED_PATH}`))
    return problem;
  return `lacks the path of an Identity Center role, role${PROVISIONED_PATH}…`;
}

/** Why a mapping can't bind one of its groups; undefined if it can. */
export function bindProblem(group: string): string | undefined {
  if (group === MASTERS)
    return 'needs no binding: its members are cluster admins already; move bind to a mapping with other groups';
  if (hasVariable(group))
    return "has a variable, but bindings name groups exactly, so they can't bind it; use a group without variables";
  const prefix = reservedPrefixOf(group);
  return prefix === undefined
    ? undefined
    : `can't be bound: Kubernetes and EKS reserve ${quoted(prefix)}, and may add other members; use one of your groups`;
}
