import { refusal } from '../errors.ts';
import { keyText, type MappingNode, mappingAt, type Pair, type YamlNode } from '../yaml/node.ts';
import type { AwsAuthDocument } from './document.ts';
import { scalarType, stringValue } from './scalar.ts';
import { LAST_APPLIED } from './server-metadata.ts';

/** The API server's limit for a ConfigMap: 1 MiB of data (`MaxSecretSize` in Kubernetes' validation). */
export const MAX_BYTES = 1024 * 1024;
/** Its limit for all annotations together, including their names (`TotalAnnotationSizeLimitB`). */
export const MAX_ANNOTATION_BYTES = 256 * 1024;
/** Most bytes that a UTF-16 code unit can take in a JSON string inside JSON. */
const MAX_GROWTH = 7;

/** @throws Failure (exit 2) if Kubernetes would reject the ConfigMap because of its size */
export function requireSize(document: AwsAuthDocument): void {
  const kibibytes = excessKibibytes(document);
  if (kibibytes === null) return;
  const message = `the ConfigMap has ${kibibytes} KiB of data; Kubernetes accepts no more than 1024 KiB`;
  const location = { file: document.file };
  throw refusal({ message, location, help: TOO_LARGE_HELP });
}

export const TOO_LARGE_HELP = 'Map fewer roles here, or migrate to access entries.';

/** The ConfigMap's data in KiB of UTF-8, rounded up, if it exceeds the limit; otherwise null. */
export function excessKibibytes({ configMap, source }: AwsAuthDocument): number | null {
  const bytes = configMap ? dataBytes(configMap.root) : byteLength(source);
  return bytes > MAX_BYTES ? Math.ceil(bytes / 1024) : null;
}

/** Total bytes of the values in `data` and `binaryData`. */
export function dataBytes(root: MappingNode): number {
  const values = (key: string) => mappingAt(root, key)?.pairs.map(({ value }) => value) ?? [];
  const texts = values('data').map((value) => (value.kind === 'scalar' ? byteLength(value.text) : 0));
  const binaries = values('binaryData').map((value) =>
    value.kind === 'scalar' ? (value.text.replace(/[\s=]/g, '').length * 3) / 4 : 0,
  );
  return [...texts, ...binaries].reduce((sum, bytes) => sum + Math.floor(bytes), 0);
}

/** Total bytes of all annotations after a client-side `kubectl apply`, if they exceed the limit; otherwise null. */
export function excessAnnotationBytes({
  configMap,
  source,
}: Pick<AwsAuthDocument, 'configMap' | 'source'>): number | null {
  if (!configMap || source.length * MAX_GROWTH <= MAX_ANNOTATION_BYTES) return null;
  const bytes = appliedAnnotationBytes(configMap.root);
  return bytes > MAX_ANNOTATION_BYTES ? bytes : null;
}

/** Total bytes of all annotations once a client-side `kubectl apply` has added its copy of the whole object as JSON. */
export function appliedAnnotationBytes(root: MappingNode): number {
  const metadata = mappingAt(root, 'metadata');
  const annotations = metadata && mappingAt(metadata, 'annotations');
  const others = (annotations?.pairs ?? []).filter((pair) => keyText(pair) !== LAST_APPLIED);
  const bytesOf = ({ value }: Pair) => (value.kind === 'scalar' ? byteLength(value.text) : 0);
  const missing = annotations ? 0 : ',"annotations":{}'.length;
  // kubectl's encoder ends the JSON with a line break.
  const copy = jsonBytes(root) + missing + 1;
  return others.reduce(
    (sum, pair) => sum + byteLength(keyText(pair)) + bytesOf(pair),
    LAST_APPLIED.length + copy,
  );
}

/** Bytes of a manifest as Go's compact JSON, without that annotation. */
function jsonBytes(root: YamlNode): number {
  let bytes = 0;
  const left = [root];
  for (let node = left.pop(); node; node = left.pop()) {
    if (node.kind === 'alias') continue;
    if (node.kind === 'scalar') {
      const type = scalarType(node);
      const plain = type === 'null' ? type : node.text;
      bytes += type === 'string' ? stringBytes(stringValue(node)) : plain.length;
      continue;
    }
    const pairs = node.kind === 'mapping' ? node.pairs.filter((pair) => keyText(pair) !== LAST_APPLIED) : [];
    const inside = node.kind === 'sequence' ? node.items : pairs.map(({ value }) => value);
    for (const pair of pairs) bytes += stringBytes(keyText(pair)) + ':'.length;
    for (const value of inside) left.push(value);
    // Two brackets, and a comma between each two.
    bytes += inside.length === 0 ? 2 : 1 + inside.length;
  }
  return bytes;
}

/** In addition to JSON's escapes, Go escapes characters that HTML or JavaScript could read as markup. */
function stringBytes(text: string): number {
  const escaped = JSON.stringify(text).replace(/[<>&\u2028\u2029]/g, '\\u0000');
  return byteLength(escaped);
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
