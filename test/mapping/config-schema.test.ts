import { readFile } from 'node:fs/promises';
import { toJsonSchema } from '@valibot/to-json-schema';
import { Ajv } from 'ajv';
import { load } from 'js-yaml';
import { expect, test } from 'vitest';
import { configSchema } from '../../src/mapping/config-schema.ts';

const EXAMPLE = new URL('../../examples/aws-auth-sso.yaml', import.meta.url);

// What only our own checks can tell (a fault in a name) has no JSON Schema and is left to them.
const { $schema: _, ...jsonSchema } = toJsonSchema(configSchema, { errorMode: 'ignore' });
const validate = new Ajv().compile(JSON.parse(JSON.stringify(jsonSchema)));

test('the published JSON Schema is that of the program (npx vitest -u writes it)', async () => {
  const title = 'aws-auth-sso.yaml: which permission sets get which names in a cluster';
  const published = { $schema: 'http://json-schema.org/draft-07/schema#', title, ...jsonSchema };
  await expect(`${JSON.stringify(published, null, 2)}\n`).toMatchFileSnapshot(
    '../../examples/aws-auth-sso.schema.json',
  );
});

test('it takes the example, and no unknown key', async () => {
  const example = load(await readFile(EXAMPLE, 'utf8'));
  expect(validate(example)).toBe(true);
  expect(validate({ mappings: [{ permissionSet: 'Admin', group: ['a'] }] })).toBe(false);
  expect(validate({ acounts: [] })).toBe(false);
});
