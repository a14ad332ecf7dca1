import { expect, test } from 'vitest';
import {
  appliedAnnotationBytes,
  dataBytes,
  excessAnnotationBytes,
  immutablePair,
  LAST_APPLIED,
  MAX_ANNOTATION_BYTES,
  requireSize,
} from '../../src/configmap/api-server.ts';
import { type ConfigMapNodes, readDocument, readList } from '../../src/configmap/document.ts';

const HEAD = 'kind: ConfigMap\nmetadata:\n  name: aws-auth\n';

const document = (rest: string) => readDocument(HEAD + rest, 'aws-auth.yaml');

function nodesOf(rest: string): ConfigMapNodes {
  return document(rest).configMap ?? expect.fail('no ConfigMap');
}

test.each([
  ['immutable: true', true],
  ['immutable: Yes', true],
  ['immutable: ON', true],
  ['immutable: "true"', false],
  ['immutable: off', false],
  ['immutable: 1', false],
  ['immutable: true\nimmutable: false', false],
  ['immutable: false\nimmutable: true', true],
])('%j makes a ConfigMap immutable: %s', (text, isImmutable) => {
  expect(immutablePair(nodesOf(`${text}\n`)) !== undefined).toBe(isImmutable);
});

test.each([
  ['', 0],
  ['data: {a: xyz, b: é}\n', 5],
  ['binaryData: {a: YQ==}\n', 1],
  ['binaryData: {a: YWI=}\n', 2],
  ['data: {a: x}\nbinaryData: {a: "YWJj\\n"}\n', 4],
])('%j counts as %d bytes', (rest, bytes) => {
  expect(dataBytes(nodesOf(rest).root)).toBe(bytes);
});

test('a map that is too large by a byte is told in KiB, rounded up', () => {
  const text = 'x'.repeat(1024 * 1024);
  expect(() => requireSize(document(`data:\n  mapRoles: ${text}\n`))).not.toThrow();
  expect(() => requireSize(document(`data:\n  mapRoles: ${text}x\n`))).toThrow('has 1025 KiB of data');
  expect(() => requireSize(document(`data:\n  mapRoles: ${text}x\n`))).toThrow(
    expect.objectContaining({
      findings: [
        expect.objectContaining({
          location: { file: 'aws-auth.yaml' },
          help: 'Map fewer roles here, or move to access entries.',
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

test('annotations may be as large as the limit, and no larger', () => {
  const sized = (length: number) => document(`data:\n  mapRoles: ${'x'.repeat(length)}\n`);
  const overhead = appliedAnnotationBytes(nodesOf('data:\n  mapRoles: x\n').root) - 1;
  expect(excessAnnotationBytes(sized(MAX_ANNOTATION_BYTES - overhead))).toBeNull();
  expect(excessAnnotationBytes(sized(MAX_ANNOTATION_BYTES - overhead + 1))).toBe(MAX_ANNOTATION_BYTES + 1);
});
