/** Makes a file of about the given number of bytes. */
type Maker = (bytes: number) => string;

const ARN = 'arn:aws:iam::111122223333:role/dev';
const HEAD = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: aws-auth\n  namespace: kube-system\n';

/** A manifest with mapRoles in a literal block. */
function mapRoles(text: string): string {
  return `${HEAD}data:\n  mapRoles: |\n${text.replace(/^(?=.)/gm, '    ')}`;
}

function mapAccounts(text: string): string {
  return `${mapRoles(`- rolearn: ${ARN}\n`)}  mapAccounts: |\n${text.replace(/^(?=.)/gm, '    ')}`;
}

/** Repeats a piece, with its number for `#`, up to the given number of bytes. */
function times(piece: string, bytes: number): string {
  const pieces: string[] = [];
  for (let [index, length] = [0, 0]; length < bytes; index += 1) {
    const next = piece.replaceAll('%d', String(index));
    pieces.push(next);
    length += next.length;
  }
  return pieces.join('');
}

/** An item with further lines below its ARN. */
function entry(lines = ''): string {
  return `- rolearn: ${ARN}\n${lines.replace(/^(?=.)/gm, '  ')}`;
}

const CLEAN_ENTRY =
  '- rolearn: arn:aws:iam::111122223333:role/AWSReservedSSO_Dev_%d0123456789abcdef\n  username: "sso:{{SessionName}}"\n  groups:\n    - "developers"\n';
const NODE_ENTRY =
  '- rolearn: arn:aws:iam::111122223333:role/node\n  username: "system:node:{{EC2PrivateDNSName}}"\n  groups:\n    - "system:bootstrappers"\n    - "system:nodes"\n';

/** An ordinary manifest, as the baseline. */
export const clean: Maker = (bytes) => mapRoles(NODE_ENTRY + times(CLEAN_ENTRY, bytes * 0.88));

function json(list: string): string {
  const metadata = { name: 'aws-auth', namespace: 'kube-system' };
  return JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { mapRoles: list } });
}

/** Files that took, or might take, more than linear time to read. */
export const PATHOLOGICAL: Readonly<Record<string, Maker>> = {
  // The manifest.
  'comments with CRLF above invalid YAML': (bytes) =>
    `${times('# c\r\n', bytes)}metadata: {name: aws-auth\r\n`,
  'blank lines with CRLF above invalid YAML': (bytes) =>
    `${times('\r\n', bytes)}metadata: {name: aws-auth\r\n`,
  'blank lines in front': (bytes) => times('\n', bytes) + mapRoles(entry()),
  'blank lines before a bare list': (bytes) => times('\n', bytes) + entry(),
  'blank lines after a kubectl error': (bytes) => `error: a\n${times('\n', bytes)}`,
  'blank lines above a comment in braces': (bytes) =>
    `{kind: ConfigMap, metadata: {name: aws-auth}, data: {${times('\n', bytes)}# c\n x: y}}`,
  'blanks before invalid YAML': (bytes) => `${times(' ', bytes)}x: {name: aws-auth\n`,
  'blanks after the document': (bytes) => `${mapRoles(entry())}---\n${times(' ', bytes)}x: y\n`,
  'blank lines after the document': (bytes) => mapRoles(entry()) + times('\n', bytes),
  'documents without content': (bytes) => mapRoles(entry()) + times('---\n', bytes),
  'marks that end documents': (bytes) => mapRoles(entry()) + times('...\n', bytes),
  'documents with other manifests': (bytes) =>
    mapRoles(entry()) + times('---\nkind: ConfigMap\nmetadata: {name: x%d}\n', bytes),
  'directives in front': (bytes) => `${times('%TAG !a%d! b\n', bytes)}---\n${mapRoles(entry())}`,
  'unknown keys of data': (bytes) => mapRoles(entry()) + times('  k%d: x\n', bytes),
  'misspelled keys of data': (bytes) => mapRoles(entry()) + times('  maprole%d: x\n', bytes),
  'one repeated key of data': (bytes) => mapRoles(entry()) + times('  mapRoles: x\n', bytes),
  'JSON of clean entries': (bytes) => json(times(CLEAN_ENTRY, bytes * 0.9)),
  'JSON of wrong groups': (bytes) => json(entry('groups:\n') + times('  - %d\n', bytes * 0.8)),
  'JSON of JSON': (bytes) =>
    json(`[${times(`{"rolearn":"${ARN}-%d","username":"x","groups":["a"]},`, bytes * 0.8).slice(0, -1)}]`),
  'nested JSON': (bytes) => `{"kind":"ConfigMap","metadata":{"name":"aws-auth"},"x":${times('{"a":', bytes)}`,
  'annotations in one line': (bytes) => `${mapRoles(entry())}x: {${times('k%d: v, ', bytes)}}\n`,
  // Lists.
  'empty items': (bytes) => mapRoles(times('-\n', bytes * 0.3)),
  'empty items in a bare list': (bytes) => times('-\n', bytes),
  'an entry and empty items': (bytes) => mapRoles(entry() + times('-\n', bytes * 0.3)),
  'items on one line': (bytes) => mapRoles(`[${times('a, ', bytes)}]`),
  'entries on one line': (bytes) => mapRoles(`[${times(`{rolearn: ${ARN}%d, username: x}, `, bytes)}]`),
  'groups on one line': (bytes) => mapRoles(entry(`groups: [${times('a, ', bytes)}]\n`)),
  'wrong groups on one line': (bytes) => mapRoles(entry(`groups: [${times('1, ', bytes)}]\n`)),
  'wrong groups next to an alias': (bytes) =>
    mapRoles(`- rolearn: &a ${ARN}\n- rolearn: *a\n${entry(`groups: [${times('1, ', bytes)}]\n`)}`),
  'groups of a wrong type': (bytes) => mapRoles(entry(`groups:\n${times('- 1\n', bytes * 0.3)}`)),
  'usernames of a wrong type': (bytes) => mapRoles(times(entry('username: 1\n'), bytes * 0.7)),
  'empty groups': (bytes) => mapRoles(entry(`groups:\n${times('-\n', bytes * 0.25)}`)),
  'joined groups': (bytes) => mapRoles(entry(`groups:\n${times('- a - b\n', bytes * 0.5)}`)),
  'unknown fields and empty groups': (bytes) =>
    mapRoles(entry(`${times('k%d: x\n', bytes * 0.2)}groups:\n${times('-\n', bytes * 0.2)}`)),
  'items that are not maps': (bytes) => mapRoles(times('- a\n', bytes * 0.4)),
  'items without an ARN': (bytes) => mapRoles(times('- username: a\n', bytes * 0.7)),
  'wrong ARNs': (bytes) => mapRoles(times('- rolearn: 1\n', bytes * 0.7)),
  'empty accounts': (bytes) => mapAccounts(times('-\n', bytes * 0.3)),
  'accounts on one line': (bytes) => mapAccounts(`[${times('1, ', bytes)}]`),
  'accounts that are lists': (bytes) => mapAccounts(times('- []\n', bytes * 0.5)),
  'pairs without keys': (bytes) => mapRoles(`- {${times(': , ', bytes)}}`),
  'keys without values': (bytes) => mapRoles(`- rolearn: a\n${times('  ? k%d\n', bytes * 0.7)}`),
  'empty keys': (bytes) => mapRoles(`- rolearn: a\n${times('  ?\n', bytes * 0.5)}`),
  // Entries.
  'one repeated entry': (bytes) => mapRoles(times(entry('username: a\n'), bytes * 0.9)),
  'duplicates with ignore comments': (bytes) =>
    mapRoles(times(`# aws-auth-sso: ignore duplicate-arn\n${entry(`username: "a%d"\n`)}`, bytes * 0.8)),
  'duplicates of one with many groups': (bytes) =>
    mapRoles(times(entry(), bytes * 0.4) + entry(`groups:\n${times('- a%d\n', bytes * 0.2)}`)),
  'one repeated field': (bytes) => mapRoles(entry(times('username: a\n', bytes * 0.7))),
  'misspelled fields': (bytes) => mapRoles(entry(times('grups: [a]\n', bytes * 0.7))),
  'misspelled fields that differ': (bytes) => mapRoles(entry(times('"%d-groups": [a]\n', bytes * 0.7))),
  'entries with duplicate fields': (bytes) =>
    mapRoles(times(entry('username: a\nusername: b\n'), bytes * 0.7)),
  'ARNs with paths': (bytes) =>
    mapRoles(times('- rolearn: arn:aws:iam::111122223333:role/a/b%d\n', bytes * 0.9)),
  'session ARNs': (bytes) =>
    mapRoles(times('- rolearn: arn:aws:sts::111122223333:assumed-role/a%d/b\n', bytes * 0.9)),
  // Long values.
  'blanks inside an ARN': (bytes) =>
    mapRoles(`- rolearn: "arn:aws:iam::111122223333:role/${times(' ', bytes)}x"\n`),
  'slashes inside an ARN': (bytes) =>
    mapRoles(`- rolearn: "arn:aws:iam::111122223333:role/${times('a/', bytes)}!"\n`),
  'an ARN of colons': (bytes) => mapRoles(`- rolearn: "arn:${times(':', bytes)}x"\n`),
  'a long partition': (bytes) => mapRoles(`- rolearn: "arn:${times('a', bytes)}:iam::1:role/x"\n`),
  'a long username among many': (bytes) =>
    mapRoles(`- rolearn: a\n  username: "${times('u', bytes * 0.4)}"\n${times(CLEAN_ENTRY, bytes * 0.4)}`),
  'a long key': (bytes) => mapRoles(`- rolearn: a\n  ? ${times('k', bytes)}\n  : x\n`),
  'quotes in quotes': (bytes) => mapRoles(`- rolearn: '${times("''", bytes)}'\n`),
  escapes: (bytes) => mapRoles(`- rolearn: "${times('\\n', bytes)}x"\n`),
  'an unclosed quote': (bytes) => mapRoles(`- rolearn: "${times('a ', bytes)}\n`),
  'a plain text over many lines': (bytes) => mapRoles(`- rolearn: a\n${times('   b\n', bytes * 0.5)}`),
  'a folded text': (bytes) => `${HEAD}data:\n  mapRoles: >\n${times('    - rolearn: a%d\n\n', bytes)}`,
  'a folded text of blank lines': (bytes) =>
    `${HEAD}data:\n  mapRoles: >+\n    - rolearn: a\n${times('\n', bytes)}    - rolearn: b\n`,
  'a double-quoted text over many lines': (bytes) =>
    `${HEAD}data:\n  mapRoles: "${times('- rolearn: a%d\\n\\\n    ', bytes)}"\n`,
  'line breaks inside the text': (bytes) => mapRoles(`- rolearn: a\n${times('\n', bytes)}- rolearn: b\n`),
  'blanks after the text': (bytes) => mapRoles(`- rolearn: a\n---\n${times(' ', bytes)}x\n`),
  'a single-quoted text of line breaks': (bytes) =>
    `${HEAD}data:\n  mapRoles: '- rolearn: a${times('\n', bytes)}    - rolearn: b'\n`,
  // Comments.
  'comments above the list': (bytes) => mapRoles(times('# c\n', bytes * 0.5) + entry()),
  'comments after the list': (bytes) => mapRoles(entry() + times('# c\n', bytes * 0.5)),
  'comments between entries': (bytes) => mapRoles(times(`# c\n# d\n# e\n${entry()}`, bytes * 0.8)),
  'comments inside a flow list': (bytes) => mapRoles(`[${times('# c\n', bytes * 0.5)}]`),
  'a long comment': (bytes) => mapRoles(`${entry()}# ${times('c', bytes)}\n`),
  'signs of comments': (bytes) => mapRoles(`${entry()}${times('# ', bytes)}\n`),
  'ignore comments without an entry': (bytes) =>
    mapRoles(times('# aws-auth-sso: ignore duplicate-arn\n', bytes * 0.8) + entry()),
  'ignore comments on one line': (bytes) =>
    mapRoles(`${entry()}${times('# aws-auth-sso: ignore duplicate-arn ', bytes)}\n`),
  'an ignore comment with blanks': (bytes) =>
    mapRoles(`${entry()}# aws-auth-sso: ignore a${times(' ', bytes)}!\n`),
  'an ignore comment above comments': (bytes) =>
    mapRoles(`# aws-auth-sso: ignore duplicate-arn\n${times('#\n', bytes * 0.3)}${entry()}${entry()}`),
  // Nesting.
  'brackets that are not closed': (bytes) => mapRoles(`- ${times('[', bytes)}`),
  'braces that are not closed': (bytes) => mapRoles(`- ${times('{', bytes)}`),
  'nested lists': (bytes) => mapRoles(times(`- x: ${'['.repeat(9000)}${']'.repeat(9000)}\n`, bytes)),
  'nested dashes': (bytes) => mapRoles(`${times('- ', bytes)}\n`),
  'nested keys': (bytes) => mapRoles(`${times('? ', bytes)}\n`),
  'nested flow maps': (bytes) => mapRoles(`- rolearn: a\n  x: ${times('{a: ', bytes)}`),
  'nested pairs with long keys': (bytes) =>
    `${HEAD}x: ${`{${'a'.repeat(bytes / 9000)}: `.repeat(9000)}${'}'.repeat(9000)}\n${mapRoles(entry()).slice(HEAD.length)}`,
  'a list nested in each column': (bytes) =>
    mapRoles(Array.from({ length: Math.sqrt(bytes * 2) }, (_, depth) => `${' '.repeat(depth)}-\n`).join('')),
  // Anchors and aliases.
  'an alias bomb': (bytes) =>
    mapRoles(
      `- rolearn: a\n  x: &x0 [${times('a, ', bytes)}]\n${Array.from({ length: 20 }, (_, index) => `  x${index}: &x${index + 1} [${`*x${index}, `.repeat(9)}]\n`).join('')}`,
    ),
  'many aliases of one text': (bytes) =>
    mapRoles(`- rolearn: &a ${ARN}\n  groups: [${times('*a, ', bytes)}]\n`),
  'many entries with one long name': (bytes) =>
    mapRoles(
      `- rolearn: ${ARN}\n  username: &u "${'Ab '.repeat(bytes / 9)}"\n${times(`- rolearn: ${ARN}%d\n  username: *u\n`, bytes * 0.5)}`,
    ),
  'many entries with one long ARN': (bytes) =>
    mapRoles(`- rolearn: &u "${'Ab '.repeat(bytes / 9)}"\n${times('- rolearn: *u\n', bytes * 0.4)}`),
  'many entries with groups of a wrong type': (bytes) =>
    mapRoles(
      `- rolearn: ${ARN}\n  groups: &g [${times('1, ', bytes * 0.2)}]\n${times(`- rolearn: ${ARN}%d\n  groups: *g\n`, bytes * 0.6)}`,
    ),
  'many anchors': (bytes) => mapRoles(times('- &a%d a\n', bytes * 0.6)),
  'undefined aliases': (bytes) => mapRoles(times('- *a%d\n', bytes * 0.6)),
  'merge keys': (bytes) =>
    mapRoles(`- &m {${times('k%d: x, ', bytes * 0.3)}}\n${times('- <<: *m\n', bytes * 0.4)}`),
  'a chain of merge keys': (bytes) =>
    mapRoles(`- &m0 {rolearn: a}\n${times('- &n%d {<<: *m0, a%d: x}\n', bytes * 0.8)}`),
  'a long list of merge keys': (bytes) =>
    mapRoles(`- &m {rolearn: a, b: c}\n- <<: [${times('*m, ', bytes * 0.8)}]\n`),
  'duplicate keys': (bytes) => mapRoles(entry(times('a: b\n', bytes * 0.4))),
  tags: (bytes) => mapRoles(times('- !!str a\n', bytes * 0.6)),
  'a long tag': (bytes) => mapRoles(`- !<${times('a', bytes)}> a\n`),
  // Templates.
  'templates that are not in quotes': (bytes) =>
    mapRoles(times(entry('username: {{SessionName}}\n'), bytes * 0.8)),
  'a template and blanks': (bytes) => mapRoles(entry(`username: {{SessionName}}${times(' ', bytes)}"\n`)),
  'braces in one comment': (bytes) =>
    mapRoles(`${entry('username: {{SessionName}}x"\n')}# ${times('{{', bytes)}\n`),
  'braces in usernames': (bytes) => mapRoles(times(entry('username: "{{ x }}"\n'), bytes * 0.8)),
  'open braces in a username': (bytes) => mapRoles(entry(`username: "${times('{{', bytes)}"\n`)),
  'consecutive Helm braces': (bytes) =>
    mapRoles(entry(`username: "${times('{{SessionName}} ', bytes)}{{ .Values }}"\n`)),
};
