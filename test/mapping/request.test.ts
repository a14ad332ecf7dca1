import { expect, test } from 'vitest';
import { NO_OTHER_ENTRIES } from '../../src/aws-auth/other-entries.ts';
import { parseMapFlags } from '../../src/mapping/mapping.ts';
import { queryOf } from '../../src/mapping/request.ts';
import { id, named } from '../directory/opened.ts';

const SET = 'arn:aws:sso:::permissionSet/ssoins-6804a1b2c3d4e5f6/ps-32e4b4859f4238ec';
const [PROD, DEV, TEST] = [named('prod'), named('dev'), id('111122223333')];
const NOTHING = { exclude: [], permissionSets: 'none', organizationTree: false };

function asked(flags: readonly string[], scope: Partial<Parameters<typeof queryOf>[0]['scope']>) {
  const mappings = parseMapFlags(flags, undefined);
  return queryOf({
    mappings,
    nodeRoles: { config: [], flags: [] },
    otherEntries: NO_OTHER_ENTRIES,
    scope: { flags: [], config: [], exclude: [], excludeFlags: [], ...scope },
    fromConfig: false,
    wantsNobody: false,
  });
}

test('scope flags limit the accounts of a config, and work without a config', () => {
  expect(asked(['A=g'], { config: [PROD], flags: [DEV] })).toStrictEqual({
    ...NOTHING,
    scope: [PROD, PROD],
    within: [DEV],
  });
  expect(asked(['A=g'], { flags: [DEV] })).toStrictEqual({ ...NOTHING, scope: [DEV, DEV], within: null });
  expect(asked(['A=g'], { config: [PROD] })).toStrictEqual({ ...NOTHING, scope: [PROD, PROD], within: null });
  expect(asked([], { config: [PROD], flags: [DEV] })).toStrictEqual({
    ...NOTHING,
    scope: [DEV],
    within: null,
  });
  expect(asked([], {})).toStrictEqual({ ...NOTHING, scope: [], within: null });
});

test('the query has the permission sets selected by ARN, and always the exclusions', () => {
  expect(asked(['A=g', `${SET}=g`, 'B*=g'], { flags: [TEST], exclude: [PROD] })).toMatchObject({
    permissionSets: [SET],
    exclude: [PROD],
  });
});
