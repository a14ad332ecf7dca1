import { describe, expect, it } from 'vitest';
import { AwsAuth } from '../../src/aws-auth/aws-auth.ts';
import { readDocument } from '../../src/aws-auth/document.ts';
import { renderConfigMap } from '../../src/aws-auth/render.ts';
import type { KubectlVerb } from '../../src/aws-auth/server-metadata.ts';
import { appliedAnnotationBytes, requireSize } from '../../src/aws-auth/size-limits.ts';
import { type MergeResult, mergeAwsAuth } from '../../src/change/merge.ts';
import { Failure } from '../../src/errors.ts';
import type { DesiredEntry } from '../../src/map-entry.ts';
import { contextOf } from './role-facts-of.ts';

const CONTEXT = contextOf({
  accountsRead: new Set<string>(),
  roleArns: new Set<string>(),
  scope: new Set<string>(),
  unresolved: [],
  prune: null,
  isFresh: true,
});

function entries(count: number): DesiredEntry[] {
  return Array.from({ length: count }, (_, index) => ({
    rolearn: `arn:aws:iam::111122223333:role/node-${index}`,
    username: 'system:node:{{EC2PrivateDNSName}}',
    usernameStated: true,
    groups: ['system:nodes'],
    role: null,
  }));
}

function merged(existing: number, added: number, verb: KubectlVerb | null = null): MergeResult {
  const source = renderConfigMap(entries(existing), { comments: false });
  return mergeAwsAuth(new AwsAuth(readDocument(source, 'aws-auth.yaml')), entries(added), CONTEXT, {
    comments: false,
    for: verb,
  });
}

it('reports nothing about the size of an ordinary map', () => {
  expect(merged(10, 20).findings).toEqual([]);
});

it.each([
  ['apply', ['large-config-map']],
  ['replace', ['lock-missing']],
  ['server-side-apply', ['lock-missing']],
  [null, []],
] as const)('warns of a map that client-side apply cannot keep a copy of: for %s', (verb, codes) => {
  expect(merged(10, 2500, verb).findings.map(({ code }) => code)).toEqual(codes);
});

describe('the copy that a client-side apply stores', () => {
  const METADATA = '  name: aws-auth\n  namespace: kube-system\n';
  const bytesOf = (text: string, metadata = METADATA) => {
    const source = `kind: ConfigMap\nmetadata:\n${metadata}data:\n  mapRoles: ${JSON.stringify(text)}\n`;
    const { configMap } = readDocument(source, 'aws-auth.yaml');
    return configMap ? appliedAnnotationBytes(configMap.root) : 0;
  };
  /** Like kubectl: the object in Go's JSON, with a line break, and its name. */
  const copy = (metadata: string, text: string) =>
    `kubectl.kubernetes.io/last-applied-configuration{"data":{"mapRoles":"${text}"},"kind":"ConfigMap","metadata":{${metadata}}}\n`;
  const PLAIN = '"annotations":{},"name":"aws-auth","namespace":"kube-system"';

  it.each([
    ['plain', 'x'.repeat(100), 'x'.repeat(100)],
    ['line breaks and quotes', '- "a"\n\t\\', '- \\"a\\"\\n\\t\\\\'],
    ['what HTML could take for markup', '<&>\u2028', '\\u003c\\u0026\\u003e\\u2028'],
    ['more than ASCII', 'é😀', 'é😀'],
  ])('counts %s', (_, text, written) => {
    expect(bytesOf(text)).toBe(Buffer.byteLength(copy(PLAIN, written)));
  });

  it('contains lists, and values that are not strings, as Go writes them', () => {
    const metadata = `${METADATA}  annotations: {team: a}\n  labels: {n: 12, no: ~, yes: true, to: []}\n  finalizers: [a, b, c]\n`;
    const written =
      '"annotations":{"team":"a"},"name":"aws-auth","namespace":"kube-system","labels":{"n":12,"no":null,"yes":true,"to":[]},"finalizers":["a","b","c"]';
    expect(bytesOf('x', metadata)).toBe(Buffer.byteLength(`teama${copy(written, 'x')}`));
  });

  it('is counted with the other annotations, without the previous copy', () => {
    const metadata = `${METADATA}  annotations:\n    team: é\n    kubectl.kubernetes.io/last-applied-configuration: "{}"\n`;
    const expected = `teamé${copy('"annotations":{"team":"é"},"name":"aws-auth","namespace":"kube-system"', 'x')}`;
    expect(bytesOf('x', metadata)).toBe(Buffer.byteLength(expected));
  });
});

it('counts every key of data, and binaryData', () => {
  const sizes = (data: string) => () =>
    requireSize(readDocument(`kind: ConfigMap\nmetadata:\n  name: aws-auth\n${data}`, 'aws-auth.yaml'));
  const half = 'x'.repeat(512 * 1024);
  expect(sizes(`data:\n  mapRoles: ${half}\n  other: ${half}\n`)).not.toThrow();
  expect(sizes(`data:\n  mapRoles: ${half}\n  other: ${half}x\n`)).toThrow(/no more than 1024/);
  expect(sizes(`data:\n  mapRoles: ${half}\n  other: [${half}]\n`)).not.toThrow();
  expect(sizes(`data:\n  mapRoles: ${half}\nbinaryData:\n  other: [${half}x]\n`)).not.toThrow();
  const binary = Buffer.from(`${half}x`).toString('base64');
  expect(sizes(`data:\n  mapRoles: ${half}\nbinaryData:\n  other: ${binary}\n`)).toThrow(/no more than 1024/);
});

it.each([
  ['that is', 10_000, 1],
  ['that would become', 10, 10_000],
])('refuses a map %s larger than Kubernetes accepts', (_, existing, added) => {
  expect(() => merged(existing, added)).toThrow(Failure);
  expect(() => merged(existing, added)).toThrow(/no more than 1024/);
});

it('changes long lists of groups, item by item or as a whole', () => {
  const names = (count: number, prefix: string) =>
    Array.from({ length: count }, (_, index) => `${prefix}${index}`);
  const rolearn = 'arn:aws:iam::111122223333:role/AWSReservedSSO_Dev_0123456789abcdef';
  const role = { accountId: '111122223333', accountName: null, permissionSet: 'Dev', pathArn: '' };
  const textOf = (before: readonly string[], groups: readonly string[]) => {
    const entry = { rolearn, username: 'u', usernameStated: false, groups, role };
    const source = renderConfigMap([{ ...entry, groups: before }], { comments: false });
    const document = readDocument(source.replaceAll(/- "(\w+)"/g, '- $1 # $1'), 'aws-auth.yaml');
    return mergeAwsAuth(new AwsAuth(document), [entry], CONTEXT, { comments: false, for: null }).text;
  };
  const [few, many] = [names(90, 'a'), names(300, 'a')];
  expect(textOf(few, ['new', ...few.slice(1), 'more']).match(/# a\d+/g)).toHaveLength(90);
  const changed = textOf(many, [...many.slice(0, 9), ...names(200, 'b')]);
  expect(changed).toContain('- a8 # a8\n');
  expect(changed.match(/"b\d+"/g)).toHaveLength(200);
  expect(changed).not.toContain('a209');
});

it('refuses a large map without reading all of it', () => {
  const source = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: aws-auth\ndata:\n  mapRoles: |\n${'    # filler\n'.repeat(500_000)}`;
  const document = readDocument(source, 'aws-auth.yaml');
  expect(() =>
    mergeAwsAuth(new AwsAuth(document), entries(1), CONTEXT, { comments: false, for: null }),
  ).toThrow(/no more than 1024/);
});
