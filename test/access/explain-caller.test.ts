import { describe, expect, test } from 'vitest';
import { withoutVainCommands } from '../../src/access/caller-notes.ts';
import { type CallerExplanation, explainCaller } from '../../src/access/explain-caller.ts';
import { requireCaller } from '../../src/access/named-caller.ts';
import { AwsAuth } from '../../src/cluster/aws-auth.ts';
import { readDocument } from '../../src/configmap/document.ts';
import { Failure, type Finding } from '../../src/errors.ts';
import type { Inventory } from '../../src/inventory/model.ts';
import { lint } from '../../src/lint/lint.ts';
import type { LintFinding } from '../../src/lint/rule.ts';

const A = '111122223333';
const B = '222233334444';
const IAM = `arn:aws:iam::${A}:`;
const NAME = 'AWSReservedSSO_Admin_c3402ddbb14af723';
const ROLE = `${IAM}role/${NAME}`;
const ALICE = `arn:aws:sts::${A}:assumed-role/${NAME}/alice@example.com`;
const CI = `arn:aws:sts::${A}:assumed-role/deploy/ci`;
const BOB = `${IAM}user/team/bob`;

type Texts = Readonly<Record<string, string>>;

function explain(arn: string, data: Texts, inventory: Inventory | null = null): CallerExplanation {
  const keys = Object.entries(data).map(
    ([key, text]) => `  ${key}: |\n${text.replace(/^(?=.)/gm, '    ')}\n`,
  );
  const source = `kind: ConfigMap\nmetadata: {name: aws-auth}\ndata:\n${keys.join('')}`;
  return explainCaller(requireCaller(arn), new AwsAuth(readDocument(source, 'f.yaml')), {
    inventory,
    authorizer: null,
    cluster: null,
    isFileGiven: true,
  });
}

function entry(arn: string, rest = 'username: u'): string {
  return `- rolearn: ${JSON.stringify(arn)}\n  ${rest}\n`;
}

/** Of the near misses `LINE: why` and `> help`. */
function near(arn: string, data: Texts, inventory: Inventory | null = null): string[] {
  const { matches, nearest } = explain(arn, data, inventory);
  expect(matches).toEqual([]);
  return nearest.map(({ location, why, help }) => `${location.line}: ${why} > ${help}`);
}

const WRITE = `Write rolearn: ${ROLE}`;
const PERHAPS = `It may be meant for others, and gives username "u", groups [].\nAdd an entry, or, only if this one is meant for the caller, write rolearn: ${ROLE}`;
const MERGE = `aws-auth-sso merge --map Admin=GROUP --account ${A} f.yaml`;

describe('a near miss', () => {
  const NODE = 'arn:aws:iam::111122223333:role/node';

  test.each([
    [
      'has the path left in',
      `${IAM}role/aws-reserved/sso.amazonaws.com/eu-west-1/${NAME}`,
      `the path is left in the ARN, and the authenticator compares roles without their path: strip it > ${WRITE}`,
    ],
    [
      'is a session',
      ALICE,
      `it is the ARN of a session, and the authenticator compares that of the role > ${WRITE}`,
    ],
    [
      'is a session without its name',
      `arn:aws:sts::${A}:assumed-role/${NAME}`,
      `it is the ARN of a session, and the authenticator compares that of the role > ${WRITE}`,
    ],
    [
      'has a space',
      `${ROLE} `,
      `the ARN contains a space, a line break or an invisible character > ${WRITE}`,
    ],
    [
      'has an invisible character',
      `${IAM}role/\u200b${NAME}`,
      `the ARN contains a space, a line break or an invisible character > ${WRITE}`,
    ],
    [
      'has a wildcard',
      `${IAM}role/AWSReservedSSO_Adm?n_*`,
      `it contains a wildcard, and ARNs are compared literally > ${WRITE}`,
    ],
    [
      'has wildcards and a path',
      `${IAM}role/aws-reserved/*/AWSReservedSSO_Admin_*`,
      `it contains a wildcard, and ARNs are compared literally > ${WRITE}`,
    ],
    [
      'lacks the suffix',
      `${IAM}role/AWSReservedSSO_admin`,
      'the name of the role lacks its suffix: whom it was meant for is not known > Add an entry.',
    ],
    [
      'has the suffix of a role that was re-created',
      `${IAM}role/AWSReservedSSO_Admin_00aa11bb22cc33dd`,
      `the suffix is 00aa11bb22cc33dd, and that of the caller's role c3402ddbb14af723: each time Identity Center re-creates the role of a permission set, it gets a new one > ${WRITE}`,
    ],
    [
      'has a misspelled suffix',
      `${IAM}role/AWSReservedSSO_Admin_c3402ddbb14af732`,
      `the suffix is c3402ddbb14af732, and that of the caller's role c3402ddbb14af723: perhaps a typo > ${WRITE}`,
    ],
    [
      'is of another account',
      `arn:aws:iam::${B}:role/AWSReservedSSO_Admin_00aa11bb22cc33dd`,
      `it is for account ${B}, and the caller is in ${A} (the same permission set, "Admin") > Call with credentials of account ${B}, or add an entry.`,
    ],
    [
      'has the wrong account id',
      `arn:aws:iam::${B}:role/${NAME}`,
      `it is for account ${B}, and the caller is in ${A}, with the same suffix: one of the account ids is wrong > Write rolearn: ${ROLE}`,
    ],
    [
      'is of another partition',
      `arn:aws-cn:iam::${A}:role/${NAME}`,
      `it is in the partition aws-cn, and the caller in aws > ${WRITE}`,
    ],
    ['is a user', `${IAM}user/${NAME}`, `it is a user, and the caller is a role > ${PERHAPS}`],
    [
      'has a misspelled permission set',
      `${IAM}role/AWSReservedSSO_Admins_00aa11bb22cc33dd`,
      `it is a role of permission set "Admins", and the caller's is "Admin": perhaps a typo > ${PERHAPS}`,
    ],
    [
      'has a region',
      `arn:aws:iam:eu-west-1:${A}:role/${NAME}`,
      `it is not the ARN of a role or user > ${WRITE}`,
    ],
    ['lacks role/', `${IAM}${NAME}`, `it is not the ARN of a role or user > ${WRITE}`],
    ['is misspelled', `arn:aws:iam:${A}:role/${NAME}`, `it is not the ARN of a role or user > ${WRITE}`],
    [
      'has a misspelled prefix',
      `${IAM}role/AWSReservedSO_Admin_c3402ddbb14af723`,
      `the name "awsreservedso_admin_c3402ddbb14af723" differs a little from the caller's, "awsreservedsso_admin_c3402ddbb14af723": perhaps a typo > ${PERHAPS}`,
    ],
    [
      'is misspelled in two places',
      'arn:aws:iam::11112222333:role/AWSReservedSSO_Admin_c3402ddbb14af72',
      `it is not the ARN of a role or user > ${PERHAPS}`,
    ],
    [
      'is a session of the role before',
      `arn:aws:sts::${A}:assumed-role/AWSReservedSSO_Admin_00aa11bb22cc33dd/alice`,
      `the suffix is 00aa11bb22cc33dd, and that of the caller's role c3402ddbb14af723: each time Identity Center re-creates the role of a permission set, it gets a new one > ${WRITE}`,
    ],
    [
      'is a Helm template',
      `arn:aws:iam::{{ .Values.account }}:role/${NAME}`,
      `it is a Helm template that was not filled in > ${WRITE}`,
    ],
    [
      'is a permission set',
      'arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-1234567890abcdef',
      `it is the ARN of a permission set, and people call as the role that Identity Center creates in each account > ${PERHAPS}`,
    ],
    [
      'is the user of the session',
      'Alice@example.com',
      `it names an Identity Center user or group, and people call as the role of a permission set > ${PERHAPS}`,
    ],
    [
      'is another Identity Center user',
      'bob@example.com',
      `it names an Identity Center user or group, and people call as the role of a permission set > ${PERHAPS}`,
    ],
  ])('%s', (_, arn, expected) => {
    expect(near(ALICE, { mapRoles: entry(NODE) + entry(arn) })).toEqual([`7: ${expected}`]);
  });

  test.each([
    ['is another role', `${IAM}role/view`],
    ['is another role of another account', `arn:aws:iam::${B}:role/view`],
    ['is of another permission set', `${IAM}role/AWSReservedSSO_ReadOnly_c3402ddbb14af723`],
    ['has wildcards that do not match', `${IAM}role/AWSReservedSSO_*_0?`],
    ['lacks the suffix of another permission set', `${IAM}role/AWSReservedSSO_View`],
    ['is something else', 'arn:aws:s3:::bucket'],
    ['is root', `${IAM}root`],
  ])('is not what %s', (_, arn) => {
    expect(near(ALICE, { mapRoles: entry(arn) })).toEqual([]);
  });

  test.each([
    [
      CI,
      `${IAM}role/deploi`,
      'the name "deploi" differs a little from the caller\'s, "deploy": perhaps a typo',
    ],
    [CI, `${IAM}instance-profile/deploy`, 'it is neither a role nor a user'],
    [
      CI,
      `${IAM}role/ci/deploy`,
      'the path is left in the ARN, and the authenticator compares roles without their path: strip it',
    ],
    [CI, `arn:aws:iam::${A}:roles/deploy`, 'it is not the ARN of a role or user'],
    [
      BOB,
      `${IAM}user/bob`,
      'the path of the user differs, and the authenticator compares users with their path',
    ],
    [
      BOB,
      `${IAM}user/team/Bobb`,
      'the name "team/bobb" differs a little from the caller\'s, "team/bob": perhaps a typo',
    ],
    [BOB, `${IAM}role/team/bob`, undefined],
    [CI, `${IAM}role/deployer`, undefined],
    [CI, `${IAM}role/viewer`, undefined],
    [CI, `arn:aws:iam::${B}:role/${NAME}`, undefined],
    [BOB, `${IAM}user/rob`, undefined],
    [CI, `${IAM}user/deploi`, undefined],
    [CI, 'arn:aws:sso:::permissionSet/ssoins-1/ps-1', undefined],
    [CI, 'ci@example.com', undefined],
    [
      `arn:aws:sts::${A}:federated-user/eve`,
      `arn:aws:sts:eu-west-1:${A}:federated-user/eve`,
      'the ARN is not written as STS says it',
    ],
    [
      `${IAM}root`,
      `arn:aws:sts::${A}:federated-user/root`,
      'it is a federated user, and the caller is the root user',
    ],
    [`${IAM}root`, `arn:aws:iam::${B}:root`, undefined],
  ])('of %s: %s', (caller, arn, why) => {
    const { nearest } = explain(caller, { mapRoles: entry(arn) });
    expect(nearest.map((miss) => miss.why)).toEqual(why === undefined ? [] : [why]);
  });

  test.each([
    ['arn:aws:iam::*:role/*', true],
    ['arn:aws:iam::111122223333:role/dep?oy', true],
    ['arn:aws:iam::111122223333:role/de*o*y', true],
    ['arn:aws:iam::111122223333:role/deploy*', true],
    ['arn:aws:iam::111122223333:role/any/path/d*', true],
    ['*', true],
    ['arn:aws:iam::*', true],
    ['arn:*:iam::*:role/*d*e*p*', true],
    ['arn:*:iam::*:role/*d*e*p*l*', false],
    ['arn:aws:iam::111122223333:role/dep?loy', false],
    ['arn:aws:iam::111122223333:role/dep*x', false],
    ['arn:aws:iam::111122223333:role/*dep', false],
    ['arn:aws:iam::111122223333:role/d*p*p*', false],
    ['arn:aws:iam::111122223333:role/?deploy', false],
    ['arn:aws:iam::111122223333:user/*', false],
    ['arn:aws:iam::111122223333:user/ops/*', false],
    ['arn:aws:iam::111122223333:role/deploy?', false],
  ])('with a wildcard, %s: %s', (arn, isNear) => {
    const [miss] = explain(CI, { mapRoles: entry(arn) }).nearest;
    expect(miss?.why.startsWith('it contains a wildcard') ?? false).toBe(isNear);
  });

  test('in mapUsers is written as userarn', () => {
    expect(near(BOB, { mapUsers: `- userarn: ${IAM}user/bob\n` })).toEqual([
      `5: the path of the user differs, and the authenticator compares users with their path > Write userarn: ${BOB}`,
    ]);
  });

  test('in the wrong map is moved', () => {
    expect(near(BOB, { mapRoles: entry(`${IAM}user/bob`) })[0]).toMatch(
      / > Move it to mapUsers, with userarn: arn:aws:iam::111122223333:user\/team\/bob$/,
    );
    expect(near(ALICE, { mapUsers: `- userarn: ${IAM}role/x/${NAME}\n` })[0]).toMatch(
      / > Move it to mapRoles, with rolearn: /,
    );
    expect(near(BOB, { mapRoles: entry(`${IAM}user/team/bobb`, 'groups: ["system:masters"]') })).toEqual([
      `5: the name "team/bobb" differs a little from the caller's, "team/bob": perhaps a typo > It may be meant for others, and gives username "", groups ["system:masters"].\nAdd an entry, or, only if this one is meant for the caller, move it to mapUsers, with userarn: ${BOB}`,
    ]);
  });

  test('that may be for others comes with an entry to add', () => {
    const { nearest, add } = explain(CI, { mapRoles: entry(`arn:aws:iam::${B}:role/deploy`) });
    expect(nearest.map(({ help }) => help)).toEqual([
      `Call with credentials of account ${B}, or add an entry.`,
    ]);
    expect(add).toBe(
      [
        'Add to mapRoles, with a username and Kubernetes groups of your choice:',
        `- rolearn: ${IAM}role/deploy`,
        '  username: "NAME:{{SessionName}}"',
        '  groups: [GROUP]',
      ].join('\n'),
    );
    const near = entry(`${IAM}role/AWSReservedSSO_Admins_00aa11bb22cc33dd`);
    expect(explain(ALICE, { mapRoles: near }).add).toBe(MERGE);
    expect(explain(ALICE, { mapRoles: near + entry(`${ROLE} `) }).add).toBeNull();
    expect(explain(ALICE, { mapAccounts: `- "${B}"` }).add).toBe(MERGE);
    expect(explain(ALICE, { mapRoles: `# ${ROLE}\n` }).add).toBeNull();
    expect(explain(ALICE, { mapRole: entry(ROLE) }).add).toBeNull();
    expect(explain(ALICE, { mapAccounts: `- "${A} "` }).add).toBeNull();
    expect(explain(ALICE, { mapRoles: entry(ROLE) }).add).toBeNull();
  });

  test.each([
    ['arn:aws:iam::{{ .Values.account }}:role/deploy', true],
    [`arn:aws:iam::${A}:roles/deploy`, true],
    [`arn:aws:iam::${B}:roles/deploy`, false],
  ])('that no caller has may be of another account: %s', (arn, isCallers) => {
    const { nearest, add } = explain(CI, { mapRoles: entry(arn) });
    expect(nearest.map(({ isEnough }) => isEnough)).toEqual([isCallers]);
    expect(add === null).toBe(isCallers);
  });

  test('is not one of a kind with another number', () => {
    const team = (name: string) => near(`${IAM}role/${name}`, { mapRoles: entry(`${IAM}role/eks-team-1`) });
    expect(team('eks-team-2')).toEqual([]);
    expect(team('eks-team')).toHaveLength(1);
    expect(team('eks-taem-1')).toHaveLength(1);
    const set = { mapRoles: entry(`${IAM}role/AWSReservedSSO_Admin2_00aa11bb22cc33dd`) };
    expect(near(ALICE, set)).toEqual([]);
  });

  test.each(['t', 't5', 'abd'])('is not a short name with another letter: %s', (name) => {
    for (const own of ['t4', 'abc'])
      expect(near(`${IAM}role/${own}`, { mapRoles: entry(`${IAM}role/${name}`) })).toEqual([]);
  });

  test('may have sso: in place of an ARN', () => {
    const sso = (set: string, account: string) =>
      `- sso:\n    permissionSetName: ${set}\n    accountID: "${account}"\n  username: u\n`;
    const inert = 'sso: is an alpha feature of the authenticator that EKS does not enable';
    expect(near(ALICE, { mapRoles: sso('admin', A) + sso('View', A) })).toEqual([
      `5: ${inert} > Replace sso: by rolearn: ${ROLE}`,
    ]);
    expect(near(ALICE, { mapRoles: sso('Admin', B) })).toEqual([
      `5: it is for account ${B}, not ${A}, and ${inert} > Call with credentials of account ${B}, or add an entry.`,
    ]);
    expect(explain(ALICE, { mapRoles: sso('Admin', B) }).add).toBe(MERGE);
    expect(explain(ALICE, { mapRoles: sso('Admin', A) }).add).toBeNull();
    expect(near(CI, { mapRoles: sso('Admin', A) })).toEqual([]);
    expect(explain(ALICE, { mapRoles: sso('admin', A) }).nearest[0]?.arn).toBe('sso:admin');
  });

  test('is told once, of entries of which one overrides the other', () => {
    expect(near(ALICE, { mapRoles: entry(`${ROLE} `) + entry(`${ROLE} `) })).toHaveLength(1);
  });

  test('is shown in the order of nearness, and the remote not at all where there are others', () => {
    const arns = [
      'bob@example.com',
      `arn:aws:iam::${B}:role/AWSReservedSSO_Admin_00aa11bb22cc33dd`,
      `${IAM}role/AWSReservedSSO_Admin_00aa11bb22cc33dd`,
      `${IAM}role/x/${NAME}`,
    ];
    const { nearest, more } = explain(ALICE, {
      mapRoles: arns.map((arn) => entry(arn)).join(''),
      mapAccounts: `- "${B}"`,
    });
    expect(nearest.map(({ arn }) => arn)).toEqual(arns.slice(1).reverse());
    expect(more).toBe(0);
  });

  test('is shown five times at most', () => {
    const arns = Array.from({ length: 7 }, (_, at) => `${IAM}role/AWSReservedSSO_Admin_00aa11bb22cc33d${at}`);
    const { nearest, more } = explain(ALICE, { mapRoles: arns.map((arn) => entry(arn)).join('') });
    expect(nearest.map(({ arn }) => arn)).toEqual(arns.slice(0, 5));
    expect(more).toBe(2);
  });
});

describe('the caller is named, but lost', () => {
  const CHECK = '`aws-auth-sso check f.yaml`';

  test.each([
    [
      'in an item that is dropped',
      `- role_arn: ${ROLE}\n  username: u\n`,
      `5: the authenticator drops this item: the item has no rolearn > Did you mean "rolearn"?\n${CHECK} reports it as misspelled-key.`,
    ],
    [
      'in an item with a dash too few',
      `- rolearn: ${ROLE}\n  username: u\n  rolearn: ${IAM}role/x\n`,
      `5: the item has more than one ARN, and ${IAM}role/x is the one that counts > Put "- " before the first field of the second entry; if this is one entry, keep each field once.\n${CHECK} reports it as duplicate-field.`,
    ],
    [
      'as an item that is no map',
      `- ${ROLE}\n`,
      `5: the authenticator drops this item: the item is the string "${ROLE}", not a map > Write "- rolearn: …" with the ARN, and the other fields below it.\n${CHECK} reports it as dropped-entry.`,
    ],
    [
      'in an item behind another that is dropped',
      `- role_arn: x\n- rolearn: ${ROLE}\n  username: u\n  rolearn: ${IAM}role/x\n`,
      `6: the item has more than one ARN, and ${IAM}role/x is the one that counts > Put "- " before the first field of the second entry; if this is one entry, keep each field once.\n${CHECK} reports it as duplicate-field.`,
    ],
    [
      'in an item behind one that is not',
      `- rolearn: ${IAM}role/x\n- role_arn: ${ROLE}\n  username: u\n`,
      `6: the authenticator drops this item: the item has no rolearn > Did you mean "rolearn"?\n${CHECK} reports it as misspelled-key.`,
    ],
    [
      'in an item with sso:',
      `- sso: {permissionSetName: View, accountID: "${A}"}\n  note: ${ROLE}\n`,
      `6: the item has more than one ARN, and sso: is the one that counts > Write the ARN of the role as rolearn; \`aws-auth-sso merge\` finds it by the name of the permission set.\n${CHECK} reports it as sso-matcher.`,
    ],
    [
      'under a field that is ignored',
      `- rolearn: ${IAM}role/x\n  username: u\n  note: ${ROLE}\n`,
      `7: the item has more than one ARN, and ${IAM}role/x is the one that counts > Give each entry an item and one ARN of its own. ${CHECK} shows what is wrong.`,
    ],
    [
      'in a comment',
      `- rolearn: ${IAM}role/x\n  username: u\n# - rolearn: ${ROLE}\n`,
      '7: it is in a comment > Unless that is on purpose, remove the # in front of the entry.',
    ],
    [
      'in a comment inside an item',
      `- rolearn: ${IAM}role/x\n  # ${ROLE}\n  username: u\n`,
      '6: it is in a comment > Unless that is on purpose, remove the # in front of the entry.',
    ],
    [
      'behind the first document',
      `- rolearn: ${IAM}role/x\n  username: u\n---\n- rolearn: ${ROLE}\n`,
      '8: the authenticator reads the first YAML document alone, and this is behind it > Put the entry before the line with --- or ...',
    ],
  ])('%s', (_, mapRoles, expected) => {
    expect(near(ALICE, { mapRoles })).toEqual([expected]);
  });

  test('in a key that cannot be parsed', () => {
    const broken = `- rolearn: ${IAM}role/x\n  username: {{SessionName}}\n- rolearn: ${ROLE}\n`;
    const [miss = ''] = near(ALICE, { mapUsers: '- userarn: [x\n', mapRoles: broken });
    expect(miss).toMatch(/^10: mapRoles cannot be parsed \(line 9: .*\), so all of its entries are lost > /);
    expect(miss).toMatch(/\n`aws-auth-sso check f.yaml` reports it as unquoted-template\.$/);
  });

  test.each(['mapRoles', 'mapUsers', 'mapAccounts'])('or may be: %s cannot be parsed', (key) => {
    const broken = key === 'mapRoles' ? `- rolearn: ${IAM}role/x\n  username: {{SessionName}}\n` : '- [x\n';
    const [code, line] = key === 'mapRoles' ? ['unquoted-template', 6] : ['unparsable-map', 6];
    const lost = explain(CI, { [key]: broken });
    expect(lost.broken).toMatchObject([{ severity: 'error', code, location: { file: 'f.yaml', line } }]);
    expect([lost.nearest, lost.add]).toEqual([[], null]);
    const other = key === 'mapRoles' ? 'mapUsers' : 'mapRoles';
    const mapped = entry(`${IAM}role/deploy`).replace(
      'rolearn',
      other === 'mapUsers' ? 'userarn' : 'rolearn',
    );
    const matched = explain(CI, { [key]: broken, [other]: mapped });
    expect(matched.matches).toHaveLength(1);
    expect(matched.broken).toEqual(lost.broken);
  });

  test('and no key is broken where it is an item that is', () => {
    expect(explain(CI, { mapRoles: `- role_arn: ${ROLE}\n- rolearn: [x]\n` }).broken).toEqual([]);
  });

  test('under a key that the authenticator does not know', () => {
    expect(near(ALICE, { mapRole: entry(ROLE), other: entry(ROLE), mapRoles: '[]' })).toEqual([
      '5: it is under the unknown key "mapRole", which the authenticator ignores > Rename the key to mapRoles, or move the entry there if there is one.',
    ]);
  });

  test('but not under what is no key of strings', () => {
    const source = `kind: ConfigMap\nmetadata: {name: aws-auth}\ndata:\n  mapRole: [{rolearn: ${ROLE}}]\n  ? [mapRole]\n  : ${ROLE}\n`;
    const context = new AwsAuth(readDocument(source, 'f.yaml'));
    const facts = { inventory: null, authorizer: null, cluster: null, isFileGiven: true };
    expect(explainCaller(requireCaller(ALICE), context, facts).nearest).toEqual([]);
  });

  test('but not by the entry itself, quoted or not', () => {
    expect(near(ALICE, { mapRoles: `- rolearn: ${IAM}role/x/${NAME}\n` })).toHaveLength(1);
    expect(near(ALICE, { mapRoles: entry(`${IAM}role/x/${NAME}`) })).toHaveLength(1);
  });
});

describe('mapAccounts', () => {
  test('of other accounts is the last thing to tell', () => {
    const why = (others: string) => `mapAccounts lets in account ${B}${others}, and the caller is in ${A}`;
    const help = 'mapAccounts gives no Kubernetes groups: add an entry to mapRoles or mapUsers instead.';
    expect(near(ALICE, { mapAccounts: `- "${B}"\n` })).toEqual([`5: ${why('')} > ${help}`]);
    expect(near(ALICE, { mapAccounts: `- "${B}"\n- "444455556666"\n` })).toEqual([
      `5: ${why(' and 1 more')} > ${help}`,
    ]);
    expect(near(ALICE, { mapAccounts: '[]' })).toEqual([]);
  });

  test('may lose the account of the caller', () => {
    expect(near(ALICE, { mapAccounts: `- [ "${A}" ]\n` })).toEqual([
      '5: the item is a list, not an account id: it is dropped > Write each account id as an item of its own, in quotes.',
    ]);
    expect(near(ALICE, { mapAccounts: `- "${A} "\n` })[0]).toBe(
      '5: the account id is not an item of its own > Write each account id as an item of its own, in quotes.',
    );
    expect(near(ALICE, { mapAccounts: A })[0]).toMatch(/^5: mapAccounts cannot be parsed/);
    const [miss = ''] = near(ALICE, { mapAccounts: `- "${A}\n` });
    expect(miss).toMatch(
      /^5: mapAccounts cannot be parsed \(line \d+: .*\), so all of its entries are lost > /,
    );
  });
});

const UP_TO_BINDINGS = 'note rights-unknown: what the caller may do depends on the bindings of the groups';

/** `CODE: message` */
function notes(arn: string, data: Texts, inventory: Inventory | null = null): string[] {
  return explain(arn, data, inventory).notes.map(
    ({ severity, code, message }) => `${severity} ${code}: ${message}`,
  );
}

describe('who gets in', () => {
  test('overrides what stands before and in mapUsers', () => {
    const { matches, overrides } = explain(ALICE, {
      mapUsers: `- userarn: ${ROLE}\n  username: u\n- userarn: ${BOB}\n`,
      mapRoles: `${entry(ROLE.toUpperCase(), 'groups: [a]')}${entry(`${ROLE} `)}${entry(ROLE, 'username: last')}`,
    });
    expect(matches).toEqual([
      {
        map: 'mapRoles',
        arn: ROLE,
        location: { file: 'f.yaml', line: 14, column: 7 },
        identity: { username: 'last', groups: [] },
      },
    ]);
    expect(
      overrides.map(({ map, location, username, groups }) => [map, location.line, username, groups]),
    ).toEqual([
      ['mapRoles', 10, '', ['a']],
      ['mapUsers', 5, 'u', []],
    ]);
  });

  test('through mapAccounts has the ARN for a name', () => {
    const { matches } = explain(ALICE, { mapAccounts: `# ${A}\n- "${B}"\n- "${A}"\n` });
    expect(matches).toEqual([
      {
        map: 'mapAccounts',
        arn: A,
        location: { file: 'f.yaml', line: 7, column: 7 },
        identity: { username: ROLE, groups: [] },
      },
    ]);
  });

  test.each([
    [ALICE, 'username: a, groups: [view]', [UP_TO_BINDINGS]],
    [
      ALICE,
      'username: a',
      [
        'note no-groups: without groups, the caller may do only what bindings give to the user "a" and to system:authenticated',
      ],
    ],
    [
      ALICE,
      'groups: []',
      [
        `warning empty-name: the entry of ${ROLE} has no username: audit logs cannot tell its users apart`,
        'note no-groups: without groups, the caller may do only what bindings give to an empty username and to system:authenticated',
      ],
    ],
    [
      ALICE,
      'username: a, groups: [view, "system:masters"]',
      ['warning system-masters: system:masters is allowed everything in the cluster, without any binding'],
    ],
    [
      CI,
      'username: a, groups: ["system:nodes"]',
      ['note node-entry: the entry is for nodes, not for people'],
    ],
    [
      ALICE,
      'username: "{{AccessKeyID}}", groups: [a]',
      [
        'note access-key-unknown: {{AccessKeyID}} is the id of the access key that signs the call',
        UP_TO_BINDINGS,
      ],
    ],
    [
      ROLE,
      'username: a, groups: ["{{SessionName}}"]',
      [
        'note session-unknown: the ARN of a role does not tell the name of the session, so {{SessionName}} is not filled in',
        UP_TO_BINDINGS,
      ],
    ],
    [
      ROLE,
      'username: a, groups: ["{{SessionNameRaw}}"]',
      [
        'note session-unknown: the ARN of a role does not tell the name of the session, so {{SessionName}} is not filled in',
        UP_TO_BINDINGS,
      ],
    ],
  ])('is told what to know: %s, %s', (arn, rest, expected) => {
    const { canonicalArn } = requireCaller(arn);
    expect(notes(arn, { mapRoles: `- {rolearn: ${canonicalArn}, ${rest}}\n` })).toEqual(expected);
  });

  test('is told first what is wrong with the entry, but nothing of others', () => {
    const item = (arn: string) => `- rolearn: ${arn}\n  username: "a "\n  groups: ops\n`;
    const other = item(`${IAM}role/other`);
    const { notes } = explain(ALICE, { mapRoles: `${other}${item(ROLE)}${other.replace('other', 'x')}` });
    expect(notes.map(({ code, location }) => [code, location?.line])).toEqual([
      ['whitespace-in-name', 9],
      ['field-not-string', 10],
      ['no-groups', undefined],
    ]);
    const user = (name: string) => `- userarn: ${IAM}user/${name}\n  username: u\n  group: [a]\n`;
    const { notes: chance } = explain(`${IAM}user/bob`, { mapUsers: user('bob') + user('Bob') });
    expect(chance.map(({ code }) => code)).toEqual([
      ...['misspelled-key', 'misspelled-key'],
      ...['ambiguous-user', 'no-groups'],
    ]);
  });

  test('is told what is wrong with an entry that an alias stands for', () => {
    const item = `&a {rolearn: ${ROLE}, username: u, group: [a]}`;
    const { notes } = explain(ALICE, { mapRoles: `- ${item}\n- *a\n` });
    expect(notes.map(({ code }) => code)).toContain('misspelled-key');
  });

  test('keeps what is to do about rights, unless the entry explains them', () => {
    const given = ['unbound-group', 'unbound-user', 'rbac-risk'].map((code): Finding => {
      return { severity: 'warning', code, message: code, help: 'bind it' };
    });
    const kept = (found: readonly LintFinding[], explainsGroups: boolean) =>
      withoutVainCommands(given, { found, explainsGroups }).flatMap(({ code, help }) =>
        help === 'bind it' ? [code] : [],
      );
    const found = lint(readDocument(`- {rolearn: ${ROLE}, username: ""}\n`, 'f.yaml'));
    expect(kept([], false)).toEqual(['unbound-group', 'unbound-user', 'rbac-risk']);
    expect(kept(found, false)).toEqual(['unbound-group', 'rbac-risk']);
    expect(kept(found, true)).toEqual(['rbac-risk']);
  });

  test('is warned as the root user, and where chance decides', () => {
    const root = `- userarn: ${IAM}root\n  username: r\n  groups: [a]\n`;
    expect(notes(`${IAM}root`, { mapUsers: root })).toEqual([
      `warning root-user: this is the root user of account ${A}, and the entry lets in nobody else of the account`,
      UP_TO_BINDINGS,
    ]);
    const users = (...names: readonly string[]) =>
      ['bob', 'Bob', 'BOB'].map(
        (name, at) => `- userarn: ${IAM}user/${name}\n  groups: [a]\n  username: ${names[at]}\n`,
      );
    const [one = '', other = '', third = ''] = users('a', 'b', '"{{EC2PrivateDNSName}}"');
    expect(notes(`${IAM}user/bob`, { mapUsers: one + other })).toEqual([
      'warning ambiguous-user: 2 entries differ only in the case of the ARN: which one counts is chance, call by call (line 5, line 8)',
      UP_TO_BINDINGS,
    ]);
    expect(notes(`${IAM}user/bob`, { mapUsers: one + third })).toEqual([
      expect.stringMatching(/^error node-variable-on-human: /),
      'warning ambiguous-user: 2 entries differ only in the case of the ARN: which one counts is chance, call by call (line 5, and 1 of them deny access)',
      UP_TO_BINDINGS,
    ]);
  });
});

describe('an entry for EC2 instances', () => {
  const NODE = 'username: "system:node:{{EC2PrivateDNSName}}"';
  const LEAVE =
    'Leave the entry: nodes, or other EC2 instances, get in through it. Call as another role, one for people.';
  const PEOPLE =
    'If people are meant, write a username and groups for people, such as username: "sso:{{SessionName}}".';
  const why = (who: string, help: string, name = 'system:node:{{EC2PrivateDNSName}}') =>
    `5: the entry is the caller's, but "${name}" is for EC2 instances, and ${who}: access is denied > ${help}`;

  test('denies access to sessions of another name, and to roles that no instance has', () => {
    const deploy = entry(`${IAM}role/deploy`, NODE);
    expect(near(CI, { mapRoles: deploy })).toEqual([why('"ci" is not the id of one', LEAVE)]);
    expect(near(ALICE, { mapRoles: entry(ROLE, NODE), mapAccounts: `- "${A}"` })).toEqual([
      why('"alice@example.com" is not the id of one', PEOPLE),
    ]);
    expect(near(ROLE, { mapRoles: entry(ROLE, NODE) })).toEqual([
      why('no role of Identity Center, and no user, is one', PEOPLE),
    ]);
    const people = 'username: "team:{{EC2PrivateDNSName}}"';
    const write = 'If people are meant, write {{SessionName}} instead of {{EC2PrivateDNSName}}.';
    expect(near(ALICE, { mapRoles: entry(ROLE, people) })).toEqual([
      why('"alice@example.com" is not the id of one', write, 'team:{{EC2PrivateDNSName}}'),
    ]);
    expect(near(CI, { mapRoles: entry(`${IAM}role/deploy`, people) })).toEqual([
      why('"ci" is not the id of one', LEAVE, 'team:{{EC2PrivateDNSName}}'),
    ]);
    expect(explain(CI, { mapRoles: deploy }).denied).toBe(true);
    expect(explain(CI, { mapRoles: '[]' }).denied).toBe(false);
  });

  test('lets in instances, under a name that is not known here', () => {
    const mapRoles = entry(`${IAM}role/deploy`, `${NODE}\n  groups: [a]`);
    for (const arn of [`${IAM}role/deploy`, `arn:aws:sts::${A}:assumed-role/deploy/i-01234567`])
      expect(notes(arn, { mapRoles })).toEqual([
        'note for-instances: only EC2 instances get in: {{EC2PrivateDNSName}} is the private DNS name of the one that calls',
        'note node-entry: the entry is for nodes, not for people',
      ]);
  });
});

describe('what AWS says', () => {
  const OLD = 'AWSReservedSSO_Admin_00aa11bb22cc33dd';
  const SET = 'arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-1234567890abcdef';
  const role = (name: string, createdAt: string) => ({
    accountId: A,
    permissionSet: 'Admin',
    roleArn: `${IAM}role/${name}`,
    pathArn: `${IAM}role/aws-reserved/sso.amazonaws.com/${name}`,
    createdAt,
  });
  const account = {
    id: A,
    name: 'prod',
    state: null,
    ou: null,
    ouIds: null,
    rolesRead: true,
    unreadable: null,
  };
  const inventory = (overrides: Partial<Inventory>): Inventory => ({
    capturedAt: '2026-11-25T00:00:00.000Z',
    partition: 'aws',
    callerAccountId: A,
    instance: null,
    accounts: [account],
    permissionSets: null,
    roles: [],
    assignments: null,
    principals: null,
    ...overrides,
  });
  const NEW = role(NAME, '2026-03-02T09:14:07.000Z');
  const BEFORE = role(OLD, '2025-01-01T00:00:00.000Z');

  test('of the role of the caller', () => {
    expect(notes(ALICE, {}, inventory({ roles: [NEW] }))).toEqual([
      `note role-exists: the role exists in account ${A}, created ${NEW.createdAt}`,
    ]);
    const mapRoles = `- {rolearn: ${ROLE}, username: a, groups: ["system:masters"]}\n`;
    expect(notes(ALICE, { mapRoles }, inventory({ roles: [NEW] })).slice(1)).toEqual([
      `note role-exists: the role exists in account ${A}, created ${NEW.createdAt}`,
    ]);
    expect(notes(ALICE.replace(NAME, OLD), {}, inventory({ roles: [NEW] }))).toEqual([
      `warning role-gone: ${BEFORE.roleArn} no longer exists: permission set "Admin" now has ${ROLE}, created ${NEW.createdAt}`,
    ]);
    expect(notes(ALICE.replace(NAME, OLD), {}, inventory({ roles: [BEFORE, NEW] }))).toEqual([
      `warning role-superseded: ${BEFORE.roleArn} is an older role: permission set "Admin" now has ${ROLE}, created ${NEW.createdAt}`,
    ]);
    expect(notes(ALICE, {}, inventory({}))).toEqual([
      `warning role-gone: ${ROLE} no longer exists, and permission set "Admin" has no role in this account: it is assigned to nobody there`,
    ]);
    expect(notes(CI, {}, inventory({ roles: [NEW] }))).toEqual([]);
  });

  test('of its assignments', () => {
    const known = {
      accounts: [{ ...account, assignmentsRead: true }],
      permissionSets: [{ arn: SET, name: 'Admin' }],
      roles: [NEW],
    };
    expect(notes(ALICE, {}, inventory({ ...known, assignments: [] }))).toEqual([
      `warning unassigned: permission set "Admin" is assigned to nobody in account ${A} any more`,
    ]);
    const assignments = [
      { accountId: A, permissionSetArn: SET, principalType: 'USER' as const, principalId: 'u-1' },
    ];
    expect(notes(ALICE, {}, inventory({ ...known, assignments }))).toEqual([
      `note role-exists: the role exists in account ${A}, created ${NEW.createdAt}`,
    ]);
  });

  test('nothing of an account that was not read', () => {
    const text = `note roles-unknown: the roles of account ${A} were not read, so whether the role exists is not known`;
    expect(notes(ALICE, {}, inventory({ accounts: [] }))).toEqual([text]);
    const unread = { ...account, rolesRead: false, unreadable: 'AccessDenied' };
    expect(notes(ALICE, {}, inventory({ accounts: [unread] }))).toEqual([`${text}: AccessDenied`]);
    const [miss] = near(ALICE, { mapRoles: entry(BEFORE.roleArn) }, inventory({ accounts: [unread] }));
    expect(miss).toMatch(/it gets a new one > /);
  });

  test('of the role of a near entry', () => {
    const mapRoles = entry(BEFORE.roleArn);
    const recreated = 'each time Identity Center re-creates the role of a permission set, it gets a new one';
    const [both = ''] = near(ALICE, { mapRoles }, inventory({ roles: [BEFORE, NEW] }));
    expect(both).toContain(`c3402ddbb14af723: both roles exist, this one since ${BEFORE.createdAt} > Leave`);
    const [gone = ''] = near(ALICE, { mapRoles }, inventory({ roles: [NEW] }));
    expect(gone).toContain(
      `${recreated}. This one is gone, the caller's was created ${NEW.createdAt} > Write`,
    );
    const [none = ''] = near(ALICE, { mapRoles }, inventory({}));
    expect(none).toContain(`${recreated}. This one is gone > ${SIGN_IN}`);
  });

  const SIGN_IN = 'Sign in again, for example with `aws sso login`, and explain that caller.';
  const LEAVE = 'Leave the entry as it is: its role exists.';
  /** What is to be done about one entry, and whether an entry is to be added. */
  const todo = (caller: string, arn: string, known: Inventory) => {
    const { nearest, add } = explain(caller, { mapRoles: entry(arn) }, known);
    return [...nearest.map(({ help }) => help), add !== null];
  };

  test('that an entry is right, and the caller of yesterday', () => {
    const old = ALICE.replace(NAME, OLD);
    expect(todo(old, ROLE, inventory({ roles: [NEW] }))).toEqual([`${LEAVE} ${SIGN_IN}`, false]);
    expect(todo(old, ROLE, inventory({ roles: [BEFORE, NEW] }))).toEqual([`${LEAVE} ${SIGN_IN}`, false]);
    const { nearest } = explain(old, { mapRoles: entry(ROLE) }, inventory({ roles: [NEW] }));
    expect(nearest[0]?.why).toMatch(
      /14af723, and that .* 00aa11bb22cc33dd: this role exists, since 2026-03-02T/,
    );
    const typo = `${IAM}role/AWSReservedSSO_Admins_00aa11bb22cc33dd`;
    expect(todo(ALICE, typo, inventory({}))).toEqual([SIGN_IN, false]);
  });

  test('that an entry is right for others', () => {
    const add = `${LEAVE} Add one for the caller.`;
    expect(todo(ALICE, BEFORE.roleArn, inventory({ roles: [BEFORE, NEW] }))).toEqual([add, true]);
    const other = `${IAM}role/AWSReservedSSO_Admins_00aa11bb22cc33dd`;
    const admins = { ...BEFORE, permissionSet: 'Admins', roleArn: other };
    expect(todo(ALICE, other, inventory({ roles: [admins, NEW] }))).toEqual([add, true]);
    expect(todo(ALICE, other, inventory({ roles: [NEW] }))).toEqual([PERHAPS, true]);
    const cn = inventory({
      partition: 'aws-cn',
      roles: [{ ...NEW, roleArn: ROLE.replace('aws', 'aws-cn') }],
    });
    expect(todo(ALICE, ROLE.replace('aws', 'aws-cn'), cn)).toEqual([`${LEAVE} ${SIGN_IN}`, false]);
  });

  test('in which account the role is that both name', () => {
    const accounts = [account, { ...account, id: B }];
    const there = { ...NEW, accountId: B, roleArn: `arn:aws:iam::${B}:role/${NAME}` };
    expect(todo(ALICE, there.roleArn, inventory({ accounts, roles: [there] }))).toEqual([
      `${LEAVE} Call with credentials of account ${B}, where it is.`,
      false,
    ]);
    expect(todo(ALICE, there.roleArn, inventory({ accounts, roles: [NEW] }))).toEqual([WRITE, false]);
  });

  test('which permission set an ARN is', () => {
    const mapRoles = entry(SET);
    const named = (name: string) => inventory({ roles: [NEW], permissionSets: [{ arn: SET, name }] });
    expect(near(ALICE, { mapRoles }, named('Admin'))[0]).toContain(`in each account > ${WRITE}`);
    expect(near(ALICE, { mapRoles }, named('View'))).toEqual([]);
  });
});

describe('requireCaller', () => {
  test.each([
    ['alice@example.com', /^--caller: "alice@example.com" is an e-mail address/, /who --user NAME/],
    ['arn:aws:identitystore:::group/1', /is an Identity Center group$/, /people call as/i],
    [
      'arn:aws:sso:::permissionSet/ssoins-1/ps-1',
      /is the ARN of a permission set, not of a role$/,
      /roles --account/,
    ],
    [`${IAM}group/admins`, /is an IAM group$/, /^IAM groups cannot be mapped/],
    [`${IAM}instance-profile/node`, /is an instance profile/, /get-instance-profile/],
    [`${IAM}policy/x`, /is neither a role nor a user/, /^Give the ARN that/],
    [`${IAM}role/AWSReservedSSO_Admin`, /lacks the suffix/, /^Give the whole name/],
    [`arn:aws:sts::${A}:assumed-role/AWSReservedSSO_Admin/alice`, /lacks the suffix/, /^Give the whole name/],
    [`arn:aws:sts::${A}:assumed-role/deploy`, /is the ARN of a session/, /^The ARN of a session ends with/],
    ['arn:aws:sts::1234:assumed-role/deploy/ci', /account id/, /^Give the ARN that/],
    [`${IAM}role/dep*`, /contains a wildcard/, /^Give the ARN that/],
    [
      `ARN:aws:iam::${A}:role/deploy`,
      /^--caller: "ARN.*" is not an ARN as AWS writes it$/,
      /^Give the ARN that/,
    ],
    ['bob', /^--caller: "bob" is not an ARN$/, /^Give the ARN that/],
    ['', /^--caller: "" is not an ARN$/, /^Give the ARN that/],
    [
      `arn:aws:sts::${A}:assumed-role/deploy/`,
      /^--caller: "arn.*\/" lacks the name of the session$/,
      /^The ARN of a session ends with/,
    ],
  ])('%s', (text, message, help) => {
    try {
      requireCaller(text);
    } catch (error) {
      const findings = error instanceof Failure ? error.findings : [];
      expect(findings).toMatchObject([
        { message: expect.stringMatching(message), help: expect.stringMatching(help) },
      ]);
      return;
    }
    throw new Error('it is a caller');
  });
});
