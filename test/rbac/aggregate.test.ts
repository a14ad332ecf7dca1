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

/** A role that takes in those with labels, in place of its own rules. */
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

  test('a role keeps its own rules where there are none to take in', () => {
    const selectsNothing = aggregating('all', { a: '2' });
    expect(verbsOf('all', selectsNothing, labelled('x', { a: '1' }))).toEqual(['own']);
    const selectsEmpty = [aggregating('all', { a: '1' }), labelled('x', { a: '1' }, [])];
    expect(verbsOf('all', ...selectsEmpty)).toEqual(['own']);
  });

  test('no Role of a namespace is taken in', () => {
    const metadata = { name: 'x', namespace: 'ns', labels: { a: '1' } };
    expect(verbsOf('all', aggregating('all', { a: '1' }), role('x', verb('x'), 'ns', { metadata }))).toEqual([
      'own',
    ]);
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
    // Whose own rules are left depends on the order in which the controller comes to them; both have the same here.
    expect(verbsOf('a', ...manifests)).toEqual(['own', 'x', 'y']);
    expect(verbsOf('b', ...manifests)).toEqual(['own', 'x', 'y']);
    expect(verbsOf('self', aggregating('self', { to: 'me' }, [], { to: 'me' }))).toEqual(['own']);
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

  test('of a whole cluster, the rules of a role that changes go', () => {
    const dump = [
      live(labelled('cluster-admin', {})),
      live(aggregating('all', { a: '1' }, [], { to: 'top' })),
      live(labelled('x', { a: '1' })),
      live(aggregating('top', { to: 'top' })),
      live(aggregating('alone', { b: '1' })),
    ];
    const of = (...changes: readonly string[]) =>
      ['all', 'top', 'alone'].map((name) => verbsOf(name, ...dump, ...changes));
    expect(of()).toEqual([['own'], ['own'], ['own']]);
    expect(of(labelled('x', { a: '1' }, verb('y')))).toEqual([['y'], ['y'], ['own']]);
    expect(of(labelled('x', { a: '2' }))).toEqual([[], [], ['own']]);
    expect(of(labelled('z', { b: '1' }, []))).toEqual([['own'], ['own'], ['own']]);
    expect(of(labelled('z', { b: '1' }))).toEqual([['own'], ['own'], ['z']]);
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
    expect(verbsOf('cluster-admin', labelled('cluster-admin', {}, verb('mine')))).toEqual(['mine']);
    expect(verbsOf('view', live(labelled('view', {}, verb('mine'))))).toEqual(['mine']);
    expect(verbsOf('view', labelled('x', {}))).toEqual(['get', 'list', 'watch']);
    expect(verbsOf('edit', live(labelled('cluster-admin', {})))).toEqual([]);
  });
});

describe('a manifest that says nothing of rules', () => {
  const label = { 'rbac.authorization.k8s.io/aggregate-to-mine': 'true' };
  const labels = (name: string, more: object = {}) =>
    JSON.stringify({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name, labels: label, ...more },
    });

  test('leaves those that every cluster has', () => {
    expect(verbsOf('view', labels('view'))).toEqual(['get', 'list', 'watch']);
    expect(
      verbsOf(
        'view',
        labels('view'),
        labelled('x', { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' }),
      ),
    ).toContain('x');
    expect(verbsOf('system:basic-user', labels('system:basic-user'))).toEqual(['create']);
    expect(verbsOf('mine', labels('view'), aggregating('mine', label))).toEqual(['get', 'list', 'watch']);
  });

  test('leaves those of the server, unless kubectl apply wrote them', () => {
    const role = labelled('x', {}, verb('old'));
    expect(verbsOf('x', live(role), labels('x'))).toEqual(['old']);
    const lastApplied = JSON.stringify({ metadata: { labels: { old: '' } }, rules: [] });
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': lastApplied };
    const applied = labelled('x', {}, verb('old'), { metadata: { name: 'x', uid: '1', annotations } });
    expect(verbsOf('x', applied, labels('x'))).toEqual([]);
    expect(verbsOf('x', role, labels('x'))).toEqual([]);
    // What it did not write stays, however often it is applied.
    const empty = { 'kubectl.kubernetes.io/last-applied-configuration': '{"metadata":{"labels":null}}' };
    const kept = labelled('x', {}, verb('old'), { metadata: { name: 'x', uid: '1', annotations: empty } });
    expect(verbsOf('x', kept, labels('x'), labels('x'))).toEqual(['old']);
    expect(verbsOf('x', live(role), labels('x'), labels('x'))).toEqual(['old']);
    expect(verbsOf('x', labels('x'), role, labels('x'))).toEqual([]);
  });
});

describe('of many roles', () => {
  const labels = fc.uniqueArray(fc.nat(4), { maxLength: 3 });
  const written = fc.record({ own: labels, taken: fc.option(labels), hasRules: fc.boolean() });
  const base = {
    kind: 'ClusterRole',
    namespace: null,
    location: null,
    isLive: false,
    applied: { rules: true, aggregationRule: true, labels: new Set<string>() },
  } as const;
  const ruleOf = (verb: string) => ({
    verbs: [verb],
    apiGroups: [''],
    resources: ['pods'],
    resourceNames: [],
    nonResourceURLs: [],
  });

  /** The roles that a role takes in, by one label of each. */
  function selectedBy({ name, selectors }: WrittenRole, roles: readonly WrittenRole[]): WrittenRole[] {
    return roles.filter(
      (other) =>
        other.name !== name &&
        selectors?.some(({ matchLabels: [label = ['', '']] }) => other.labels.get(label[0]) === label[1]),
    );
  }

  /** As the controller does it: role by role, until nothing changes. Answers the verbs of each. */
  function controlled(roles: readonly WrittenRole[]): string[][] {
    const rules = new Map(roles.map((one) => [one.name, new Set(one.rules.flatMap(({ verbs }) => verbs))]));
    const rulesOf = ({ name }: WrittenRole) => rules.get(name) ?? new Set<string>();
    for (let isChanged = true; isChanged; ) {
      isChanged = false;
      for (const role of roles.filter(({ selectors }) => selectors)) {
        const taken = new Set(selectedBy(role, roles).flatMap((one) => [...rulesOf(one)]));
        const before = rulesOf(role);
        const isSame = taken.size === before.size && [...taken].every((one) => before.has(one));
        if (taken.size === 0 || isSame) continue;
        rules.set(role.name, taken);
        isChanged = true;
      }
    }
    return roles.map((role) => [...rulesOf(role)].sort());
  }

  /** Whether a role is among those that it takes in, however deep. */
  function isInCircle(role: WrittenRole, roles: readonly WrittenRole[]): boolean {
    const seen = new Set(selectedBy(role, roles));
    for (const one of seen) for (const next of selectedBy(one, roles)) seen.add(next);
    return seen.has(role);
  }

  test('each has the rules that the controller writes', () => {
    fc.assert(
      fc.property(fc.array(written, { maxLength: 12 }), (specs) => {
        const roles = specs.map(({ own, taken, hasRules }, index): WrittenRole => {
          const name = `r${index}`;
          const selectors = taken?.map((label) => {
            return { matchLabels: new Map([[`l${label}`, 'x']]), matchExpressions: [] };
          });
          return {
            ...base,
            name,
            labels: new Map(own.map((label) => [`l${label}`, 'x'])),
            // Of roles that take in each other, it depends on the order which of their own rules are left.
            rules: hasRules && (!selectors || index < 3) ? [ruleOf(name)] : [],
            selectors: selectors ?? null,
          };
        });
        // What they replace may have come into a circle before, and stays there.
        const replacesRules = roles.some((role) => role.selectors && role.rules.length > 0);
        fc.pre(!replacesRules || !roles.some((role) => isInCircle(role, roles)));
        const found = aggregated(roles, true).map(({ rules }) => {
          return [...new Set(rules.flatMap(({ verbs }) => verbs))].sort();
        });
        expect(found).toEqual(controlled(roles));
      }),
      runs(300),
    );
  });

  test('ten thousand that take in each other share their rules', () => {
    const all = { matchLabels: new Map([['a', '1']]), matchExpressions: [] };
    const labels = new Map([['a', '1']]);
    const roles = Array.from({ length: 10_000 }, (_, index): WrittenRole[] => [
      { ...base, name: `all-${index}`, labels, selectors: [all], rules: [] },
      { ...base, name: `one-${index}`, labels, selectors: null, rules: [ruleOf(`v${index}`)] },
    ]).flat();
    const found = aggregated(roles, true).filter(({ name }) => name.startsWith('all-'));
    expect(new Set(found.map(({ rules }) => rules)).size).toBe(1);
    expect(found[0]?.rules.length).toBe(10_000);
  });
});
