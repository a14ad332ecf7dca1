import { expect, test } from 'vitest';
import { renderTerraform } from '../../src/access-entry/terraform.ts';
import { accessEntry } from './entries.ts';
import { permissionSetNames } from './look-alikes.ts';

const PATH = 'arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/';

test('a lookup matches the role of its permission set, and none with a similar name', () => {
  const names = permissionSetNames(500);
  const entries = names.map(({ roleName }) => accessEntry(`${PATH}${roleName}`));
  const text = renderTerraform(entries, {
    cluster: 'prod',
    imports: [],
    lookup: { clusterAccount: null },
  });
  const patterns = [...text.matchAll(/^ {2}name_regex {2}= (".*")$/gm)].map(
    ([, quoted = '']) =>
      // These strings have no escapes that JSON lacks.
      new RegExp(JSON.parse(quoted)),
  );
  expect(patterns).toHaveLength(500);
  const all = names.flatMap(({ roleName, lookAlikes }) => [roleName, ...lookAlikes]);
  for (const [index, pattern] of patterns.entries()) {
    const { roleName = '' } = names[index] ?? {};
    expect([...new Set(all.filter((name) => pattern.test(name)))]).toEqual([roleName]);
  }
});

test('the names of data sources are distinct, and those of the resources', () => {
  const entries = permissionSetNames(500).map(({ roleName }) => accessEntry(`${PATH}${roleName}`));
  const text = renderTerraform(entries, { cluster: null, imports: [], lookup: { clusterAccount: null } });
  const namesOf = (pattern: RegExp) => [...text.matchAll(pattern)].map(([, name]) => name);
  const sources = namesOf(/^data "aws_iam_roles" "(.*)"/gm);
  expect(new Set(sources).size).toBe(500);
  expect(namesOf(/^resource "aws_eks_access_entry" "(.*)"/gm)).toEqual(sources);
  expect(namesOf(/principal_arn += join\("", data\.aws_iam_roles\.(.*)\.arns\)/g)).toEqual(sources);
});
