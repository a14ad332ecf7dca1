import { load } from 'js-yaml';
import { expect, test } from 'vitest';
import { ReadTime } from '../../src/directory/read-time.ts';
import { parseConfig } from '../../src/mapping/config.ts';
import type { Proposal } from '../../src/mapping/proposal.ts';
import { renderStarterConfig } from '../../src/mapping/starter-config.ts';

const IDS = ['111122223333', '222233334444', '333344445555', '444455556666'];

function render(groups: readonly string[], rest: Partial<Proposal> = {}, accounts: string[] | null = null) {
  const mappings = [{ permissionSet: 'Admin', accounts, username: null, groups, policies: [] }];
  return renderStarterConfig(
    { accounts: [], nodeRoles: [], mappings, unmapped: [], others: [], skipped: 0, ...rest },
    {
      sources: ['map.yaml'],
      assumeRole: undefined,
      ssoRegion: undefined,
      readTime: ReadTime.NOW,
      partition: 'aws',
    },
  );
}

test('the group of an example must be replaced', () => {
  const text = render(['a'], { unmapped: [{ permissionSet: 'Developer', accounts: null }] });
  const uncommented = text.replace(/^ {2}# (?=- permissionSet| {2}groups)/gm, '  ');
  expect(() => parseConfig(text, 'c.yaml')).not.toThrow();
  expect(() => parseConfig(uncommented, 'c.yaml')).toThrow('replace it with the name of a Kubernetes group');
  expect(parseConfig(uncommented.replace('[GROUP]', '[devs]'), 'c.yaml').mappings).toHaveLength(2);
});

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
  const text = render([group]);
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
  expect(render([group])).toContain(`\n    groups: ["${group}"]\n`);
});

test('text that is not ASCII is escaped', () => {
  const text = render(['ü😀']);
  expect(text).toMatch(/^[ -~\n]*$/);
  expect(load(text)).toMatchObject({ mappings: [{ groups: ['ü😀'] }] });
});

test('up to three accounts share a line, more are listed with their names', () => {
  const accounts = IDS.map((id) => ({ id, name: `name of ${id}` }));
  const textOf = (count: number) => render(['g'], { accounts }, IDS.slice(0, count));
  expect(textOf(3)).toContain('\n    accounts: ["111122223333", "222233334444", "333344445555"]\n');
  expect(textOf(4)).toContain('\n    accounts:\n      - "111122223333" # name of 111122223333\n');
});
