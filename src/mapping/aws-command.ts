import type { Instance, PrincipalType } from '../inventory/model.ts';

/** An assignment that would help; capitals stand in for what is not known. */
export interface MissingAssignment {
  readonly instance: Instance | null;
  readonly permissionSetArn: string | null;
  readonly accountId: string | null;
  readonly principal: { readonly type: PrincipalType; readonly id: string } | null;
}

/** The AWS CLI's command that makes an assignment. */
export function createAssignmentCommand(missing: MissingAssignment): string {
  const { instance, permissionSetArn, accountId, principal } = missing;
  return [
    'aws sso-admin create-account-assignment',
    `--instance-arn ${instance?.arn ?? 'INSTANCE_ARN'}`,
    `--permission-set-arn ${permissionSetArn ?? 'PERMISSION_SET_ARN'}`,
    `--target-type AWS_ACCOUNT --target-id ${accountId ?? 'ACCOUNT_ID'}`,
    `--principal-type ${principal?.type ?? 'GROUP'} --principal-id ${principal?.id ?? 'GROUP_ID'}`,
    ...(instance ? [`--region ${instance.region}`] : []),
  ].join(' ');
}

/** The AWS CLI's command that makes the role of a permission set, or makes it anew. */
export function provisionCommand(
  instance: Instance | null,
  permissionSetArn: string | null,
  accountId: string,
): string {
  return [
    'aws sso-admin provision-permission-set',
    `--instance-arn ${instance?.arn ?? 'INSTANCE_ARN'}`,
    `--permission-set-arn ${permissionSetArn ?? 'PERMISSION_SET_ARN'}`,
    `--target-type AWS_ACCOUNT --target-id ${accountId}`,
    ...(instance ? [`--region ${instance.region}`] : []),
  ].join(' ');
}
