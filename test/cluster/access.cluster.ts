import { expect, test, vi } from 'vitest';
import { ACCESS_KEY_ID, type Identity, sessionOf, whoami } from './callers.ts';
import { type Entry, setAwsAuth } from './control.ts';
import { EXAMPLE, NEW_ADMIN, OLD_ADMIN } from './example.ts';
import { openTerminal, type Terminal } from './terminal.ts';

const PROD = '111122223333';
const STAGING = '222233334444';
const roleArn = (name: string, account = PROD) => `arn:aws:iam::${account}:role/${name}`;
const INSTANCE = 'i-0123456789abcdef0';

const BOB = sessionOf(NEW_ADMIN, 'bob@example.com');
const BOB_BEFORE = sessionOf(OLD_ADMIN, 'bob@example.com');
const DAVE = sessionOf(roleArn('AWSReservedSSO_DeveloperAccess_84d1501ba55ed4dd'), 'dave@example.com');
const STAGING_VIEWER = sessionOf(roleArn('AWSReservedSSO_ReadOnly_3ed93d2cdfec1778', STAGING), 'dave');
const STAGING_DEVELOPER = roleArn('AWSReservedSSO_DeveloperAccess_51d8827ae1e17bee', STAGING);
const NODE = sessionOf(roleArn('eks-prod-node'), INSTANCE);
const BREAK_GLASS = `arn:aws:iam::${PROD}:user/break-glass`;
const STRANGERS = [
  sessionOf(roleArn('AWSReservedSSO_ClusterAdmin_4414006dc840b7ad', STAGING), 'mallory'),
  sessionOf(roleArn('AWSReservedSSO_ClusterAdmin_c3402ddbb14af723', STAGING), 'mallory'),
  sessionOf(roleArn('AWSReservedSSO_ClusterAdmin'), 'mallory'),
  sessionOf(roleArn('eks-prod-node'), 'no-instance'),
  `arn:aws:iam::${PROD}:user/mallory`,
  `arn:aws:iam::${PROD}:root`,
];
const EVERYBODY = [BOB, BOB_BEFORE, DAVE, STAGING_VIEWER, NODE, BREAK_GLASS, ...STRANGERS];

const GET = 'kubectl get configmap aws-auth -n kube-system -o yaml';
const CONFIG = '-c examples/aws-auth-sso.yaml';

test('create grants access to everyone in the output of generate, as who reports', async () => {
  await setAwsAuth(null);
  const terminal = await openTerminal();
  await requireAccess(terminal, Object.fromEntries(EVERYBODY.map((caller) => [caller, null])));
  const create = await terminal.bash(
    `set -o pipefail; aws-auth-sso generate ${CONFIG} | kubectl create -f -`,
  );
  expect(create.exitCode, create.stderr).toBe(0);
  await requireSaid(terminal, EVERYBODY);
  await requireAccess(terminal, {
    [BOB]: { username: 'admin:bob-example.com', groups: ['system:masters'] },
    [DAVE]: { username: 'sso:dave-example.com', groups: ['developers'] },
    [NODE]: {
      username: `system:node:${INSTANCE}.eu-west-1.compute.internal`,
      groups: ['system:bootstrappers', 'system:nodes'],
    },
    [BREAK_GLASS]: null,
    ...Object.fromEntries(STRANGERS.map((caller) => [caller, null])),
  });
  for (const user of ['bob@example.com', 'erin@example.com']) await requireAsWhoSays(terminal, user);
});

test('a rotated entry grants access to the successor, not to the role that is gone', async () => {
  await setAwsAuth(EXAMPLE.live);
  const terminal = await openTerminal();
  const admin = { username: 'admin:bob-example.com', groups: ['system:masters'] };
  await requireAccess(terminal, { [BOB]: null, [BOB_BEFORE]: admin });
  await merge(terminal, '');
  await requireAccess(terminal, {
    [BOB]: admin,
    [BOB_BEFORE]: null,
    [BREAK_GLASS]: { username: 'break-glass', groups: ['system:masters'] },
  });
  await requireSaid(terminal, EVERYBODY);
});

test('a pruned entry grants no access, and all others are unchanged', async () => {
  const unwanted = `- rolearn: ${STAGING_DEVELOPER}\n  username: old\n  groups: [developers]\n`;
  await setAwsAuth({ ...EXAMPLE.live, mapRoles: EXAMPLE.live.mapRoles + unwanted });
  const terminal = await openTerminal();
  const gone = sessionOf(STAGING_DEVELOPER, 'dave');
  await merge(terminal, '');
  await requireAccess(terminal, { [gone]: { username: 'old', groups: ['developers'] } });
  const before = await whoami(terminal, EVERYBODY);
  await merge(terminal, '--prune');
  await requireAccess(terminal, { [gone]: null });
  expect(await whoami(terminal, EVERYBODY)).toEqual(before);
  await requireSaid(terminal, [...EVERYBODY, gone]);
});

test('entries that check --fix-access calls effective grant access, and granted none before', async () => {
  const terminal = await openTerminal();
  await setAwsAuth(null);
  await terminal.bash('kubectl create -f examples/broken.yaml');
  await requireSaid(terminal, [BOB, NODE, ...STRANGERS]);
  await requireAccess(terminal, { [BOB]: null });
  const effective = await fixAccess(terminal, 1);
  expect(Object.keys(effective)).toEqual([NEW_ADMIN]);
  await requireEffective(terminal, effective);
  await requireSaid(terminal, [BOB, NODE, ...STRANGERS]);
});

test('everyone regains access through a repaired map, including nodes', async () => {
  const terminal = await openTerminal();
  await setAwsAuth({
    mapRoles: `- rolearn: ${roleArn('eks-prod-node')}
  username: system:node:{{EC2PrivateDNSName}}
  groups: [system:bootstrappers, system:nodes]
- rolearn: ${NEW_ADMIN}
  username: {{SessionName}}
  groups: [system:masters]
`,
  });
  await requireAccess(terminal, { [NODE]: null, [BOB]: null });
  await requireSaid(terminal, [NODE, BOB]);
  const effective = await fixAccess(terminal, 0);
  expect(Object.keys(effective).sort()).toEqual([NEW_ADMIN, roleArn('eks-prod-node')].sort());
  await requireEffective(terminal, effective);
  await requireAccess(terminal, { [BOB]: { username: 'bob-example.com', groups: ['system:masters'] } });
});

test('view matches the cluster for everything that aws-auth can contain', async () => {
  const both = `arn:aws:iam::${PROD}:user/both`;
  const callers = [
    sessionOf(roleArn('templates'), 'a@b.c'),
    sessionOf(roleArn('twice'), 'x'),
    sessionOf(roleArn('CASE'), 'x'),
    sessionOf(roleArn('path/role'), 'x'),
    sessionOf(roleArn('nothing'), 'x'),
    sessionOf(roleArn('anybody', '999988887777'), 'x'),
    both,
    BREAK_GLASS,
    `arn:aws:iam::${PROD}:user/path/user`,
    `arn:aws:iam::${PROD}:user/user`,
    `arn:aws:iam::${PROD}:user/template`,
  ];
  await setAwsAuth({
    mapRoles: `- {rolearn: ${roleArn('templates')}, username: "{{AccountID}}/{{SessionName}}/{{SessionNameRaw}}/{{AccessKeyID}}", groups: ["g-{{SessionName}}", "{{Other}}"]}
- {rolearn: ${roleArn('twice')}, username: first, groups: [a]}
- {rolearn: ${roleArn('twice')}, username: second, groups: [b]}
- {rolearn: ${roleArn('case')}, username: case, groups: [g]}
- {rolearn: ${roleArn('path/role')}, username: path, groups: [g]}
- {rolearn: ${roleArn('nothing')}, username: no, groups: yes}
- {rolearn: ${both}, username: by-role, groups: [r]}
`,
    mapUsers: `- {userarn: ${both}, username: by-user, groups: [u]}
- {userarn: ${BREAK_GLASS}, username: break-glass, groups: []}
- {userarn: arn:aws:iam::${PROD}:user/path/user, username: path, groups: [p]}
- {userarn: arn:aws:iam::${PROD}:user/template, username: "user:{{SessionName}}", groups: ["{{SessionNameRaw}}g"]}
`,
    mapAccounts: '- "999988887777"\n',
  });
  const terminal = await openTerminal();
  await requireAccess(terminal, { [both]: { username: 'by-role', groups: ['r'] } });
  await requireSaid(terminal, callers);
});

async function merge(terminal: Terminal, flags: string): Promise<void> {
  const pipeline = `set -o pipefail; ${GET} | aws-auth-sso merge ${flags} ${CONFIG} | kubectl replace -f -`;
  const ran = await terminal.bash(pipeline);
  expect(ran.exitCode, ran.stderr).toBe(0);
}

/** Returns the entries that it called effective, by ARN. */
async function fixAccess(terminal: Terminal, exitCode: 0 | 1): Promise<Record<string, Identity>> {
  const fixed = await terminal.bash(`${GET} | aws-auth-sso check --fix-access > fixed.yaml`);
  const status = await terminal.bash(`${GET} | aws-auth-sso check --fix-access > /dev/null`);
  expect(status.exitCode, status.stderr).toBe(exitCode);
  const replace = await terminal.bash('kubectl replace -f fixed.yaml');
  expect(replace.exitCode, replace.stderr).toBe(0);
  const notes = fixed.stderr.matchAll(/now effective: (\S+), username ("[^"]*"), groups (\[.*\])$/gm);
  return Object.fromEntries(
    [...notes].map(([, arn = '', username = '""', groups = '[]']) => [
      arn,
      { username: JSON.parse(username), groups: JSON.parse(groups) },
    ]),
  );
}

async function requireEffective(terminal: Terminal, effective: Record<string, Identity>): Promise<void> {
  const expected = Object.entries(effective).map(([arn, identity]) => {
    const caller = sessionOf(arn, INSTANCE);
    return [caller, render(identity, caller)] as const;
  });
  await requireAccess(terminal, Object.fromEntries(expected));
}

/** Waits, because the authenticator watches aws-auth and takes a moment to notice a change. */
async function requireAccess(
  terminal: Terminal,
  expected: Readonly<Record<string, Identity | null>>,
): Promise<void> {
  const callers = Object.keys(expected);
  await vi.waitFor(async () => expect(await whoami(terminal, callers)).toEqual(expected), {
    timeout: 30_000,
    interval: 100,
  });
}

/** Requires that each caller has the identity that `view` shows. */
async function requireSaid(terminal: Terminal, callers: readonly string[]): Promise<void> {
  const view = await terminal.bash(`${GET} | aws-auth-sso view -o json`);
  expect(view.exitCode, view.stderr).toBe(0);
  const said = JSON.parse(view.stdout);
  await requireAccess(
    terminal,
    Object.fromEntries(callers.map((caller) => [caller, identityIn(said, caller)])),
  );
}

interface View {
  readonly mapRoles: { readonly entries: readonly (Entry & { readonly shadowed: boolean })[] };
  readonly mapUsers: { readonly entries: readonly (Entry & { readonly shadowed: boolean })[] };
  readonly mapAccounts: { readonly entries: readonly string[] };
}

function identityIn({ mapRoles, mapUsers, mapAccounts }: View, caller: string): Identity | null {
  const arn = canonical(caller);
  const matches = ({ rolearn, userarn, shadowed }: View['mapRoles']['entries'][number]) =>
    !shadowed && (rolearn ?? userarn)?.toLowerCase() === arn.toLowerCase();
  const entry = [...mapRoles.entries, ...mapUsers.entries].find(matches);
  if (entry) return render({ username: entry.username, groups: entry.groups ?? [] }, caller);
  return mapAccounts.entries.includes(accountOf(caller)) ? { username: arn, groups: [] } : null;
}

async function requireAsWhoSays(terminal: Terminal, user: string): Promise<void> {
  const who = await terminal.bash(`${GET} | aws-auth-sso who --user ${user} -o json`);
  expect(who.exitCode, who.stderr).toBe(0);
  const rows: { rolearn: string; username: string; groups: string[] }[] = JSON.parse(who.stdout);
  expect(rows.length).toBeGreaterThan(0);
  const said = rows.map(({ rolearn, ...identity }) => {
    const caller = sessionOf(rolearn, user);
    return [caller, render(identity, caller)] as const;
  });
  await requireAccess(terminal, Object.fromEntries(said));
}

/** The ARN that the authenticator looks up. */
function canonical(caller: string): string {
  const role = /^arn:aws:sts::(\d+):assumed-role\/([^/]+)\//.exec(caller);
  return role ? roleArn(role[2] ?? '', role[1]) : caller;
}

const accountOf = (caller: string) => caller.split(':')[4] ?? '';

/** An entry's names for one caller; null if it needs an instance's private name and the caller is no instance. */
function render({ username, groups }: Identity, caller: string): Identity | null {
  const session = caller.includes(':sts:') ? caller.slice(caller.lastIndexOf('/') + 1) : '';
  const values: Readonly<Record<string, string>> = {
    AccountID: accountOf(caller),
    SessionName: session.replaceAll('@', '-'),
    SessionNameRaw: session,
    AccessKeyID: ACCESS_KEY_ID,
    EC2PrivateDNSName: `${session}.eu-west-1.compute.internal`,
  };
  if ([username, ...groups].some((name) => name.includes('{{EC2')) && !session.startsWith('i-')) return null;
  const fill = (name: string) =>
    name.replace(/\{\{(\w+)\}\}/g, (whole, variable) => values[variable] ?? whole);
  return { username: fill(username), groups: groups.map(fill) };
}
