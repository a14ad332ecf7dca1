import { readFile } from 'node:fs/promises';
import { toJsonSchema } from '@valibot/to-json-schema';
import { Ajv } from 'ajv';
import { load } from 'js-yaml';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { settingProblems } from '../../src/aws-settings.ts';
import { configSchema, mappingSchema } from '../../src/mapping/config-schema.ts';
import { parseMapFlags } from '../../src/mapping/mapping.ts';
import { nodeRoleProblem } from '../../src/mapping/problems.ts';

const EXAMPLE = new URL('../../examples/aws-auth-sso.yaml', import.meta.url);

// JSON Schema can't express some of our checks, such as invalid names, and leaves them out.
const { $schema: _, ...jsonSchema } = toJsonSchema(configSchema, {
  errorMode: 'ignore',
  overrideSchema: ({ valibotSchema, jsonSchema: schema }) =>
    valibotSchema === mappingSchema.pipe[0]
      ? {
          ...schema,
          anyOf: [{ required: ['groups'] }, { required: ['policies'] }],
          dependencies: { bind: ['groups'] },
        }
      : undefined,
});
const validate = new Ajv().compile(JSON.parse(JSON.stringify(jsonSchema)));

test('the published JSON Schema matches the program (npx vitest -u writes it)', async () => {
  const title = 'aws-auth-sso.yaml: which permission sets get which names in a cluster';
  const published = { $schema: 'http://json-schema.org/draft-07/schema#', title, ...jsonSchema };
  await expect(`${JSON.stringify(published, null, 2)}\n`).toMatchFileSnapshot(
    '../../examples/aws-auth-sso.schema.json',
  );
});

test('it accepts the example, and no unknown key', async () => {
  const example = load(await readFile(EXAMPLE, 'utf8'));
  expect(validate(example)).toBe(true);
  expect(validate({ mappings: [{ permissionSet: 'Admin', group: ['a'] }] })).toBe(false);
  expect(validate({ acounts: [] })).toBe(false);
  expect(validate({ mappings: [{ permissionSet: 'Admin' }] })).toBe(false);
  expect(validate({ mappings: [{ permissionSet: 'Admin', policies: ['Edit'] }] })).toBe(true);
  expect(validate({ mappings: [{ permissionSet: 'Admin', policies: ['edit'] }] })).toBe(false);
  expect(validate({ mappings: [{ permissionSet: 'A', policies: ['Edit'], bind: [{ role: 'view' }] }] })).toBe(
    false,
  );
  const bound = (bind: unknown) => validate({ mappings: [{ permissionSet: 'A', groups: ['a'], bind }] });
  expect(bound([{ role: 'system:x', namespaces: ['payments'] }])).toBe(true);
  expect(bound([{ role: 'a/b' }])).toBe(false);
  expect(bound([{ role: 'edit', namespaces: ['team-*'] }])).toBe(false);
});

interface Field {
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Field>>;
  readonly items?: Field;
  readonly anyOf?: readonly Field[];
}

/** The fields of the JSON Schema, each with a config that contains a given value. */
function fieldsOf(
  { properties = {}, items, anyOf = [] }: Field,
  path: string,
  around: (value: unknown) => unknown,
): { path: string; field: Field; around: (value: unknown) => unknown }[] {
  const own = Object.entries(properties).map(([name, field]) => ({
    path: `${path}.${name}`,
    field,
    around: (value: unknown) => around({ permissionSet: 'A', groups: ['g'], name: 'A', [name]: value }),
  }));
  // Mappings and rules are described individually.
  const item = items && { path: `${path}[]`, field: items, around: (value: unknown) => around([value]) };
  const below = [...own, ...(item ? [item] : [])];
  return [
    ...below.filter(({ field }) => !field.properties || field.description),
    ...below.flatMap((one) => fieldsOf(one.field, one.path, one.around)),
    ...anyOf.flatMap((field) => fieldsOf(field, path, around)),
  ];
}

/** Omits what `fieldsOf` adds next to fields outside mappings. */
function configOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const { permissionSet: _, groups: __, name: ___, ...config } = value as Record<string, unknown>;
  const { assumeRole, mappings, otherEntries } = config;
  return {
    ...config,
    ...(assumeRole === undefined ? {} : { assumeRole: roleOf(assumeRole) }),
    ...(Array.isArray(otherEntries) ? { otherEntries: otherEntries.map(otherEntryOf) } : {}),
    ...(Array.isArray(mappings) ? { mappings: mappings.map(mappingOf) } : {}),
  };
}

function mappingOf({ name: _, policies, bind, ...mapping }: Readonly<Record<string, unknown>>): unknown {
  return {
    ...mapping,
    ...(Array.isArray(policies) ? { policies: policies.map(policyOf) } : {}),
    ...(Array.isArray(bind) ? { bind: bind.map(boundRoleOf) } : {}),
  };
}

function boundRoleOf({ role = 'view', namespaces }: Readonly<Record<string, unknown>>): unknown {
  return namespaces === undefined ? { role } : { role, namespaces };
}

function policyOf(item: unknown): unknown {
  if (typeof item !== 'object' || item === null) return item;
  const { policy = 'View', namespaces } = item as Readonly<Record<string, unknown>>;
  return namespaces === undefined ? { policy } : { policy, namespaces };
}

/** An item with the field under test, and the other fields that it needs. */
function otherEntryOf(value: Readonly<Record<string, unknown>>): unknown {
  const { permissionSet: _, name: __, groups, policies, ...item } = value;
  if ('account' in item) return item;
  return {
    arn: 'arn:aws:iam::111122223333:role/a',
    ...item,
    groups,
    ...(Array.isArray(policies) ? { policies: policies.map(policyOf) } : {}),
  };
}

function roleOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(roleOf);
  const { permissionSet: _, groups: __, ...role } = value as Record<string, unknown>;
  return role;
}

const FIELDS = fieldsOf(JSON.parse(JSON.stringify(jsonSchema)), '', configOf);

test('has all fields', () => {
  expect(FIELDS.map(({ path }) => path)).toEqual(
    expect.arrayContaining([
      '.accounts',
      '.accounts[]',
      '.assumeRole.name',
      '.assumeRole[].accounts',
      '.mappings',
      '.mappings[].groups[]',
    ]),
  );
});

test.each(FIELDS)('$path has a description and examples that the program accepts', ({ field, around }) => {
  expect(field.description).toMatch(/^[A-Z].*\.$/);
  expect(field.examples?.length).toBeGreaterThan(0);
  for (const example of field.examples ?? []) {
    const config = around(example);
    expect(v.safeParse(configSchema, config).issues, JSON.stringify(config)).toBeUndefined();
    expect(validate(config)).toBe(true);
  }
});

const ROLE = 'arn:aws:iam::111122223333:role';

test.each([
  ['a region', settingProblems.region, ['eu-west-1', 'us-gov-west-1', 'ap-southeast-12']],
  ['a role name', settingProblems.roleName, ['a', 'a_1+=,.@-/b_1+=,.@-/c']],
  ['an external ID', settingProblems.externalId, ['ab', 'a_1+=,.@:/-']],
  ['the ARN of a node role', nodeRoleProblem, [`${ROLE}/a`, `${ROLE}/a_1+=,.@-/b_1+=,.@-`]],
])('%s is accepted', (_, problemOf, texts) => {
  for (const text of texts) expect(problemOf(text), text).toBeUndefined();
});

test.each([
  [
    'a region',
    settingProblems.region,
    ['eu--1', 'eu-1', 'eu-west-', 'eu-west-1a', 'EU-eu-west-1', 'e-west-1'],
  ],
  ['a role name', settingProblems.roleName, ['', '/a', 'a//b', 'a/', 'a b']],
  ['an external ID', settingProblems.externalId, ['a', 'a b', 'a*']],
  [
    'the ARN of a node role',
    nodeRoleProblem,
    [`${ROLE}//a`, `${ROLE}/a/`, `${ROLE}:role/a`, `${ROLE}/a/b c`],
  ],
])('anything but %s is rejected', (_, problemOf, texts) => {
  for (const text of texts) expect(problemOf(text), text).toMatch(/^(isn't|has an invalid role name)/);
});

test('a group that only contains the letters of an ARN is valid', () => {
  const config = { mappings: [{ permissionSet: 'A', groups: ['charn:x'] }] };
  expect(v.safeParse(configSchema, config).success).toBe(true);
});

test.each([
  ['a group', ['A= b'], undefined, /^Write --map SELECTOR=GROUP/],
  ['a flag without groups', ['A'], undefined, /^Write --map SELECTOR=GROUP/],
  ['the username', ['A=b'], '{{x}}', /^Change --username\.$/],
])('the help for %s', (_, flags, username, help) => {
  expect(() => parseMapFlags(flags, username)).toThrow(
    expect.objectContaining({ findings: [expect.objectContaining({ help: expect.stringMatching(help) })] }),
  );
});
