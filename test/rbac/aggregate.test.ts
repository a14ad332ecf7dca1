import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aggregated } from '../../src/rbac/aggregate.ts';
import { combineRbac } from '../../src/rbac/combine.ts';
import type { WrittenRole } from '../../src/rbac/model.ts';
import { readRbacFile } from '../../src/rbac/read.ts';
import { runs } from '../runs.ts';
import { role } from './manifests.ts';

const verb = (name: string) => [{ verbs: [name], apiGroups: [''], resources: ['pods'] }];

function labelled(
  name: string,
  labels: Readonly<Record<string, string>>,
  rules = verb(name),
  more: object = {},
): string {
  return role(name, rules, undefined, { metadata: { name, labels }, ...more });
}

type Requirement = { readonly key: string; readonly operator: string; readonly values?: readonly string[] };

/** A role that takes in those with labels; its own rules are not its own. */
function aggregating(
  name: string,
  matchLabels: Readonly<Record<string, string>>,
  matchExpressions: readonly Requirement[] = [],
  labels: Readonly<Record<string, string>> = {},
): string {
  const aggregationRule = { clusterRoleSelectors: [{ matchLabels, matchExpressions }] };
  return labelled(name, labels, verb('own'), { aggregationRule });
}

/** As kubectl has got it from a cluster. */
function live(manifest: string): string {
  const object = JSON.parse(manifest);
  return JSON.stringify({ ...object, metadata: { ...object.metadata, uid: '1' } });
}

/** The verbs that a role allows, sorted. */
function verbsOf(name: string, ...manifests: readonly string[]): string[] {
  const { authorizer } = combineRbac([readRbacFile(manifests.join('\n---\n'), 'f')]);
  const found = authorizer.rbac.roles.find((one) => one.name === name);
  return [...new Set(found?.rules.flatMap(({ verbs }) => verbs))].sort();
}

describe('by label', () => {
  test('a role takes in others in place of its own rules', () => {
    expect(
      verbsOf(
        'all',
        aggregating('all', { a: '1' }),
        labelled('x', { a: '1', b: '2' }),
        labelled('y', { a: '2' }),
      ),
    ).toEqual(['x']);
  });

  test('all labels of a selector have to be there', () => {
    const roles = [labelled('x', { a: '1' }), labelled('y', { b: '2' }), labelled('z', { a: '1', b: '2' })];
    expect(verbsOf('all', aggregating('all', { a: '1', b: '2' }), ...roles)).toEqual(['z']);
  });

  test('one of several selectors is enough', () => {
    const aggregationRule = {
      clusterRoleSelectors: [{ matchLabels: { a: '1' } }, { matchLabels: { b: '2' } }],
    };
    const all = labelled('all', {}, verb('own'), { aggregationRule });
    expect(
      verbsOf('all', all, labelled('x', { a: '1' }), labelled('y', { b: '2' }), labelled('z', {})),
    ).toEqual(['x', 'y']);
  });

  test('without selectors none is taken in', () => {
    const all = labelled('all', {}, verb('own'), { aggregationRule: {} });
    expect(verbsOf('all', all, labelled('x', { a: '1' }))).toEqual([]);
  });

  test('no Role of a namespace is taken in', () => {
    const metadata = { name: 'x', namespace: 'ns', labels: { a: '1' } };
    expect(verbsOf('all', aggregating('all', { a: '1' }), role('x', verb('x'), 'ns', { metadata }))).toEqual(
      [],
    );
  });

  test.each<[string, readonly string[] | undefined, readonly string[]]>([
    ['In', ['1', '2'], ['one', 'two']],
    ['NotIn', ['1', '2'], ['none', 'three']],
    ['Exists', undefined, ['one', 'three', 'two']],
    ['DoesNotExist', undefined, ['none']],
  ])('%s', (operator, values, expected) => {
    const requirement = { key: 'a', operator, ...(values && { values }) };
    const roles = [
      labelled('one', { x: '', a: '1' }),
      labelled('two', { x: '', a: '2' }),
      labelled('three', { x: '', a: '3' }),
      labelled('none', { x: '' }),
    ];
    expect(verbsOf('all', aggregating('all', { x: '' }, [requirement]), ...roles)).toEqual(expected);
  });
});

describe('of roles that take in others', () => {
  test('all are taken in, however deep', () => {
    const manifests = [
      aggregating('top', { to: 'top' }),
      aggregating('middle', { to: 'middle' }, [], { to: 'top' }),
      labelled('bottom', { to: 'middle' }),
    ];
    expect(verbsOf('top', ...manifests)).toEqual(['bottom']);
    expect(verbsOf('top', ...manifests.toReversed())).toEqual(['bottom']);
  });

  test('and however round', () => {
    const manifests = [
      aggregating('a', { to: 'a' }, [], { to: 'b' }),
      aggregating('b', { to: 'b' }, [], { to: 'a' }),
      labelled('x', { to: 'a' }),
      labelled('y', { to: 'b' }),
    ];
    expect(verbsOf('a', ...manifests)).toEqual(['x', 'y']);
    expect(verbsOf('b', ...manifests)).toEqual(['x', 'y']);
    expect(verbsOf('self', aggregating('self', { to: 'me' }, [], { to: 'me' }))).toEqual([]);
  });
});

describe('from a server', () => {
  test('a role has the rules that are written into it', () => {
    const all = live(aggregating('all', { a: '1' }));
    expect(verbsOf('all', all, live(labelled('x', { a: '1' })))).toEqual(['own']);
  });

  test('and what manifests in Git would add', () => {
    const all = live(aggregating('all', { a: '1' }));
    expect(verbsOf('all', all, labelled('x', { a: '1' }))).toEqual(['own', 'x']);
    const middle = live(aggregating('middle', { b: '1' }, [], { a: '1' }));
    expect(verbsOf('all', all, middle, labelled('y', { b: '1' }))).toEqual(['own', 'y']);
  });

  test('into one from Git goes what is written into them', () => {
    const manifests = [aggregating('all', { a: '1' }), live(aggregating('x', { b: '1' }, [], { a: '1' }))];
    expect(verbsOf('all', ...manifests)).toEqual(['own']);
  });
});

describe('the roles that every cluster has', () => {
  const label = (into: string) => ({ [`rbac.authorization.k8s.io/aggregate-to-${into}`]: 'true' });

  test('take in those of Git', () => {
    expect(verbsOf('view', labelled('mine', label('view')))).toContain('mine');
    expect(verbsOf('edit', labelled('mine', label('view')))).toContain('mine');
    expect(verbsOf('admin', labelled('mine', label('view')))).toContain('mine');
    expect(verbsOf('view', labelled('mine', label('edit')))).not.toContain('mine');
    expect(verbsOf('edit', labelled('mine', label('edit')))).toContain('mine');
    expect(verbsOf('edit', labelled('mine', label('admin')))).not.toContain('mine');
    expect(verbsOf('cluster-admin', labelled('mine', label('admin')))).toEqual(['*']);
  });

  test('are replaced by those of the files', () => {
    expect(verbsOf('view', labelled('view', {}, verb('mine')))).toEqual(['mine']);
    expect(verbsOf('view', labelled('x', {}))).toEqual(['get', 'list', 'watch']);
    expect(verbsOf('edit', live(labelled('cluster-admin', {})))).toEqual([]);
  });
});

describe('of many roles', () => {
  /** As the rules are defined: whatever a role takes in, looked for from each role anew. */
  function namesTakenIn(role: WrittenRole, roles: readonly WrittenRole[]): string[] {
    const seen = new Set([role]);
    for (const { selectors } of seen)
      for (const other of roles)
        if (selectors?.some(({ matchLabels: [label = ['', '']] }) => other.labels.get(label[0]) === label[1]))
          seen.add(other);
    const given = [...seen].filter(({ selectors, isLive }) => (isLive ? !role.isLive : selectors === null));
    return [...new Set([...(role.isLive ? [role] : []), ...given])].map(({ name }) => name).sort();
  }

  const labels = fc.uniqueArray(fc.nat(4), { maxLength: 3 });
  const written = fc.record({ own: labels, taken: fc.option(labels), isLive: fc.boolean() });

  test('each has the rules of all that it takes in, however they take in each other', () => {
    fc.assert(
      fc.property(fc.array(written, { maxLength: 12 }), (specs) => {
        const roles = specs.map(({ own, taken, isLive }, index): WrittenRole => {
          const name = `r${index}`;
          return {
            kind: 'ClusterRole',
            name,
            namespace: null,
            location: null,
            isLive,
            labels: new Map(own.map((label) => [`l${label}`, 'x'])),
            rules: [{ verbs: [name], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: [] }],
            selectors:
              taken?.map((label) => ({ matchLabels: new Map([[`l${label}`, 'x']]), matchExpressions: [] })) ??
              null,
          };
        });
        const found = aggregated(roles).map(({ rules }) => rules.flatMap(({ verbs }) => verbs).sort());
        const expected = roles.map((role) => (role.selectors ? namesTakenIn(role, roles) : [role.name]));
        expect(found).toEqual(expected);
      }),
      runs(300),
    );
  });

  test('ten thousand that take in each other share their rules', () => {
    const all = { matchLabels: new Map([['a', '1']]), matchExpressions: [] };
    const base = { kind: 'ClusterRole', namespace: null, location: null, isLive: false } as const;
    const labels = new Map([['a', '1']]);
    const rule = (verb: string) => ({
      verbs: [verb],
      apiGroups: [''],
      resources: ['pods'],
      resourceNames: [],
      nonResourceURLs: [],
    });
    const roles = Array.from({ length: 10_000 }, (_, index): WrittenRole[] => [
      { ...base, name: `all-${index}`, labels, selectors: [all], rules: [] },
      { ...base, name: `one-${index}`, labels, selectors: null, rules: [rule(`v${index}`)] },
    ]).flat();
    const found = aggregated(roles).filter(({ name }) => name.startsWith('all-'));
    expect(new Set(found.map(({ rules }) => rules)).size).toBe(1);
    expect(found[0]?.rules.length).toBe(10_000);
  });
});
