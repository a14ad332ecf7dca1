import fc from 'fast-check';
import { expect, test } from 'vitest';
import { answersFor, type CallerAnswer } from '../../src/access/caller-answer.ts';
import type { MatchedEntry } from '../../src/access/explain-caller.ts';
import type { KubernetesIdentity } from '../../src/authenticator/resolve-caller.ts';
import { clusterAccessEntry } from '../../src/cluster/entry.ts';
import type { Authorizer } from '../../src/rbac/authorizer.ts';
import { type Asked, parseQuestion } from '../../src/rbac/question.ts';
import { authorizerOf, binding, role, rulesOf } from '../rbac/manifests.ts';
import { runs } from '../runs.ts';
import { ADMIN, accessEntry, eksCluster, policy } from './eks-cluster.ts';

const CLUSTER = eksCluster('API', [accessEntry(ADMIN.pathArn)]);
const [ENTRY] = CLUSTER.accessEntries.map((entry) => clusterAccessEntry(entry, CLUSTER));

const RULES = [
  'get,list core pods',
  'list core secrets',
  'get core configmaps settings',
  'create core pods/exec',
  'get,list core nodes',
  'get /metrics',
  'delete,deletecollection apps deployments',
  '* * *',
];
const bindings = fc.array(
  fc.record({
    rules: fc.constantFrom(...RULES),
    subject: fc.constantFrom('Group mine', 'Group other', 'User me', 'User other', 'Group system:masters'),
    namespace: fc.constantFrom(undefined, 'shop', 'team-a'),
  }),
  { maxLength: 5 },
);
const QUESTIONS = [
  'get pods',
  'watch secrets',
  'get configmaps',
  'create pods/exec',
  'list nodes',
  'get /metrics',
  'post /metrics',
  'delete deployments',
  'update widgets.example.com',
  'escalate clusterroles',
];

function answerTo(asked: Asked, identity: KubernetesIdentity, authorizer: Authorizer): CallerAnswer {
  if (!ENTRY) throw new Error('the cluster has no entry');
  const match: MatchedEntry = { entry: ENTRY, location: { file: 'f' }, identity };
  const [found] = answersFor({ matches: [match], hasAccess: true }, [asked], authorizer);
  if (!found) throw new Error('no answer');
  return found;
}

test('what comes closest would allow it: there, for that object or with that verb, or once it is granted', () => {
  fc.assert(
    fc.property(
      bindings,
      fc.subarray(['AmazonEKSViewPolicy', 'AmazonEKSSecretReaderPolicy']),
      fc.constantFrom(...QUESTIONS),
      fc.constantFrom(null, 'shop', 'team-b'),
      (all, names, text, namespace) => {
        const manifests = all.flatMap(({ rules, subject, namespace: where }, index) => [
          role(`r${index}`, rulesOf(rules)),
          binding(`b${index}`, `ClusterRole/r${index}`, [subject], where),
        ]);
        const policies = names.map((name) => policy(name, { namespaces: ['team-a'] }));
        const identity = { username: 'me', groups: ['mine'], policies };
        const authorizer = authorizerOf(...manifests, role('unbound', rulesOf('get core pods')));
        const [asked] = parseQuestion([text], namespace, authorizer).asked;
        if (!asked) throw new Error('no question');
        const { answer, nearest, admin } = answerTo(asked, identity, authorizer);
        expect(admin).toBe(null);
        if (answer !== 'no' || !nearest) return;
        const { bound, names: objects, verbs, help } = nearest;
        const { request } = asked;
        expect(`${help} ${bound.subject.name}`).not.toContain('system:masters');
        switch (nearest.nearness) {
          case 'names':
            if ('path' in request) throw new Error('paths have no names');
            for (const name of objects)
              expect(answerTo({ ...asked, request: { ...request, name } }, identity, authorizer).answer).toBe(
                'yes',
              );
            break;
          case 'namespace': {
            if ('path' in request) throw new Error('paths have no namespace');
            const elsewhere = { ...asked, request: { ...request, namespace: bound.binding.namespace } };
            expect(answerTo(elsewhere, identity, authorizer).answer).toBe('yes');
            break;
          }
          case 'verb':
            expect(verbs.length).toBeGreaterThan(0);
            for (const verb of verbs)
              expect(answerTo({ ...asked, request: { ...request, verb } }, identity, authorizer).answer).toBe(
                'yes',
              );
            break;
          case 'subject': {
            const member = { ...identity, groups: [...identity.groups, bound.subject.name] };
            expect(answerTo(asked, member, authorizer).answer).toBe('yes');
            break;
          }
          case 'role': {
            if (bound.role.kind === 'AccessPolicy') {
              const { namespace: where } = bound.binding;
              const scope = where === null ? ('cluster' as const) : { namespaces: [where] };
              const holder = { ...identity, policies: [...policies, policy(bound.role.name, scope)] };
              expect(answerTo(asked, holder, authorizer).answer).toBe('yes');
              break;
            }
            const { kind, name } = bound.role;
            const more = binding(
              'more',
              `${kind}/${name}`,
              ['Group mine'],
              bound.binding.namespace ?? undefined,
            );
            const after = authorizerOf(...manifests, role('unbound', rulesOf('get core pods')), more);
            expect(answerTo(asked, identity, after).answer).toBe('yes');
          }
        }
      },
    ),
    runs(1000),
  );
});
