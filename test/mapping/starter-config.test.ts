import { load } from 'js-yaml';
import { expect, test } from 'vitest';
import { readMapRoles } from '../../src/authenticator/load.ts';
import type { Proposal } from '../../src/mapping/proposal.ts';
import { renderStarterConfig } from '../../src/mapping/starter-config.ts';

const IDS = ['111122223333', '222233334444', '333344445555', '444455556666'];

const NO_OTHERS: Proposal['others'] = { listed: [], accounts: [], dead: [], deadAccounts: [] };

function render(
  proposal: Partial<Proposal>,
  lineOf: () => number | undefined = () => undefined,
  others = NO_OTHERS,
): string {
  return renderStarterConfig(
    { accounts: [], nodeRoles: [], mappings: [], examples: [], others, ...proposal },
    {
      mapFile: 'map.yaml',
      sources: ['map.yaml'],
      assumeRole: undefined,
      ssoRegion: undefined,
      partition: 'aws',
      lineOf,
    },
  );
}

const mapping = (
  permissionSet: string,
  groups: readonly string[],
  accounts: readonly string[] | null = null,
) => {
  return { permissionSet, accounts, username: null, usernameProblem: null, groups };
};

test.each([
  'a',
  'a+b/c@d.e-f_1',
  'a:+b',
  'a:/b',
  'a:@b',
  'a::.b',
  'a:-b',
  'system:masters',
  'yesterday',
  'gone',
])('%s is written as is', (group) => {
  const text = render({ mappings: [mapping('Admin', [group])] });
  expect(text).toContain(`\n    groups: [${group}]\n`);
  expect(load(text)).toMatchObject({ mappings: [{ groups: [group] }] });
});

test.each([
  'true',
  'False',
  'NULL',
  'yes',
  'No',
  'on',
  'OFF',
  'y',
  'N',
  '1',
  '-a',
  'a b',
  'a:',
  ':a',
  'a,b',
  '',
])('%j is written in quotes', (group) => {
  expect(render({ mappings: [mapping('Admin', [group])] })).toContain(`\n    groups: ["${group}"]\n`);
});

test('up to three accounts share a line, more are listed with their names', () => {
  const accounts = IDS.map((id) => ({ id, name: `name of ${id}` }));
  const textOf = (count: number) =>
    render({ accounts, mappings: [mapping('Admin', ['g'], IDS.slice(0, count))] });
  expect(textOf(3)).toContain('\n    accounts: ["111122223333", "222233334444", "333344445555"]\n');
  expect(textOf(4)).toContain('\n    accounts:\n      - "111122223333" # name of 111122223333\n');
});

test('listed and omitted entries show their line if known', () => {
  const [entry] = readMapRoles(
    '- {rolearn: "arn:aws:iam::111122223333:role/ops", username: "ü😀", groups: ["a: b"]}',
  ).entries;
  if (!entry) throw new Error('no entry');
  const others = { ...NO_OTHERS, listed: [{ entry, reason: "isn't an Identity Center role" }] };
  const dead = { ...NO_OTHERS, dead: others.listed };
  const said = `${entry.arn} isn't an Identity Center role\n`;
  expect(render({}, undefined, dead)).toContain(`\n#   ${said}`);
  expect(render({}, () => 7, dead)).toContain(`\n#   line 7: ${said}`);
  const listed = render({}, () => 7, others);
  expect(listed).toContain("\n  # line 7: isn't an Identity Center role\n");
  expect(load(listed)).toMatchObject({
    otherEntries: [{ arn: entry.arn, username: 'ü😀', groups: ['a: b'] }],
  });
  expect(listed).toMatch(/^[ -~\n]*$/);
});

test('unmapped permission sets follow in comments', () => {
  const examples = [{ permissionSet: 'View', accounts: null }];
  expect(render({ mappings: [mapping('Admin', ['g'])], examples })).toMatch(
    /\n\n {2}# Provisioned in these accounts, .*\n {2}# that .*\n {2}# - permissionSet: View\n {2}# {3}groups: \[viewers\]\n/,
  );
  expect(render({ examples })).toContain(
    '\n# mappings:\n#   - permissionSet: View\n#     groups: [viewers]\n',
  );
  expect(render({})).toContain('\n# mappings:\n#   - permissionSet: NAME\n#     groups: [viewers]\n');
});
