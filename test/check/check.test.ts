import { describe, expect, it, test } from 'vitest';
import { indentLines } from '../../src/aws-auth/block-scalar.ts';
import { readWithProblems } from '../../src/aws-auth/document.ts';
import { checkDocument, RULES } from '../../src/check/check.ts';
import { fix } from '../../src/check/fix.ts';
import { Failure } from '../../src/errors.ts';
import { account as accountOf, inventory, role } from '../directory/build-inventory.ts';

const HEAD = 'kind: ConfigMap\nmetadata:\n  name: aws-auth\ndata:\n  mapRoles: |\n';

function document(list: string) {
  return readWithProblems(HEAD + indentLines(list, 4), 'aws-auth.yaml');
}

test('every rule has a unique name in kebab-case, a summary, a consequence and help', () => {
  expect(new Set(RULES.map(({ name }) => name)).size).toBe(RULES.length);
  for (const { name, summary, consequence, help } of RULES) {
    expect(name).toMatch(/^[a-z]+(?:-[a-z]+)*$/);
    expect(consequence).not.toMatch(/[.\n]$/);
    // The page of the rules shows the first sentence in its table.
    expect(summary).toMatch(/^\S.*$/);
    expect(summary.endsWith('.')).toBe(summary.includes('. '));
    expect(help).toMatch(/^[A-Z`].*\.$/);
  }
});

describe('the size of a ConfigMap', () => {
  const entry = (index: number) =>
    `- rolearn: arn:aws:iam::111122223333:role/r${index}\n  username: system:node:x\n  groups: [${'g'.repeat(400)}]\n`;
  const rulesOf = (count: number) =>
    checkDocument(document(Array.from({ length: count }, (_, index) => entry(index)).join(''))).map(
      ({ severity, code: rule }) => `${severity} ${rule}`,
    );

  it('is a warning if kubectl apply cannot keep a copy, and an error above 1 MiB', () => {
    expect(rulesOf(500)).toEqual([]);
    expect(rulesOf(540)).toEqual(['warning oversize']);
    expect(rulesOf(2200)).toEqual(['error oversize']);
  });

  it('is shown in KiB, and may be 1 MiB', () => {
    const found = (bytes: number) => {
      const source = `metadata: {name: aws-auth, resourceVersion: "1"}\ndata: {mapRoles: "[]", x: "${'y'.repeat(bytes)}"}\n`;
      return checkDocument(readWithProblems(source, 'f')).flatMap(({ code, what }) =>
        code === 'oversize' ? [what] : [],
      );
    };
    const rest = '[]'.length;
    expect(found(1024 * 1024 - rest)).toEqual([]);
    expect(found(1024 * 1024 - rest + 1)).toEqual(['the ConfigMap holds 1025 KiB']);
    expect(found(1025 * 1024 - rest)).toEqual(['the ConfigMap holds 1025 KiB']);
  });

  it('does not matter for a ConfigMap that was never applied', () => {
    const live = (metadata: string) =>
      checkDocument(
        readWithProblems(
          HEAD.replace('name: aws-auth\n', `name: aws-auth\n  resourceVersion: "1"\n${metadata}`) +
            indentLines(Array.from({ length: 540 }, (_, index) => entry(index)).join(''), 4),
          'aws-auth.yaml',
        ),
      ).filter(({ code: rule }) => rule === 'oversize');
    expect(live('')).toEqual([]);
    const applied = live('  annotations:\n    kubectl.kubernetes.io/last-applied-configuration: "{}"\n');
    expect(applied.map(({ what }) => what)).toEqual([
      expect.stringMatching(/^the copy of the ConfigMap takes \d{6} bytes$/),
    ]);
  });
});

describe('a file without aws-auth', () => {
  it.each([
    '',
    '# nothing\n',
    'kind: ConfigMap\nmetadata: {name: other}\n',
    '- a\n- b\n',
    '- role: Admin\n',
    'x: [\n',
  ])('is refused: %j', (source) => {
    expect(() => readWithProblems(source, 'f')).toThrow(Failure);
  });

  it.each(['- role_arn: arn:aws:iam::111122223333:role/a\n', '# aws-auth\nx: [\n', '- rolearn: [\n'])(
    'is not what only is broken: %j',
    (source) => {
      expect(checkDocument(readWithProblems(source, 'f'))).not.toEqual([]);
    },
  );
});

test('a fix without changes returns the same string', () => {
  const before = document('- rolearn: arn:aws:iam::111122223333:role/a\n  username: system:node:x\n');
  expect(fix(before, { access: true })).toEqual({
    text: before.source,
    changed: false,
    edits: [],
    fixed: [],
    effective: [],
    remaining: [],
  });
});

test('a fix shows the mistake and its replacement', () => {
  const entry = (path: string, username: string) =>
    `- rolearn: arn:aws:iam::111122223333:role/${path}\n  username: ${username}\n`;
  const { fixed } = fix(document(entry('team/a', 'a') + entry('b', '"b"') + entry('b', 'c')), {
    access: true,
  });
  expect(fixed.map(({ change }) => change)).toEqual([
    'arn:aws:iam::111122223333:role/team/a contains the path /team/ → arn:aws:iam::111122223333:role/a',
    'arn:aws:iam::111122223333:role/b is overridden by line 10 (username "c", groups []) → removed',
  ]);
});

test('a fix shows an ARN without quotes, and a key with its new name', () => {
  const arn = 'arn:aws:iam::111122223333';
  const source = `${HEAD}    - {rolearn: "${arn}:role/team/a", username: a}\n  mapusers: |\n    - {userarn: ${arn}:user/b, username: b}\n`;
  const { fixed } = fix(readWithProblems(source, 'f'), { access: true });
  expect(fixed.map(({ change }) => change)).toEqual([
    `${arn}:role/team/a contains the path /team/ → ${arn}:role/a`,
    'unknown key "mapusers" is ignored → mapUsers',
  ]);
});

test('entries are removed last, to keep line numbers stable', () => {
  const entry = (name: string, username: string) =>
    `- rolearn: arn:aws:iam::111122223333:role/${name}\n  username: ${username}\n`;
  const list = entry('a', 'a') + entry('a', 'b') + entry('a', 'c') + entry('team/b', 'd');
  const { fixed } = fix(document(list), { access: true });
  expect(fixed.map(({ code, location }) => [code, location.line])).toEqual([
    ['path-in-arn', 12],
    ['duplicate-arn', 6],
    ['duplicate-arn', 8],
  ]);
});

test('a fix shows its replacement if no ARN changes', () => {
  const { fixed } = fix(document('- rolearn: arn:aws:iam::111122223333:role/a\n  username: yes\n'), {
    access: true,
  });
  expect(fixed.map(({ change }) => change)).toEqual(['username is the boolean "yes", not a string → "yes"']);
});

test('two entries that would have the same ARN are left alone', () => {
  const account = '111122223333';
  const set = { arn: 'arn:aws:sso:::permissionSet/ssoins-1/ps-1', name: 'Admin' };
  const options = {
    account,
    access: true,
    inventory: inventory([accountOf(account)], [role(account, 'Admin')], { permissionSets: [set] }),
  };
  const source = `${HEAD}    - {rolearn: "${set.arn}", username: a}
  mapUsers: |
    - {userarn: "${set.arn}", username: b}
`;
  expect(fix(readWithProblems(source, 'f'), options).text).toBe(source);
});
