import { describe, expect, test } from 'vitest';
import type { MapFacts } from '../../src/access-entry/translate-map.ts';
import { roleArnKey } from '../../src/same-arn.ts';
import { account, inventory, role } from '../directory/build-inventory.ts';
import { factsOf, type Item, translated } from './translated.ts';

const ID = '111122223333';
const OTHER_ID = '222233334444';
const DEPLOY = `arn:aws:iam::${ID}:role/deploy`;
const DEPLOY_PATH = `arn:aws:iam::${ID}:role/ci/deploy`;
const NODE = `arn:aws:iam::${ID}:role/node`;
const USER = `arn:aws:iam::${ID}:user/team/Alice`;
const DEV = role(ID, 'Dev', 2);
const STALE = role(ID, 'Dev', 1);
const READ = inventory(
  [account(ID), account(OTHER_ID, null, { rolesRead: false, unreadable: 'AccessDenied\u001b' })],
  [DEV],
);

function only(item: Item, facts = factsOf([DEPLOY_PATH])) {
  const { translations, proof, findings } = translated(
    item.userarn === undefined ? { mapRoles: [item] } : { mapUsers: [item] },
    facts,
  );
  expect(translations).toHaveLength(1);
  return { translation: translations[0], row: proof[0], findings };
}

/** Facts with an ARN from an option or an access entry. */
function statedFacts(pathArn: string, rest: Partial<MapFacts> = {}): MapFacts {
  return factsOf([], { inventory: READ, stated: new Map([[roleArnKey(pathArn), pathArn]]), ...rest });
}

/** The reason and help for a single, refused entry. */
function refusalOf(item: Item, facts = factsOf([DEPLOY_PATH])) {
  const { translation, row } = only(item, facts);
  expect(translation).toMatchObject({
    entry: null,
    refusal: { help: expect.stringMatching(/\w.*[.\w"]$/s) },
  });
  expect(row?.after).toBeNull();
  return { ...translation?.refusal, before: row?.before, same: row?.same };
}

describe('translates', () => {
  test('a role whose path is known', () => {
    const { translation, row, findings } = only({
      rolearn: DEPLOY,
      username: 'ci:{{SessionName}}',
      groups: ['deployers', 'system:masters', 'system:authenticated'],
    });
    expect(translation).toMatchObject({
      arn: DEPLOY,
      location: { file: 'aws-auth.yaml', line: 6 },
      entry: {
        principalArn: DEPLOY_PATH,
        type: 'STANDARD',
        username: 'ci:{{SessionName}}',
        kubernetesGroups: ['deployers'],
        policies: [
          {
            policyArn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy',
            scope: 'cluster',
          },
        ],
      },
      refusal: null,
    });
    expect(row).toEqual({
      arn: DEPLOY,
      before: {
        username: 'ci:{{SessionName}}',
        groups: ['deployers', 'system:masters', 'system:authenticated'],
        admin: true,
      },
      after: { username: 'ci:{{SessionName}}', groups: ['deployers'], admin: true },
      same: true,
      reason: null,
      differs: false,
      obstacle: null,
      doubt: null,
      leftOut: false,
    });
    expect(findings).toEqual([]);
  });

  test.each([
    [{ userarn: USER }, USER],
    [{ rolearn: USER }, USER],
    [{ userarn: `ARN:AWS:IAM::${ID}:USER/team/Alice` }, USER],
    [{ userarn: `arn:aws:iam::${ID}:root` }, `arn:aws:iam::${ID}:root`],
    [{ userarn: DEPLOY }, DEPLOY_PATH],
    [{ rolearn: DEPLOY.toUpperCase() }, DEPLOY_PATH],
    [{ rolearn: DEV.roleArn }, DEV.pathArn],
    [{ rolearn: DEV.roleArn.toLowerCase() }, DEV.pathArn],
  ])('%j to %s', (item, principalArn) => {
    const facts = factsOf([DEPLOY_PATH], { inventory: READ });
    const { translation, row } = only({ username: 'u', groups: ['g'], ...item }, facts);
    expect(translation?.entry).toMatchObject({ principalArn, type: 'STANDARD' });
    expect(row).toMatchObject({ same: true, reason: null });
  });

  test.each([
    // Role sessions have a name, and users do not.
    [{ rolearn: DEPLOY, username: '{{AccountID}}:{{SessionName}}' }, `${ID}:{{SessionName}}`],
    [{ userarn: USER, username: '{{AccountID}}:{{SessionName}}!' }, `${ID}:!`],
    [{ userarn: USER, username: '{{SessionNameRaw}}alice' }, 'alice'],
    [{ rolearn: DEPLOY, username: 'sso:{{SessionNameRaw}}' }, 'sso:{{SessionNameRaw}}'],
  ])('the variables of %j', (item, username) => {
    const { translation, row } = only({ groups: ['of-{{AccountID}}'], ...item });
    expect(translation?.entry).toMatchObject({ username, kubernetesGroups: [`of-${ID}`] });
    expect(row).toMatchObject({ before: { username, groups: [`of-${ID}`] }, same: true });
  });

  test.each([
    ['{{SessionName}}', 'it has no colon before {{SessionName}}'],
    ['{{SessionNameRaw}}', 'it has no colon before {{SessionNameRaw}}'],
    ['sso:{{AccessKeyID}}', "access entries don't support {{AccessKeyID}}"],
    ['system:admin', 'it starts with system:'],
    ['eks:admin', 'it starts with eks:'],
    [undefined, 'it is empty'],
    ['', 'it is empty'],
  ])('without the username %j, which then differs', (username, reason) => {
    const item = { rolearn: DEPLOY, groups: ['g'], ...(username === undefined ? {} : { username }) };
    const { translation, row, findings } = only(item);
    const made = `arn:aws:sts::${ID}:assumed-role/deploy/{{SessionName}}`;
    expect(translation?.entry).toMatchObject({ username: null, kubernetesGroups: ['g'] });
    expect(row).toMatchObject({
      before: { username: username ?? '' },
      after: { username: made },
      same: false,
      reason: `username "${username ?? ''}" becomes "${made}"`,
    });
    expect(findings).toMatchObject([
      {
        severity: 'note',
        code: 'username-left-out',
        message: expect.stringContaining(reason),
        location: { line: 6 },
      },
    ]);
  });

  test('without a refused group among others, which is lost', () => {
    const { translation, row, findings } = only({
      rolearn: DEPLOY,
      username: 'u',
      groups: ['g', 'system:x', '{{SessionName}}', ''],
    });
    expect(translation?.entry?.kubernetesGroups).toEqual(['g']);
    expect(row).toMatchObject({ same: false, reason: 'groups "system:x", "{{SessionName}}", "" lost' });
    expect(findings).toMatchObject([{ severity: 'warning', code: 'group-left-out', location: { line: 6 } }]);
  });

  test('names of any kind unchanged', () => {
    const odd = [
      'a"b',
      "it's",
      '${x}',
      '%{x}',
      '$(id)',
      '`id`',
      'a\nb',
      'a\u001bb',
      'ü\u202e',
      '-x',
      'file:///etc',
      'yes',
    ];
    const { translation, row } = only({ rolearn: DEPLOY, username: 'a"\n\u001b', groups: odd });
    expect(translation?.entry).toMatchObject({ username: 'a"\n\u001b', kubernetesGroups: odd });
    expect(row?.same).toBe(true);
  });
});

describe('refuses', () => {
  const grant = { username: 'u', groups: ['g'] };

  test.each([
    [DEV.pathArn, /contains the path .* never matches$/],
    [
      `arn:aws-cn:iam::${ID}:role/x`,
      /^it is in partition aws-cn, but the cluster is in aws, so it never matches$/,
    ],
  ])('%s, which grants no access', (rolearn, reason) => {
    const refused = refusalOf({ rolearn, ...grant }, factsOf([], { partition: 'aws', inventory: READ }));
    expect(refused).toMatchObject({ reason: expect.stringMatching(reason), before: null, same: true });
    expect(refused.help).toContain('Fix the entry first with `aws-auth-sso check`, or remove it.');
  });

  test('an sso: entry, which EKS ignores', () => {
    const sso = { permissionSetName: 'Dev', accountID: ID, partition: 'aws-cn' };
    const { translation } = only({ sso, ...grant });
    expect(translation).toMatchObject({
      arn: `sso:aws-cn:${ID}/Dev`,
      before: null,
      entry: null,
      refusal: {},
    });
  });

  test.each([
    [
      `arn:aws:iam::${ID}:role/AWSServiceRoleForAmazonEKSNodegroup`,
      "EKS doesn't accept service-linked roles",
    ],
    [`arn:aws:sts::${ID}:federated-user/dave`, 'EKS accepts IAM roles and users, not STS federated users'],
  ])('%s, who loses access', (rolearn, reason) => {
    const refused = refusalOf({ rolearn, ...grant }, factsOf([rolearn]));
    expect(refused).toMatchObject({ reason, before: { username: 'u', groups: ['g'] }, same: false });
  });

  test.each([
    [
      ['system:nodes'],
      /^access entries can't have any of its groups: group "system:nodes", because EKS refuses groups that start with system:$/,
    ],
    [
      ['system:authenticated', 'system:x', 'system:y'],
      /: groups "system:x", "system:y", because EKS refuses/,
    ],
    [
      ['{{SessionName}}'],
      /: group "\{\{SessionName\}\}", because access entries don't support variables in groups$/,
    ],
    [['{{resolve:ssm:x}}'], /don't support variables/],
    [[''], /: group "", because it is empty$/],
  ])('the groups %j without any others', (groups, reason) => {
    expect(refusalOf({ rolearn: DEPLOY, username: 'u', groups })).toMatchObject({
      reason: expect.stringMatching(reason),
      before: { groups },
      same: false,
    });
  });

  test('a role whose path is unknown, with help to find it', () => {
    expect(refusalOf({ rolearn: `arn:aws:iam::${ID}:role/a,b@c`, ...grant })).toEqual({
      reason: 'its path is unknown',
      help: 'Pass the ARN with its path, which credentials for account 111122223333 can read: --role-arn "$(aws iam get-role --role-name a,b@c --query Role.Arn --output text)"',
      before: { ...grant, admin: false },
      same: false,
    });
  });

  test("a role that doesn't exist", () => {
    const facts = factsOf([], { others: new Map([[DEPLOY, null]]) });
    expect(refusalOf({ rolearn: DEPLOY, ...grant }, facts)).toMatchObject({
      reason: "the role doesn't exist",
      before: null,
      same: true,
    });
  });

  test.each([
    [
      OTHER_ID,
      `its path is unknown: the roles of account ${OTHER_ID} couldn't be read (AccessDenied\\u{1b})`,
    ],
    ['333344445555', "its path is unknown: the roles of account 333344445555 weren't read"],
  ])("an Identity Center role in account %s, which wasn't read", (id, reason) => {
    const refused = refusalOf(
      { rolearn: role(id, 'Dev').roleArn, ...grant },
      factsOf([], { inventory: READ }),
    );
    expect(refused).toMatchObject({ reason, before: { username: 'u' }, same: false });
    expect(refused.help).toContain('--role-arn');
    const { translation } = only(
      { rolearn: role(id, 'Dev').roleArn, ...grant },
      statedFacts(role(id, 'Dev').pathArn),
    );
    expect(translation?.entry?.principalArn).toBe(role(id, 'Dev').pathArn);
  });

  test('an entry only for EC2 instances, because others have the role, too', () => {
    for (const item of [
      { rolearn: DEPLOY, username: 'node:{{EC2PrivateDNSName}}', groups: ['g'] },
      { rolearn: DEPLOY, username: 'n', groups: ['{{EC2PrivateDNSName}}'] },
    ])
      expect(refusalOf(item)).toMatchObject({
        reason: expect.stringMatching(/^\{\{EC2PrivateDNSName\}\} is only for EC2 instances/),
        before: { groups: item.groups },
        same: false,
      });
  });

  test.each([
    { rolearn: DEV.roleArn, username: 'system:node:{{EC2PrivateDNSName}}', groups: ['system:nodes'] },
    { rolearn: DEV.roleArn, username: 'n', groups: ['x:{{EC2PrivateDNSName}}'] },
    { userarn: USER, username: 'node:{{EC2PrivateDNSName}}', groups: ['g'] },
  ])("%j, which is for instances that can't exist", (item) => {
    for (const nodes of ['own', 'EC2_LINUX', null])
      expect(refusalOf(item, factsOf([], { inventory: READ, nodes }))).toMatchObject({
        reason: expect.stringMatching(/is only for EC2 instances, .* the entry grants no access$/),
        before: null,
        same: true,
      });
  });

  test('whole accounts, and invalid accounts', () => {
    const { translations, proof } = translated({ mapAccounts: [ID, OTHER_ID, 'x', ID] });
    expect(translations).toMatchObject([
      { arn: ID, location: { line: 6 }, refusal: { reason: expect.stringContaining('a whole account') } },
      { arn: OTHER_ID, location: { line: 7 } },
      { arn: 'x', location: { line: 8 }, refusal: { reason: expect.stringContaining('grants no access') } },
    ]);
    expect(proof.map(({ before, same }) => [before, same])).toEqual([
      [{ username: null, groups: [], admin: false }, false],
      [{ username: null, groups: [], admin: false }, false],
      [null, true],
    ]);
  });
});

describe('a role that was re-created', () => {
  const grant = { username: 'dev:{{SessionName}}', groups: ['developers'] };
  const facts = factsOf([], { inventory: READ });

  test('is replaced by its successor', () => {
    const { translation, row, findings } = only({ rolearn: STALE.roleArn, ...grant }, facts);
    expect(translation).toMatchObject({
      entry: { principalArn: DEV.pathArn, ...{ kubernetesGroups: ['developers'] } },
    });
    expect(row).toEqual({
      arn: STALE.roleArn,
      before: null,
      after: { ...grant, admin: false },
      same: false,
      reason: 'the entry grants no access because its role was re-created',
      differs: false,
      obstacle: null,
      doubt: null,
      leftOut: false,
    });
    expect(findings).toMatchObject([{ severity: 'note', code: 'role-followed', location: { line: 6 } }]);
  });

  test('has no successor if the snapshot is too old', () => {
    const refused = refusalOf({ rolearn: STALE.roleArn, ...grant }, { ...facts, isFresh: false });
    expect(refused).toMatchObject({ before: { username: 'dev:{{SessionName}}' }, same: false });
    expect(refused.reason).toContain('too old to conclude that the role is gone');
  });

  test('is refused if the successor has its own entry', () => {
    const { translations, proof } = translated(
      {
        mapRoles: [{ rolearn: STALE.roleArn, ...grant }],
        mapUsers: [{ userarn: DEV.roleArn.toUpperCase(), ...grant }],
      },
      facts,
    );
    expect(translations).toMatchObject([
      { entry: null, refusal: { reason: expect.stringContaining('has its own entry') } },
      { entry: { principalArn: DEV.pathArn } },
    ]);
    expect(proof).toMatchObject([{ before: null, after: null, same: true }, { same: true }]);
  });

  test('is refused if other entries have the same successor', () => {
    const older = role(ID, 'Dev', 3).roleArn.toLowerCase();
    const { translations } = translated(
      { mapRoles: [STALE.roleArn, older].map((rolearn) => ({ rolearn, ...grant })) },
      facts,
    );
    expect(translations).toMatchObject([
      { entry: null, refusal: { reason: expect.stringContaining('the roles of other entries (line 7)') } },
      { entry: null, refusal: { reason: expect.stringContaining('the roles of other entries (line 6)') } },
    ]);
  });

  test('grants no access before, whatever the refusal', () => {
    const item = { rolearn: STALE.roleArn, username: 'u', groups: ['system:x'] };
    expect(refusalOf(item, facts)).toMatchObject({
      reason: expect.stringContaining("can't have any of its groups"),
      before: null,
      same: true,
    });
  });

  test("is replaced even if a path is stated, which doesn't prove that the role exists", () => {
    const { translation, row } = only({ rolearn: STALE.roleArn, ...grant }, statedFacts(STALE.pathArn));
    expect(translation?.entry?.principalArn).toBe(DEV.pathArn);
    expect(row).toMatchObject({ before: null, same: false });
    const old = only({ rolearn: STALE.roleArn, ...grant }, statedFacts(STALE.pathArn, { isFresh: false }));
    expect(old.translation?.entry?.principalArn).toBe(STALE.pathArn);
  });

  test('has the path that was read, even if another is stated', () => {
    const elsewhere = DEV.pathArn.replace('eu-west-1/', '');
    const { translation } = only({ rolearn: DEV.roleArn, ...grant }, statedFacts(elsewhere));
    expect(translation?.entry?.principalArn).toBe(DEV.pathArn);
    const stated = new Map([[roleArnKey(DEPLOY_PATH), `arn:aws:iam::${ID}:role/old/deploy`]]);
    const item = { rolearn: DEPLOY, ...grant };
    expect(only(item, factsOf([DEPLOY_PATH], { stated })).translation?.entry?.principalArn).toBe(DEPLOY_PATH);
    const gone = factsOf([], { stated, others: new Map([[roleArnKey(DEPLOY), null]]) });
    expect(refusalOf(item, gone)).toMatchObject({ reason: "the role doesn't exist", before: null });
  });

  test('is refused without a successor', () => {
    expect(refusalOf({ rolearn: role(ID, 'Ops').roleArn, ...grant }, facts)).toMatchObject({
      reason: `the role is gone, and account ${ID} has no other role of permission set "Ops"`,
      before: null,
      same: true,
    });
  });
});

describe('nodes', () => {
  const bootstrap = ['system:bootstrappers', 'system:nodes'];
  const ec2 = { rolearn: NODE, username: 'system:node:{{EC2PrivateDNSName}}', groups: bootstrap };
  const session = 'system:node:{{SessionName}}';
  const facts = factsOf([NODE], { nodes: 'own' });

  test('are refused by default', () => {
    expect(refusalOf(ec2, factsOf([NODE]))).toMatchObject({
      reason: 'it is a node role',
      help: expect.stringContaining('--nodes'),
      before: { groups: bootstrap },
      same: false,
    });
  });

  test.each([
    [ec2, 'EC2_LINUX'],
    [{ ...ec2, groups: ['system:nodes'] }, 'EC2_LINUX'],
    [{ ...ec2, groups: [...bootstrap, 'eks:kube-proxy-windows'] }, 'EC2_WINDOWS'],
    [{ ...ec2, username: session, groups: [...bootstrap, 'system:node-proxier'] }, 'FARGATE_LINUX'],
    [{ ...ec2, username: session }, 'HYBRID_LINUX'],
  ])('of %j are %s', (item, type) => {
    const { translation, row, findings } = only(item, facts);
    expect(translation?.entry).toEqual({
      principalArn: NODE,
      type,
      username: null,
      kubernetesGroups: [],
      policies: [],
    });
    expect(row).toMatchObject({ after: { username: item.username }, same: true, reason: null });
    expect(findings).toEqual([]);
  });

  test('get the given type, with the differences in the proof', () => {
    const stated = (nodes: string) =>
      only({ ...ec2, groups: [...bootstrap, 'eks:kube-proxy-windows'] }, { ...facts, nodes });
    expect(stated('EC2_WINDOWS').row).toMatchObject({ same: true });
    expect(stated('EC2_LINUX').row).toMatchObject({
      same: false,
      reason: 'group "eks:kube-proxy-windows" lost',
    });
    expect(stated('HYBRID_LINUX').row?.reason).toContain(`becomes "${session}"`);
    expect(only(ec2, { ...facts, nodes: 'EC2_WINDOWS' }).row).toMatchObject({
      same: false,
      reason: 'group "eks:kube-proxy-windows" gained',
    });
  });

  test('lose other groups, and admin', () => {
    const { row, findings } = only({ ...ec2, groups: [...bootstrap, 'extra', 'system:masters'] }, facts);
    expect(row).toMatchObject({ same: false, reason: 'group "extra" lost; cluster admin lost' });
    expect(findings).toMatchObject([{ severity: 'warning', code: 'group-left-out' }]);
  });

  test.each([
    [
      { ...ec2, username: 'system:node:fixed' },
      /^no access entry type gives nodes the username "system:node:fixed"/,
    ],
    [{ ...ec2, groups: ['system:bootstrappers'] }, /^no access entry type gives nodes/],
    [{ userarn: USER, username: session, groups: bootstrap }, /^nodes need a role$|^no access entry type/],
  ])('%j are not nodes of EKS', (item, reason) => {
    expect(refusalOf(item, facts).reason).toMatch(reason);
  });

  test("in another account than the cluster's are refused", () => {
    expect(refusalOf(ec2, { ...facts, clusterAccount: OTHER_ID }).reason).toContain(OTHER_ID);
    expect(only(ec2, { ...facts, clusterAccount: ID }).translation?.entry).toMatchObject({
      type: 'EC2_LINUX',
    });
  });

  test('need a path, too', () => {
    expect(refusalOf(ec2, factsOf([], { nodes: 'own' })).reason).toBe('its path is unknown');
  });
});

describe('an overridden entry is a note', () => {
  const of = (username: string) => ({ username, groups: ['g'] });
  const usernames = (maps: Parameters<typeof translated>[0]) =>
    translated(maps, factsOf([DEPLOY_PATH])).translations.map(({ entry }) => entry?.username ?? null);

  test('in mapRoles, ignoring case', () => {
    const maps = {
      mapRoles: [
        { rolearn: DEPLOY, ...of('a') },
        { rolearn: DEPLOY.toUpperCase(), ...of('b') },
      ],
    };
    expect(usernames(maps)).toEqual(['b']);
    expect(translated(maps, factsOf([DEPLOY_PATH])).findings).toMatchObject([
      {
        severity: 'note',
        code: 'overridden-entry',
        message: `${DEPLOY} is overridden by the entry on line 7 and skipped`,
        location: { line: 6 },
      },
    ]);
  });

  test('users that differ only in case are one if they grant the same', () => {
    const { translations, findings } = translated({
      mapUsers: [
        { userarn: USER, ...of('a') },
        { userarn: USER.toLowerCase(), ...of('a') },
      ],
    });
    expect(translations).toMatchObject([{ entry: { principalArn: USER, username: 'a' } }]);
    expect(findings).toMatchObject([{ code: 'overridden-entry', location: { line: 7 } }]);
  });

  test('users that differ only in case are refused if they grant something else', () => {
    const { translations } = translated({
      mapUsers: [
        { userarn: USER, ...of('a') },
        { userarn: USER.toLowerCase(), ...of('b') },
      ],
    });
    expect(translations).toMatchObject([
      { entry: null, refusal: { reason: expect.stringMatching(/in another case \(line 7\).* is random$/) } },
      { entry: null, refusal: { reason: expect.stringMatching(/in another case \(line 6\).* is random$/) } },
    ]);
  });
});
