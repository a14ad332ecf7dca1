import { describe, expect, test } from 'vitest';
import { filterTexts, originText } from '../../src/page/app/table/print-table.ts';
import { columnWidths, noteText, shownColumns } from '../../src/page/columns.ts';
import { entryOf, HEAD, pageRowsOf, rowOf } from './made-rows.ts';

function headersOf(...[rows, head]: Parameters<typeof pageRowsOf>): string[] {
  return shownColumns(pageRowsOf(rows, head)).map(({ header }) => header);
}

describe('the columns', () => {
  test('are those that say something', () => {
    expect(headersOf([rowOf()])).toEqual([
      'Person or group',
      'Through group',
      'Access',
      'Route to admin',
      'Account',
      'Permission set',
      'Username in audit logs',
      'Kubernetes groups',
    ]);
  });

  test('leave out what nobody has', () => {
    const plain = rowOf({ via: null, routes: [], groups: [], auditUsername: null, permissionSet: null });
    expect(headersOf([plain])).toEqual(['Person or group', 'Access', 'Account']);
  });

  test('name the cluster if there are several', () => {
    expect(
      headersOf([rowOf()], { clusters: [...HEAD.clusters, { ...HEAD.clusters[0], name: 'dev' }] }),
    ).toContain('Cluster');
  });

  test('name the source if there are both', () => {
    const file = entryOf({ source: 'aws-auth' });
    expect(headersOf([rowOf(), rowOf({}, file)])).toContain('Source');
    expect(headersOf([rowOf({}, file)])).not.toContain('Source');
  });

  test('have a note if an entry grants no access', () => {
    expect(headersOf([rowOf({ access: 'none', reason: 'role-gone' })])).toContain('Note');
    expect(noteText({ access: 'none', reason: 'role-gone' })).toBe("the role doesn't exist");
  });

  test('are as wide as most of their texts, within limits', () => {
    const names = Array.from({ length: 100 }, (_, index) =>
      rowOf({ via: index === 0 ? 'a'.repeat(1000) : `Group ${index}`, permissionSet: 'x'.repeat(500) }),
    );
    const rows = pageRowsOf(names);
    const columns = shownColumns(rows);
    const widths = columnWidths(rows, columns);
    const widthOf = (key: string) => widths[columns.findIndex((column) => column.key === key)] ?? 0;
    expect(widthOf('via')).toBeLessThan(20);
    expect(widthOf('permissionSet')).toBeLessThanOrEqual(32);
    expect(Math.min(...widths)).toBeGreaterThanOrEqual(8);
  });
});

test('the filters are said in words on paper', () => {
  const rows = pageRowsOf([rowOf()]);
  const filters = { account: ['111122223333'], access: ['granted', 'unknown'] };
  expect(filterTexts(rows, { search: ' alice ', filters })).toEqual([
    'Search: alice',
    'Account: prod-eks (111122223333)',
    'Access: has access or unknown',
  ]);
});

test('the date on paper is that of AWS, in UTC', () => {
  expect(originText(HEAD)).toBe('as of 2026-11-20 08:30:00 UTC · aws-auth-sso 1.2.3');
  expect(originText({ ...HEAD, asOf: null })).toBe("AWS wasn't read · aws-auth-sso 1.2.3");
});
