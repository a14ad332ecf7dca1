import { expect, it } from 'vitest';
import { readDocument } from '../../src/aws-auth/document/document.ts';
import { type MergeResult, mergeAwsAuth } from '../../src/aws-auth/merge.ts';
import { renderConfigMap } from '../../src/aws-auth/render/render.ts';
import type { DesiredEntry } from '../../src/entry.ts';
import { Failure } from '../../src/errors.ts';

const FACTS = {
  accountsRead: new Set<string>(),
  roleArns: new Set<string>(),
  scope: new Set<string>(),
  unresolved: [],
  prune: null,
  rotate: true,
};

function entries(count: number): DesiredEntry[] {
  return Array.from({ length: count }, (_, index) => ({
    rolearn: `arn:aws:iam::111122223333:role/node-${index}`,
    username: 'system:node:{{EC2PrivateDNSName}}',
    usernameStated: true,
    groups: ['system:nodes'],
    role: null,
  }));
}

function merged(existing: number, added: number): MergeResult {
  const source = renderConfigMap(entries(existing), { comments: false });
  return mergeAwsAuth(readDocument(source, 'aws-auth.yaml'), entries(added), FACTS, {
    comments: false,
    for: null,
  });
}

it('says nothing of the size of an ordinary map', () => {
  expect(merged(10, 20).findings).toEqual([]);
});

it('warns of a map that client-side apply cannot keep a copy of', () => {
  expect(merged(10, 2500).findings.map(({ code }) => code)).toEqual(['large-config-map']);
});

it.each([
  ['that is', 10_000, 1],
  ['that would become', 10, 10_000],
])('refuses a map %s larger than Kubernetes takes', (_, existing, added) => {
  expect(() => merged(existing, added)).toThrow(Failure);
  expect(() => merged(existing, added)).toThrow(/no more than 1024/);
});

it('refuses a large map without reading all of it', () => {
  const source = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: aws-auth\ndata:\n  mapRoles: |\n${'    # filler\n'.repeat(500_000)}`;
  const document = readDocument(source, 'aws-auth.yaml');
  expect(() => mergeAwsAuth(document, entries(1), FACTS, { comments: false, for: null })).toThrow(
    /no more than 1024/,
  );
});
