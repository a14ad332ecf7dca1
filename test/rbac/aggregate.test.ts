import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aggregated } from '../../src/rbac/aggregate.ts';
import type { WrittenRole } from '../../src/rbac/model.ts';
import { runs } from '../runs.ts';

// Aggregation by label and source is covered in test/golden/rbac/aggregates-roles-by-label.txtar.
describe('with many roles', () => {
  const labels = fc.uniqueArray(fc.nat(4), { maxLength: 3 });
  const written = fc.record({ own: labels, taken: fc.option(labels), hasRules: fc.boolean() });
  const base = {
    kind: 'ClusterRole',
    namespace: null,
    location: null,
    isLive: false,
    lacksNamespace: false,
    statesRules: true,
    unknownFields: [],
  } as const;
  const ruleOf = (verb: string) => ({
    verbs: [verb],
    apiGroups: [''],
    resources: ['pods'],
    resourceNames: [],
    nonResourceURLs: [],
  });

  /** The roles that a role aggregates, by one label each. */
  function selectedBy({ name, selectors }: WrittenRole, roles: readonly WrittenRole[]): WrittenRole[] {
    return roles.filter(
      (other) =>
        other.name !== name &&
        selectors?.some(({ matchLabels: [label = ['', '']] }) => other.labels.get(label[0]) === label[1]),
    );
  }

  /** Like the controller: role by role, until nothing changes. Returns the verbs of each. */
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

  /** The roles that a role aggregates, transitively. */
  function takenInBy(role: WrittenRole, roles: readonly WrittenRole[]): ReadonlySet<WrittenRole> {
    const seen = new Set(selectedBy(role, roles));
    for (const one of seen) for (const next of selectedBy(one, roles)) seen.add(next);
    return seen;
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
            // If roles aggregate each other, the order determines which of the others' own rules remain.
            rules: hasRules && (!selectors || index < 3) ? [ruleOf(name)] : [],
            selectors: selectors ?? null,
          };
        });
        const isOfOrder = roles.some((role) => {
          const taken = takenInBy(role, roles);
          const hasOwn = (one: WrittenRole) => one.selectors !== null && one.rules.length > 0;
          return taken.has(role) && [role, ...taken].some(hasOwn);
        });
        fc.pre(!isOfOrder);
        const found = aggregated(roles).map(({ rules }) => {
          return [...new Set(rules.flatMap(({ verbs }) => verbs))].sort();
        });
        expect(found).toEqual(controlled(roles));
      }),
      runs(300),
    );
  });
});
