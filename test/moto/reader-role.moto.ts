import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GetRoleCommand, GetRolePolicyCommand, ListRolePoliciesCommand } from '@aws-sdk/client-iam';
import { describe, expect, inject, test } from 'vitest';
import { clientsOf, MANAGEMENT_CREDENTIALS } from './clients.ts';
import { HOME_REGION } from './organization.ts';

const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url));
const TEMPLATE = join(EXAMPLES, 'reader-role.yaml');
/** cfn-lint's executable may be in a folder that isn't on the PATH. */
const CFN_LINT = 'from cfnlint.runner import main; main()';
const CENTRAL = '444455556666';
describe('examples/reader-role.yaml', () => {
  test('passes cfn-lint', () => {
    const { error, status, stdout, stderr } = spawnSync('python3', ['-c', CFN_LINT, TEMPLATE], {
      encoding: 'utf8',
    });
    if (error || stderr.includes('No module named'))
      throw new Error(
        'cfn-lint is missing. Install it: python3 -m pip install --requirement test/moto/requirements.txt',
      );
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  test.each([
    ['anybody', {}, { ArnLike: { 'aws:PrincipalArn': `arn:aws:iam::${CENTRAL}:*` } }],
    [
      'one role, with an external ID',
      { TrustedPrincipal: 'role/ci/aws-auth', ExternalId: 'example-external-id' },
      {
        ArnLike: { 'aws:PrincipalArn': `arn:aws:iam::${CENTRAL}:role/ci/aws-auth` },
        StringEquals: { 'sts:ExternalId': 'example-external-id' },
      },
    ],
  ])('creates a role that trusts the account: %s', async (name, parameters, condition) => {
    const RoleName = `EksAuthReader-${name.replaceAll(/\W+/g, '-')}`;
    await createStack(RoleName, { ...parameters, TrustedAccount: CENTRAL, RoleName });
    const { iam } = clientsOf(inject('motoUrl'), MANAGEMENT_CREDENTIALS);
    const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
    expect(documentOf(Role?.AssumeRolePolicyDocument)).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { AWS: `arn:aws:iam::${CENTRAL}:root` },
          Action: 'sts:AssumeRole',
          Condition: condition,
        },
      ],
    });
    const policy = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName: 'ListRoles' }));
    expect(documentOf(policy.PolicyDocument)).toEqual({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'iam:ListRoles', Resource: '*' }],
    });
    const { PolicyNames } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
    expect(PolicyNames).toEqual(['ListRoles']);
  });

  test('grants reading access entries on request, and no writes', async () => {
    const RoleName = 'EksAuthReader-AccessEntries';
    await createStack(RoleName, { TrustedAccount: CENTRAL, RoleName, AccessEntries: 'true' });
    const { iam } = clientsOf(inject('motoUrl'), MANAGEMENT_CREDENTIALS);
    const policy = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName: 'ReadAccessEntries' }));
    expect(documentOf(policy.PolicyDocument)).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: [
            'eks:DescribeAccessEntry',
            'eks:DescribeCapability',
            'eks:DescribeCluster',
            'eks:DescribeIdentityProviderConfig',
            'eks:ListAccessEntries',
            'eks:ListAssociatedAccessPolicies',
            'eks:ListCapabilities',
            'eks:ListClusters',
            'eks:ListIdentityProviderConfigs',
          ],
          Resource: '*',
        },
      ],
    });
  });
});

const hasTerraform = spawnSync('terraform', ['version']).status === 0;

describe('examples/reader-role.tf', () => {
  test.runIf(hasTerraform)('is formatted with `terraform fmt` (skipped without terraform)', () => {
    const { status, stdout } = spawnSync('terraform', ['fmt', '-check', '-diff', EXAMPLES], {
      encoding: 'utf8',
    });
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
  });

  test("sets each of the template's parameters, with the same defaults", () => {
    const terraform = readFileSync(join(EXAMPLES, 'reader-role.tf'), 'utf8');
    const template = readFileSync(TEMPLATE, 'utf8');
    const [, section = ''] = /\nParameters:\n([\s\S]*?)\n\n/.exec(template) ?? [];
    const parameters = [...section.matchAll(/^ {2}(\w+):$/gm)].map(([, name]) => name);
    const [, given = ''] = /parameters = \{\n([\s\S]*?)\n {2}\}/.exec(terraform) ?? [];
    expect([...given.matchAll(/(\w+) +=/g)].map(([, name]) => name)).toEqual(parameters);
    const defaults = (text: string) =>
      [...text.matchAll(/[dD]efault(?::| +=) "?([^"\n]*)"?/g)].map(([, value]) => value);
    expect(defaults(terraform).slice(0, 4)).toEqual(defaults(section));
  });
});

/** There is no CloudFormation client here; its query protocol needs none, and moto doesn't check signatures. */
async function createStack(name: string, parameters: Readonly<Record<string, string>>): Promise<void> {
  const body = new URLSearchParams({
    Action: 'CreateStack',
    Version: '2010-05-15',
    StackName: name,
    TemplateBody: readFileSync(TEMPLATE, 'utf8'),
    'Capabilities.member.1': 'CAPABILITY_NAMED_IAM',
  });
  for (const [index, [key, value]] of Object.entries(parameters).entries()) {
    body.set(`Parameters.member.${index + 1}.ParameterKey`, key);
    body.set(`Parameters.member.${index + 1}.ParameterValue`, value);
  }
  const credential = `${MANAGEMENT_CREDENTIALS.accessKeyId}/20260101/${HOME_REGION}/cloudformation/aws4_request`;
  const response = await fetch(inject('motoUrl'), {
    method: 'POST',
    headers: { authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=0` },
    body,
  });
  if (!response.ok) throw new Error(`CreateStack answered ${response.status}: ${await response.text()}`);
}

/** The text URL-encoded; moto shows the values in a template like Python. */
function documentOf(policy: string | undefined): unknown {
  return JSON.parse(decodeURIComponent(policy ?? '').replaceAll("'", '"'));
}
