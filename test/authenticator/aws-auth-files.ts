import fc from 'fast-check';
import { ODD_ACCOUNTS, ODD_ROLES, ODD_USERS } from './odd-lists.ts';
import { SOUND_ACCOUNTS, SOUND_ROLES, SOUND_USERS } from './sound-lists.ts';

/** A file that contains an aws-auth. */
export interface AwsAuthFile {
  readonly source: string;
  /** True for a bare list of mapRoles. */
  readonly bare: boolean;
  /** True if nothing is wrong. */
  readonly sound: boolean;
}

interface Texts {
  readonly mapRoles: string | null;
  readonly mapUsers: string | null;
  readonly mapAccounts: string | null;
}

function indented(text: string, columns: number): string {
  return text.replace(/^(?=[^\r\n])/gm, ' '.repeat(columns));
}

function chomping(text: string): string {
  if (!text.endsWith('\n')) return '-';
  return text.endsWith('\n\n') ? '+' : '';
}

/** The indentation of a text that starts with a blank only shows if its column count is explicit. */
function indentation(text: string, columns: number): string {
  return /^[ \n]/.test(text) ? String(columns) : '';
}

type Style = (key: string, text: string) => string;

const literal: Style = (key, text) =>
  `  ${key}: |${indentation(text, 2)}${chomping(text)}\n${indented(text, 4)}${text.endsWith('\n') ? '' : '\n'}`;
const quoted: Style = (key, text) => `  ${key}: ${JSON.stringify(text)}\n`;
/** Lines that start with blanks would lose them. */
const single: Style = (key, text) =>
  /\n[ \t]|[ \t]\n|^\s|\s$/.test(text)
    ? quoted(key, text)
    : `  ${key}: '${text.replaceAll("'", "''").replaceAll('\n', '\n\n    ')}'\n`;
const folded: Style = (key, text) =>
  /^\s|[ \t]\n\n|\n\n[ \t]|\n\n\n/.test(text)
    ? literal(key, text)
    : `  ${key}: >${chomping(text)}\n${indented(text.replace(/\n(?=[^ \t\n])/g, '\n\n'), 4)}${text.endsWith('\n') ? '' : '\n'}`;
const STYLES: readonly Style[] = [
  ...[literal, literal, literal, literal, quoted, single, folded],
  (key, text) =>
    `  ${key}: |2${chomping(text)} # list\n${indented(text, 4)}${text.endsWith('\n') ? '' : '\n'}`,
  (key, text) => `  "${key}": ${inLines(JSON.stringify(text))} # in lines\n`,
  (key, text) => `  ${key}: !!str ${JSON.stringify(text)}\n`,
];

/** A line break in the text is one in the file, too. */
function inLines(doubleQuoted: string): string {
  const lines = doubleQuoted.replace(/(?<!\\)((?:\\\\)*)\\n/g, '$1\\n\\\n    ');
  return lines.replace(/(?<=\n {4})(?= )/g, '\\');
}

const OTHERS = fc.constantFrom(
  ...['', '', '', '  # people\n', '\n', '  other: "x: y"\n', '  maproles_backup: |\n    - rolearn: old\n'],
);
const METADATA = fc.constantFrom(
  'metadata:\n  name: aws-auth\n  namespace: kube-system\n',
  'metadata:\n  name: aws-auth\n  namespace: kube-system\n  resourceVersion: "7"\n  uid: 3f\n  creationTimestamp: "2026-01-01T00:00:00Z"\n',
  'metadata:\n  annotations:\n    kubectl.kubernetes.io/last-applied-configuration: |\n      {"data":{"mapRoles":"{{ x"}}\n  name: aws-auth\n  labels: {a: "b"}\n',
  'metadata: {name: aws-auth}\n',
);

interface Frame {
  readonly metadata: string;
  readonly styles: readonly [number, number, number];
  readonly usersFirst: boolean;
  readonly other: string;
  readonly tail: string;
}

function yaml(texts: Texts, { metadata, styles, usersFirst, other, tail }: Frame): string {
  const keys = (['mapRoles', 'mapUsers', 'mapAccounts'] as const).flatMap((key, index) => {
    const text = texts[key];
    return text === null ? [] : [(STYLES[(styles[index] ?? 0) % STYLES.length] ?? literal)(key, text)];
  });
  const ordered = usersFirst ? keys.toReversed() : keys;
  const data = ordered.length > 0 ? `data:\n${ordered.join(other)}` : '';
  return `apiVersion: v1\nkind: ConfigMap\n${metadata}${data}${tail}`;
}

function object({ mapRoles, mapUsers, mapAccounts }: Texts) {
  const data = {
    ...(mapRoles !== null && { mapRoles }),
    ...(mapUsers !== null && { mapUsers }),
    ...(mapAccounts !== null && { mapAccounts }),
  };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'aws-auth', resourceVersion: '7' }, data };
}

type Shape = (texts: Texts, frame: Frame) => string;
const OTHER = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: other\ndata:\n  mapRoles: "not ours"\n';
const SHAPES: readonly Shape[] = [
  ...Array<Shape>(8).fill(yaml),
  (texts) => `${JSON.stringify(object(texts), null, 4)}\n`,
  (texts) => JSON.stringify(object(texts)),
  (texts) => JSON.stringify({ kind: 'List', apiVersion: 'v1', items: [object(texts)] }, null, 2),
  (texts, frame) => `${OTHER}---\n${yaml(texts, frame)}---\n`,
  (texts, frame) =>
    `kind: List\nitems:\n- kind: Secret\n  metadata: {name: x}\n-\n${indented(yaml(texts, frame), 2)}`,
];

const FRAME = fc.record({
  metadata: METADATA,
  styles: fc.tuple(fc.nat(59), fc.nat(59), fc.nat(59)),
  usersFirst: fc.boolean(),
  other: OTHERS,
  tail: fc.constantFrom('', '', '', '# end\n', 'immutable: false\n'),
});

/** A byte order mark across the edge of its 512-byte buffer makes go-yaml lose its place, with random results. */
function isAtRisk(source: string): boolean {
  return source.includes('\ufeff', 1) && Buffer.byteLength(source) > 500;
}

/** No text may have a line break that a file with different ones would change. */
function files(texts: fc.Arbitrary<Texts>, sound: boolean): fc.Arbitrary<AwsAuthFile> {
  return fc
    .record({
      texts,
      frame: FRAME,
      shape: fc.nat(SHAPES.length),
      lineBreak: fc.constantFrom('\n', '\n', '\n', '\r\n'),
      mark: fc.constantFrom('', '', '', '', '', '\ufeff'),
      ends: fc.constantFrom(true, true, true, false),
    })
    .map(({ texts: inside, frame, shape, lineBreak, mark, ends }) => {
      const write = SHAPES[shape];
      const bare = !write && inside.mapRoles !== null;
      const source = bare ? (inside.mapRoles ?? '') : (write ?? yaml)(inside, frame);
      const broken = source.replaceAll('\n', lineBreak);
      return { source: mark + (ends ? broken : broken.replace(/(?:\r?\n)+$/, '')), bare, sound };
    })
    .filter(({ source }) => !isAtRisk(source));
}

function texts(
  roles: fc.Arbitrary<string>,
  users: fc.Arbitrary<string>,
  accounts: fc.Arbitrary<string>,
): fc.Arbitrary<Texts> {
  return fc.record({
    mapRoles: fc.option(roles, { freq: 20 }),
    mapUsers: fc.option(users, { freq: 2 }),
    mapAccounts: fc.option(accounts, { freq: 1 }),
  });
}

/** Nothing is wrong in it, even if it is written oddly. */
export const SOUND_FILE = files(texts(SOUND_ROLES, SOUND_USERS, SOUND_ACCOUNTS), true);
/** Contains mistakes of people, editors and other tools. */
export const ODD_FILE = files(texts(ODD_ROLES, ODD_USERS, fc.oneof(SOUND_ACCOUNTS, ODD_ACCOUNTS)), false);
