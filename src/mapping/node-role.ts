import { arnKind, isAccountId, parseArn } from '../arn.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';

/** Why a text cannot be the ARN of a node role; undefined when it can. */
export function nodeRoleFault(text: string): string | undefined {
  const arn = parseArn(text);
  if (arn && arnKind(arn) === 'instance-profile')
    return 'is an instance profile; name the role inside it (aws iam get-instance-profile)';
  if (!arn || arnKind(arn) !== 'role' || arn.region !== '' || !isAccountId(arn.accountId)) {
    return 'is no role ARN (arn:aws:iam::ACCOUNT:role/NAME)';
  }
  if (!/^role\/([\w+=,.@-]+\/)*[\w+=,.@-]{1,64}$/.test(arn.resource)) return 'has no valid role name';
  return parseProvisionedRoleArn(text)
    ? 'is a role of people, provisioned by Identity Center; nodes have a role of their own'
    : undefined;
}
