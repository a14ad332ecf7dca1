import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { account, inventory, role, snapshotText } from '../directory/build-inventory.ts';
import { type Data, type Entry, liveData, loaded, setAwsAuth } from './control.ts';
import { MAP_ROLES_TEXTS, NEXT_LINE_TEXT } from './map-roles-texts.ts';
import { openOfflineTerminal, type Terminal } from './terminal.ts';

const GET = 'kubectl get configmap aws-auth -n kube-system';
/** kubectl's output formats for a ConfigMap. */
const FORMS = {
  yaml: `${GET} -o yaml`,
  json: `${GET} -o json`,
  'yaml with managed fields': `${GET} -o yaml --show-managed-fields`,
  'json with managed fields': `${GET} -o json --show-managed-fields`,
  'a List in yaml': 'kubectl get configmap -n kube-system --field-selector metadata.name=aws-auth -o yaml',
  'a List in json': 'kubectl get configmap -n kube-system --field-selector metadata.name=aws-auth -o json',
};

const PROD = '111122223333';
const OLD = role(PROD, 'Admin', 1).roleArn;
const NEW = role(PROD, 'Admin', 2).roleArn;
const ADDED = role(PROD, 'Viewer', 1).roleArn;
const WORLD = {
  ...inventory([account(PROD, 'prod')], [role(PROD, 'Admin', 2), role(PROD, 'Viewer', 1)]),
  capturedAt: new Date().toISOString(),
};
const CONFIG = `accounts: ["${PROD}"]
mappings:
  - { permissionSet: Admin, username: "admin:{{SessionName}}", groups: [system:masters] }
  - { permissionSet: Viewer, groups: [viewers] }
`;
const NOTHING = `accounts: ["${PROD}"]\nmappings: [{ permissionSet: Nobody, groups: [x], optional: true }]\n`;

/** Data next to mapRoles that must not change. */
const OTHERS: Data = {
  mapUsers: `- userarn: arn:aws:iam::${PROD}:user/root  # 🔑\n  username: root\n  groups: [system:masters]`,
  mapAccounts: '- "111122223333"\n',
  note: 'kept\r\n',
};

/** A successor takes over the entry of the role that is gone; a role without an entry gets one at the end. */
function planned(before: readonly Entry[]): Entry[] {
  const admin = { rolearn: NEW, username: 'admin:{{SessionName}}', groups: ['system:masters'] };
  const viewer = { rolearn: ADDED, username: 'sso:{{SessionName}}', groups: ['viewers'] };
  const kept = before.map((entry) => (entry.rolearn === OLD ? admin : entry));
  return [...kept, ...(kept.includes(admin) ? [] : [admin]), viewer];
}

let terminal: Terminal;
beforeEach(async () => {
  terminal = await openOfflineTerminal();
  const files = { 'world.json': snapshotText(WORLD), 'config.yaml': CONFIG, 'nothing.yaml': NOTHING };
  for (const [name, text] of Object.entries(files)) await writeFile(join(terminal.cwd, name), text);
});

test('there are enough texts', () => {
  expect(Object.keys(MAP_ROLES_TEXTS).length).toBeGreaterThanOrEqual(36);
});

test.each(Object.entries(MAP_ROLES_TEXTS))(
  'survives get, merge and replace in every form as planned, unchanged if there is nothing to do: %s',
  async (_, mapRoles) => {
    const data: Data = mapRoles === null ? OTHERS : { ...OTHERS, mapRoles };
    for (const get of Object.values(FORMS)) await requireThrough(data, get);
  },
);

test('a line break that kubectl loses in YAML survives in JSON; the YAML is refused', async () => {
  const data = { ...OTHERS, mapRoles: NEXT_LINE_TEXT };
  for (const form of ['json', 'json with managed fields', 'a List in json'] as const)
    await requireThrough(data, FORMS[form]);
  await setAwsAuth(data);
  const ran = await terminal.bash(`${FORMS.yaml} | aws-auth-sso merge -c config.yaml --inventory world.json`);
  expect(ran).toMatchObject({ exitCode: 2, stdout: '' });
});

async function requireThrough(data: Data, get: string): Promise<void> {
  await setAwsAuth(data);
  const before = await loaded();
  expect(before.error).toBeNull();
  const merge = await terminal.bash(`
    set -e
    ${get} > live
    aws-auth-sso merge live -c nothing.yaml --inventory world.json > same &
    aws-auth-sso merge live -c config.yaml --inventory world.json > merged; wait $!
    cmp live same
    kubectl replace -f same`);
  expect(merge.exitCode, `${get}: ${merge.stderr}`).toBe(0);
  expect(await liveData(), get).toEqual(data);
  const replace = await terminal.bash('kubectl replace -f merged');
  expect(replace.exitCode, `${get}: ${replace.stderr}`).toBe(0);
  expect(await liveData(), get).toMatchObject(OTHERS);
  expect(await loaded(), get).toEqual({ ...before, roles: planned(before.roles) });
}
