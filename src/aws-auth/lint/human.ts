import { parseProvisionedRoleArn } from '../../role-name.ts';
import type { LoadedEntry } from '../read/loaded.ts';

/** Whether people come in through an entry: a role that Identity Center provisioned, or an IAM user. Other roles may be anybody's. */
export function isHuman({ arn }: LoadedEntry): boolean {
  return /^arn:[^:]*:iam::[^:]*:user\//i.test(arn) || parseProvisionedRoleArn(arn) !== undefined;
}
