import { expect, test } from 'vitest';
import { type DesiredFacts, translateDesired } from '../../src/access-entry/translate-desired.ts';
import type { DesiredEntry } from '../../src/map-entry.ts';

const PATH_ARN =
  'arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Dev_0123456789abcdef';
const NODE = 'arn:aws:iam::111122223333:role/eks/nodes/eks-node';

function person(fields: Partial<DesiredEntry> = {}): DesiredEntry {
  return {
    rolearn: 'arn:aws:iam::111122223333:role/AWSReservedSSO_Dev_0123456789abcdef',
    username: 'sso:{{SessionName}}',
    groups: ['developers'],
    usernameStated: false,
    role: { accountId: '111122223333', accountName: null, permissionSet: 'Dev', pathArn: PATH_ARN },
    ...fields,
  };
}

const NODE_ENTRY: DesiredEntry = {
  rolearn: 'arn:aws:iam::111122223333:role/eks-node',
  username: 'system:node:{{EC2PrivateDNSName}}',
  groups: ['system:bootstrappers', 'system:nodes'],
  usernameStated: true,
  role: null,
};

const FACTS: DesiredFacts = {
  nodeType: null,
  nodeRoles: [],
  others: new Map(),
  clusterAccount: null,
  cluster: null,
  there: new Set<string>(),
};

test('a refused group among others is a warning', () => {
  const groups = ['developers', 'system:monitoring', '{{SessionName}}', 'of-{{AccountID}}'];
  const { entries, findings } = translateDesired([person({ groups })], FACTS, []);
  expect(entries).toMatchObject([{ kubernetesGroups: ['developers', 'of-111122223333'] }]);
  expect(findings).toMatchObject([
    {
      severity: 'warning',
      code: 'group-left-out',
      message: `${PATH_ARN} loses group "system:monitoring", because EKS refuses groups that start with system:; group "{{SessionName}}", because access entries don't support variables in groups`,
    },
  ]);
});

test.each([
  ['', 'Name a group, or remove it.'],
  ['{{SessionName}}', 'Map a group without variables.'],
  ['system:nodes', 'Remove it. It is for nodes, which get it from the type of their access entry.'],
  ['system:x', 'Bind the same roles to a group with another name, and map that group.'],
])('the help for the refused group %j', (group, help) => {
  const { findings } = translateDesired([person({ groups: ['developers', group] })], FACTS, []);
  expect(findings).toMatchObject([{ code: 'group-left-out', help }]);
});

test.each([
  ['admin', 'admin'],
  ['admin:{{SessionName}}', 'admin:{{SessionName}}'],
  ['of:{{AccountID}}:{{SessionName}}', 'of:111122223333:{{SessionName}}'],
  ['{{AccountID}}', '111122223333'],
  ['{{SessionName}}', null],
  ['{{AccountID}}{{SessionName}}', null],
  ['sso:{{SessionNameRaw}}', 'sso:{{SessionNameRaw}}'],
  ['a:{{SessionNameRaw}}{{SessionName}}', 'a:{{SessionNameRaw}}{{SessionName}}'],
  ['{{SessionNameRaw}}:{{SessionName}}', null],
  ['sso:{{AccessKeyID}}', null],
  ['sso:{{resolve:ssm:a}}', null],
  ['sso:{{resolve:ssm:a\n}}', null],
  ['system:admin', null],
  ['aws:{{SessionName}}', null],
  ['$(id)"\n', '$(id)"\n'],
])('the username %j becomes %j', (username, expected) => {
  const { entries, findings } = translateDesired([person({ username })], FACTS, []);
  expect(entries).toMatchObject([{ username: expected }]);
  expect(findings).toMatchObject(expected === null ? [{ severity: 'note', code: 'username-left-out' }] : []);
});

test("a node role gets its path from IAM, and is refused if EKS can't accept it", () => {
  const stated = { ...FACTS, nodeType: 'EC2_LINUX', nodeRoles: [NODE_ENTRY.rolearn] };
  const of = (rest: Partial<DesiredFacts>) => translateDesired([NODE_ENTRY], { ...stated, ...rest }, []);
  expect(of({})).toMatchObject({
    entries: [{ principalArn: NODE_ENTRY.rolearn }],
    findings: [{ severity: 'note', code: 'role-not-read' }],
  });
  const others = (pathArn: string | null) => new Map([[NODE_ENTRY.rolearn, pathArn]]);
  expect(of({ others: others(NODE), clusterAccount: '111122223333' })).toMatchObject({
    entries: [{ principalArn: NODE }],
    findings: [],
  });
  const refused = (message: string) => ({
    entries: [],
    findings: [{ severity: 'warning', code: 'node-role-refused', message, help: expect.any(String) }],
  });
  const what = `node role ${NODE_ENTRY.rolearn} is refused`;
  expect(of({ others: others(null) })).toMatchObject(refused(`${what}: the role doesn't exist`));
  expect(of({ clusterAccount: '222233334444' })).toMatchObject(
    refused(`${what}: access entries for nodes need a role in the cluster's account, 222233334444`),
  );
});
