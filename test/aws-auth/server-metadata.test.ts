import { expect, test } from 'vitest';
import { type ConfigMapNodes, readDocument, readList } from '../../src/aws-auth/document.ts';
import {
  hasLastApplied,
  hasResourceVersion,
  immutablePair,
  LAST_APPLIED,
  serverMetadata,
} from '../../src/aws-auth/server-metadata.ts';
import {
  appliedAnnotationBytes,
  dataBytes,
  excessAnnotationBytes,
  MAX_ANNOTATION_BYTES,
  requireSize,
} from '../../src/aws-auth/size-limits.ts';
import { applyEdits, sortEdits } from '../../src/yaml/edit.ts';

const HEAD = 'kind: ConfigMap\nmetadata:\n  name: aws-auth\n';

const document = (rest: string) => readDocument(HEAD + rest, 'aws-auth.yaml');

function allNodesIn(rest: string): ConfigMapNodes {
  return document(rest).configMap ?? expect.fail('no ConfigMap');
}

test.each([
  ['immutable: true', true],
  ['immutable: Yes', true],
  ['immutable: ON', true],
  ['immutable: y', true],
  ['immutable: "true"', false],
  ['immutable: off', false],
  ['immutable: 1', false],
  ['immutable: true\nimmutable: false', false],
  ['immutable: false\nimmutable: true', true],
])('%j makes a ConfigMap immutable: %s', (text, isImmutable) => {
  expect(immutablePair(allNodesIn(`${text}\n`)) !== undefined).toBe(isImmutable);
});

test.each([
  ['', 0],
  ['data: {a: xyz, b: é}\n', 5],
  ['binaryData: {a: YQ==}\n', 1],
  ['binaryData: {a: YWI=}\n', 2],
  ['data: {a: x}\nbinaryData: {a: "Y\\nW J\\tj\\n"}\n', 4],
  ['data: {a: [b]}\nbinaryData: {a: [YQ==]}\n', 0],
])('%j counts as %d bytes', (rest, bytes) => {
  expect(dataBytes(allNodesIn(rest).root)).toBe(bytes);
});

test.each([
  ['\n  name: aws-auth\n  resourceVersion: "1" # lock\n  # ids\n  uid: x\n', '\n  name: aws-auth\n  # ids\n'],
  ['\n  uid: x\n  name: aws-auth', '\n  name: aws-auth'],
  ['\n  name: aws-auth\n  managedFields:\n  - a: b\n  # end', '\n  name: aws-auth\n  # end'],
  [' {resourceVersion: "1", name: aws-auth, uid: x}\n', ' {name: aws-auth}\n'],
  [' { name: aws-auth, generation: 1, labels: {a: b} }', ' { name: aws-auth, labels: {a: b} }'],
  [
    `\n  name: aws-auth\n  annotations:\n    ${LAST_APPLIED}: "{}"\n    a: b\n`,
    '\n  name: aws-auth\n  annotations:\n    a: b\n',
  ],
  [`\n  name: aws-auth\n  annotations:\n    ${LAST_APPLIED}: "{}"\n`, '\n  name: aws-auth\n'],
])('server-generated metadata is removed with its lines: %j', (before, after) => {
  const source = `metadata:${before}`;
  const manifest = readDocument(source, 'f');
  const edits = sortEdits(serverMetadata(manifest, 'apply').edits);
  expect(applyEdits(source, edits)).toBe(`metadata:${after}`);
});

test.each([
  ['uid: x', false, false],
  ['resourceVersion: "1"', true, false],
  ['annotations: {a: b}', false, false],
  [`annotations: {a: b, ${LAST_APPLIED}: "{}"}`, false, true],
])('finds the lock and the copy in metadata: %s', (metadata, hasLock, hasCopy) => {
  const manifest = readDocument(`metadata: {name: aws-auth, ${metadata}}\n`, 'f');
  expect([hasResourceVersion(manifest), hasLastApplied(manifest)]).toEqual([hasLock, hasCopy]);
});

test('a map one byte too large is reported in KiB, rounded up', () => {
  const text = 'x'.repeat(1024 * 1024);
  expect(() => requireSize(document(`data:\n  mapRoles: ${text}\n`))).not.toThrow();
  expect(() => requireSize(document(`data:\n  mapRoles: ${text}x\n`))).toThrow('has 1025 KiB of data');
  expect(() => requireSize(document(`data:\n  mapRoles: ${text}x\n`))).toThrow(
    expect.objectContaining({
      findings: [
        expect.objectContaining({
          location: { file: 'aws-auth.yaml' },
          help: 'Map fewer roles here, or migrate to access entries.',
        }),
      ],
    }),
  );
  const list = (length: number) => readList('[]'.padEnd(length), 'mapRoles');
  expect(() => requireSize(list(1024 * 1024))).not.toThrow();
  expect(() => requireSize(list(1024 * 1024 + 1))).toThrow('has 1025 KiB of data');
});

test.each([
  { metadata: { name: 'aws-auth' }, data: { mapRoles: 'a' } },
  { metadata: { name: 'aws-auth', annotations: {} }, data: {} },
  { metadata: { name: 'aws-auth', annotations: { a: 'é', b: '' } }, data: { mapRoles: '"\n' } },
  { metadata: { name: 'aws-auth', labels: [1, true, null, -2.5, [], 'x'] }, immutable: false },
])('an apply counts all annotations, and a copy of the object: %j', (object) => {
  const annotations = 'annotations' in object.metadata ? object.metadata.annotations : {};
  const copy = JSON.stringify({ ...object, metadata: { ...object.metadata, annotations } });
  const texts = [...Object.entries(annotations).flat(), LAST_APPLIED, `${copy}\n`];
  const { configMap } = readDocument(JSON.stringify(object), 'f');
  expect(configMap && appliedAnnotationBytes(configMap.root)).toBe(Buffer.byteLength(texts.join('')));
});

test('annotations may be as large as the limit, but no larger', () => {
  const sized = (length: number) => document(`data:\n  mapRoles: ${'x'.repeat(length)}\n`);
  const overhead = appliedAnnotationBytes(allNodesIn('data:\n  mapRoles: x\n').root) - 1;
  expect(excessAnnotationBytes(sized(MAX_ANNOTATION_BYTES - overhead))).toBeNull();
  expect(excessAnnotationBytes(sized(MAX_ANNOTATION_BYTES - overhead + 1))).toBe(MAX_ANNOTATION_BYTES + 1);
});
