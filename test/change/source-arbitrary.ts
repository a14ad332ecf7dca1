import fc from 'fast-check';

function indented(text: string, columns: number): string {
  return text.replace(/^(?=[^\r\n])/gm, ' '.repeat(columns));
}

const HEAD =
  'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: aws-auth\n  resourceVersion: "7"\n  namespace: kube-system\ndata:\n';
const USERS =
  '  # people\n  mapUsers: |\n    - userarn: arn:aws:iam::111122223333:user/alice\n      username: alice\n';

/** Forms of a text in a file; some lose a part of some texts and thus change them. */
const SHAPES: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => `${HEAD}  mapRoles: |${chomping(text)}\n${indented(text, 4)}${USERS}`,
  (text) => `${HEAD}${USERS}  mapRoles: |${chomping(text)} # the map\n${indented(text, 4)}`,
  (text) => `${HEAD}  mapRoles: |2${chomping(text)}\n${indented(text, 4)}${USERS}`,
  (text) => `${HEAD}  mapRoles: >-\n${indented(text.replaceAll('\n', '\n\n'), 4)}\n${USERS}`,
  (text) => `${HEAD}  mapRoles: > # folded\n${indented(text, 4)}    # deep\n${USERS}`,
  (text) => `${HEAD}  mapRoles: ${JSON.stringify(text)} # quoted\n${USERS}`,
  (text) => `${HEAD}  mapRoles: ${JSON.stringify(text).replaceAll('\\n', '\\n\\\n    \\')}\n${USERS}`,
  (text) =>
    `${HEAD}  mapRoles: '${text.replaceAll("'", "''").replaceAll('\n', '\n\n')}' # quoted\n     # deep\n${USERS}`,
  (text) =>
    `${HEAD.replace('data:', 'data: {x: y,')}  mapRoles: '${text.replaceAll("'", "''").replaceAll('\n', '\n\n')}' }\n`,
  (text) =>
    `${JSON.stringify({ kind: 'ConfigMap', metadata: { name: 'aws-auth', uid: 'x' }, data: { mapRoles: text } }, null, 2)}\n`,
  (text) =>
    JSON.stringify({
      kind: 'List',
      items: [{ kind: 'ConfigMap', metadata: { name: 'aws-auth' }, data: { mapRoles: text } }],
    }),
];

function chomping(text: string): string {
  if (!text.endsWith('\n')) return '-';
  return text.endsWith('\n\n') ? '+' : '';
}

/** An aws-auth file in one of its forms, or nearly, with a text of mapRoles. */
export const sourceOf = (mapRoles: fc.Arbitrary<string>) =>
  fc
    .tuple(
      mapRoles,
      fc.constantFrom(...SHAPES),
      fc.constantFrom('\n', '\n', '\r\n'),
      fc.constantFrom('', '', '', '\uFEFF'),
      fc.boolean(),
    )
    .map(([text, shape, lineBreak, mark, ends]) => {
      const source = shape(text).replaceAll('\n', lineBreak);
      return mark + (ends ? source : source.replace(/(?:\r?\n)+$/, ''));
    });
