import { describe, expect, test } from 'vitest';
import { cloudFormationProblem, renderCloudFormation } from '../../src/access-entries/cloudformation.ts';
import { eksctlProblem } from '../../src/access-entries/eksctl.ts';
import { renderTerraform } from '../../src/access-entries/terraform.ts';
import type { AccessEntry } from '../../src/access-entry.ts';

function entry(principalArn: string, fields: Partial<AccessEntry> = {}): AccessEntry {
  return { principalArn, type: 'STANDARD', username: null, kubernetesGroups: [], policies: [], ...fields };
}

describe('a resource is named after', () => {
  test.each([
    [
      'its permission set and account, whatever the suffix',
      'arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_Dev.Ops_0123456789abcdef',
      'Dev_Ops_111122223333',
      'DevOps111122223333',
    ],
    [
      'a role without its path',
      'arn:aws:iam::111122223333:role/ci/deploy-bot',
      'role_deploy-bot_111122223333',
      'RoleDeployBot111122223333',
    ],
    ['a user', 'arn:aws:iam::111122223333:user/a/2@x', 'user_2_x_111122223333', 'User2X111122223333'],
    ['the account', 'arn:aws-cn:iam::111122223333:root', 'root_111122223333', 'Root111122223333'],
    [
      'a name that begins with a digit',
      'arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_2fa_0123456789abcdef',
      '_2fa_111122223333',
      '2fa111122223333',
    ],
  ])('%s', (_, arn, terraform, cloudFormation) => {
    const target = { cluster: 'prod', region: null, imports: [] };
    expect(renderTerraform([entry(arn)], target)).toContain(`"aws_eks_access_entry" "${terraform}" {\n`);
    expect(renderCloudFormation([entry(arn)], target)).toContain(`\n  ${cloudFormation}:\n`);
  });

  test('a name that another one would share too, and a number', () => {
    const entries = ['b.c', 'b_c', 'b@c'].map((name) => entry(`arn:aws:iam::111122223333:role/${name}`));
    const names = (all: AccessEntry[]) => [
      ...renderTerraform(all, { cluster: 'prod', imports: [] }).matchAll(/entry" "(.*)"/g),
    ];
    const expected = ['role_b_c_111122223333', 'role_b_c_111122223333_3', 'role_b_c_111122223333_2'];
    expect(names(entries).map(([, name]) => name)).toEqual(expected);
    expect(names(entries.toReversed()).map(([, name]) => name)).toEqual(expected.toReversed());
  });
});

test('CloudFormation takes 500 resources', () => {
  const entries = Array.from({ length: 501 }, (_, index) =>
    entry(`arn:aws:iam::111122223333:role/role-${index}`),
  );
  expect(cloudFormationProblem(entries.slice(1))).toBeUndefined();
  expect(cloudFormationProblem(entries)).toBe(
    'a CloudFormation template has at most 500 resources, and there are 501 access entries',
  );
});

test('eksctl does not take every type', () => {
  const refused = ['STANDARD', 'EC2_LINUX', 'EC2_WINDOWS', 'FARGATE_LINUX', 'HYBRID_LINUX', 'EC2'].filter(
    (type) => eksctlProblem(entry('arn:aws:iam::111122223333:role/node', { type })) !== undefined,
  );
  expect(refused).toEqual(['HYBRID_LINUX', 'EC2']);
});
