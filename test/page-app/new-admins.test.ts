import { expect, test } from 'vitest';
import { newAdmins } from '../../src/page/app/since.ts';
import { RISKS, type Risk } from '../../src/rbac/ways-to-admin.ts';
import type { WhoRow } from '../../src/who/rows.ts';
import type { RowChange } from '../../src/who/since/compare-rows.ts';
import { entryOf, HEAD, pageRowsOf, rowOf } from './made-rows.ts';

const NEW: RowChange = { kind: 'new', before: [] };
const GONE: RowChange = { kind: 'gone', before: [] };

/** A row of Ada's with routes by their codes, through a role. */
function adas(risks: readonly Risk[], parts: Partial<WhoRow> = {}): WhoRow {
  const principal = { type: 'USER', id: 'u-ada', name: 'ada' } as const;
  const routes = risks.map((risk) => ({ risk, text: RISKS[risk], through: 'ClusterRole/ops cluster-wide' }));
  return rowOf({ principal, routes, knowsBindings: true, ...parts }, entryOf({ groups: ['ops'] }));
}

/** @param rows the last ones with change GONE are the earlier run's */
function became(rows: readonly (readonly [WhoRow, RowChange | null])[]): string | undefined {
  const earlierRows = rows.filter(([, change]) => change === GONE).length;
  const head = { since: { file: 'old.json', asOf: null, notes: [], earlierRows } };
  const found = newAdmins(
    pageRowsOf(
      // An earlier row has no entry of this run.
      rows.map(([row, change]) => (change === GONE ? { ...row, way: null } : row)),
      head,
      rows.map(([, change]) => change),
    ),
  );
  return found.get('USER/ada');
}

function changed(field: RowChange['before'][number]['field'], was: string, now: string): RowChange {
  return { kind: 'changed', before: [{ field, was, now }] };
}

test('someone with a new row of a cluster admin became one', () => {
  expect(became([[adas(['cluster-admin']), NEW]])).toBe('admin');
  expect(became([[adas(['read-secrets']), NEW]])).toBe('route');
  expect(became([[adas([]), NEW]])).toBeUndefined();
});

test('nobody became what they were by another entry', () => {
  expect(
    became([
      [adas(['cluster-admin']), NEW],
      [adas(['cluster-admin']), null],
    ]),
  ).toBeUndefined();
  expect(
    became([
      [adas(['cluster-admin']), NEW],
      [adas(['cluster-admin']), GONE],
    ]),
  ).toBeUndefined();
  expect(
    became([
      [adas(['cluster-admin']), NEW],
      [adas(['read-secrets']), GONE],
    ]),
  ).toBe('admin');
});

test('someone became cluster admin of one cluster who is one of another', () => {
  const elsewhere = { cluster: 'dev', clusterArn: HEAD.clusters[0].arn.replace('prod', 'dev') };
  expect(
    became([
      [adas(['cluster-admin'], elsewhere), null],
      [adas(['cluster-admin']), NEW],
    ]),
  ).toBe('admin');
});

test('changed routes say what someone could do before', () => {
  const now = adas(['cluster-admin']);
  expect(became([[now, changed('risks', 'reads all secrets', 'cluster admin')]])).toBe('admin');
  expect(became([[now, changed('risks', 'cluster admin, may bind roles', 'cluster admin')]])).toBeUndefined();
  expect(became([[adas(['bind']), changed('risks', 'none', 'may bind roles')]])).toBe('route');
  // Everyone had that one.
  expect(became([[adas(['bind']), changed('risks', 'everyone: may bind roles', 'may bind roles')]])).toBe(
    'route',
  );
  expect(became([[adas(['bind']), changed('username', 'a', 'b')]])).toBeUndefined();
});

test('without bindings, the Kubernetes groups say who was cluster admin', () => {
  const masters = (change: RowChange) => {
    const principal = { type: 'USER', id: 'u-ada', name: 'ada' } as const;
    return became([[rowOf({ principal }), change]]);
  };
  expect(masters(changed('groups', 'viewers', 'system:masters'))).toBe('admin');
  expect(masters(changed('groups', 'viewers, system:masters', 'system:masters'))).toBeUndefined();
  expect(masters(changed('username', 'a', 'b'))).toBeUndefined();
});

test('a row without access neither was nor is a route', () => {
  const none = adas([], { access: 'none', reason: 'unassigned' });
  const nowNone: RowChange = {
    kind: 'gone',
    before: [{ field: 'access', was: 'has access', now: 'no access' }],
  };
  expect(became([[none, nowNone]])).toBeUndefined();
  expect(
    became([
      [none, changed('groups', 'system:masters', 'viewers')],
      [adas(['cluster-admin']), NEW],
    ]),
  ).toBe('admin');
});
