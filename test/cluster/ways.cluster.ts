import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { combineRbac } from '../../src/rbac/combine.ts';
import { readRbacFile } from '../../src/rbac/read.ts';
import { risksOf } from '../../src/rbac/risks.ts';
import { RISKS, type Risk } from '../../src/rbac/ways-to-admin.ts';
import { rolesOf } from '../rbac/manifests.ts';
import { riskRows } from '../rbac/risk-table.ts';
import { adminToken, callApi, inParallel } from './api.ts';
import {
  ATTEMPTS,
  callerOf,
  holderOf,
  makeSurroundings,
  manifestsFor,
  ROLE,
  requireEverything,
  restoreSurroundings,
} from './attempts.ts';
import { setAwsAuth } from './control.ts';
import { PROVEN, UNPROVEN } from './proven-ways.ts';
import { API, dumpRbac, mayPerson, pathOf } from './rbac-cluster.ts';
import type { Manifest } from './rbac-sets.ts';

/** Tries each route to cluster admin with only its permissions, and also attempts that must be refused. */

let risks: ReadonlyMap<string, readonly Risk[]>;

beforeAll(async () => {
  await makeSurroundings();
  const manifests = ATTEMPTS.flatMap(({ rights }, index) => manifestsFor(holderOf(index), rights));
  await inParallel(manifests, 8, (one) => callApi('POST', pathOf(one), adminToken(), one));
  await requireKnown();
  const { authorizer } = combineRbac([readRbacFile(await dumpRbac(), 'live.yaml')]);
  risks = new Map(
    ATTEMPTS.map(({ awsAuth = 'counts' }, index) => {
      const cluster = authorizer.withAwsAuth(awsAuth);
      const roles = rolesOf(cluster, { username: holderOf(index), groups: [] });
      return [holderOf(index), risksOf(roles, cluster).map(({ risk }) => risk)];
    }),
  );
});

afterEach(restoreSurroundings);

/** Cleans up, because other files share the cluster; this also removes access gained by an attempt. */
afterAll(async () => {
  for (const kind of ['clusterrolebindings', 'clusterroles'])
    for (const name of ['administrator-1', 'administrator-2', 'platform-admins'])
      await callApi('DELETE', `${API}/${kind}/${name}`, adminToken()).catch(() => {});
});

describe.each(ATTEMPTS.map((attempt, index) => ({ ...attempt, name: holderOf(index) })))(
  '$risk: $title',
  ({ risk, run, refusal, proof = requireEverything, name }) => {
    const me = callerOf(ROLE, name);

    test(refusal ? 'is refused' : 'leads to cluster admin', async () => {
      const tried = async () => {
        const who = await run(me);
        return refusal ? proof(who) : vi.waitFor(() => proof(who), { timeout: 20_000, interval: 50 });
      };
      await (refusal ? expect(tried()).rejects.toThrow(refusal) : tried());
    });

    test(`is ${refusal ? 'not ' : ''}named`, () => {
      if (refusal) expect(risks.get(name)).not.toContain(risk);
      else expect(risks.get(name)).toContain(risk);
    });
  },
);

test('every named route is proven, or has a reason why not', () => {
  const known = Object.keys(RISKS).sort();
  expect([...PROVEN, ...Object.keys(UNPROVEN)].sort()).toEqual(known);
  const called = riskRows().flatMap(({ risk, proof }) => (proof === 'proven' ? risk : []));
  expect(called.sort()).toEqual([...PROVEN].sort());
});

test('exec with create passes authorization, then looks for the node', async () => {
  const name = 'exec-with-create';
  const rules = [{ verbs: ['create'], apiGroups: [''], resources: ['pods/exec'] }];
  for (const one of manifestsFor(name, [{ rules }])) await callApi('POST', pathOf(one), adminToken(), one);
  const path = '/api/v1/namespaces/ways-payments/pods/web/exec?command=id&container=web';
  await vi.waitFor(
    () =>
      expect(callerOf(ROLE, name).post(path, undefined)).rejects.toThrow(/: 404 .*pods \\"none\\" not found/),
    {
      timeout: 20_000,
    },
  );
});

describe('session names', () => {
  const templates = [
    {
      title: 'masters, in a group',
      entry: 'person", groups: ["system:{{SessionName}}"]',
      session: 'masters',
    },
    {
      title: 'kube-controller-manager, in a username',
      entry: 'system:{{SessionName}}", groups: []',
      session: 'kube-controller-manager',
    },
  ];
  test.each(templates)('$title', async ({ entry, session }) => {
    const rolearn = 'arn:aws:iam::111122223333:role/template';
    await setAwsAuth({ mapRoles: `- {rolearn: "${rolearn}", username: "${entry}}\n` });
    const who = callerOf(rolearn, session);
    await vi.waitFor(
      async () => {
        await who.get('/api/v1/secrets');
        await requireEverything(session === 'masters' ? who : await who.tokenFor('ways-payments', 'argocd'));
      },
      { timeout: 20_000, interval: 100 },
    );
  });
});

/** The last object of each kind: once the API server knows it, it knows all earlier ones. */
async function requireKnown(): Promise<void> {
  const rules = [{ verbs: ['get'], apiGroups: [''], resources: ['last'] }];
  const person = { username: 'last-way', groups: [] };
  const request = { verb: 'get', apiGroup: '', resource: 'last', subresource: null, name: null };
  const manifests: readonly Manifest[] = [
    ...manifestsFor('last-way', [{ rules: [{ ...rules[0], resources: ['last-everywhere'] }] }]),
    ...manifestsFor('last-way', [
      { rules: [{ ...rules[0], resources: ['last-here'] }], namespace: 'ways-empty' },
    ]),
  ];
  for (const one of manifests) await callApi('POST', pathOf(one), adminToken(), one);
  await vi.waitFor(
    async () => {
      for (const resource of ['last-everywhere', 'last-here'])
        expect(await mayPerson(person, { ...request, resource, namespace: 'ways-empty' })).toBe(true);
    },
    { timeout: 20_000, interval: 50 },
  );
}
