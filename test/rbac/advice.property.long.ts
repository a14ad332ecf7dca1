import fc from 'fast-check';
import { expect, test } from 'vitest';
import { indentLines } from '../../src/aws-auth/block-scalar.ts';
import { readWithProblems } from '../../src/aws-auth/document.ts';
import { checkDocument } from '../../src/check/check.ts';
import { callerRights } from '../../src/explain/caller-rights.ts';
import type { Authorizer } from '../../src/rbac/authorizer.ts';
import { boundRoleText } from '../../src/rbac/model.ts';
import { risksOf } from '../../src/rbac/risks.ts';
import { runs } from '../runs.ts';
import { authorizerOf, binding, type Names, role } from './manifests.ts';

/**
 * Advice about bindings from explain, check and who, carried out manually, grants what it claims, grants nobody else
 * anything, and never makes anyone cluster admin silently.
 */

const GROUPS = [
  'devs',
  'dev',
  'viewers',
  "it's",
  'oidc:ops',
  'edit',
  'cluster-admin',
  'own-role',
  'system:master',
  'none',
];
const USERS = ['ann', 'sso:erin-example.com', 'ops', 'view'];
const ROLES = ['view', 'edit', 'cluster-admin', 'own-role', 'empty', 'gone', 'vieww'];
const SUBJECTS = [
  'Group developers',
  'Group ops',
  'Group devs',
  'User devs',
  'User ops',
  'Group ann',
  'User sso:erin@example.com',
  'Group it',
  'Group viewer',
];

const core = (verbs: readonly string[], resources: readonly string[]): Names => ({
  verbs,
  resources,
  apiGroups: [''],
});
const manifests = fc.record({
  own: fc.constantFrom<readonly Names[]>(
    [],
    [core(['get'], ['pods'])],
    [core(['get', 'list'], ['secrets'])],
    [{ verbs: ['*'], resources: ['*'], apiGroups: ['*'] }],
  ),
  view: fc.constantFrom<readonly Names[] | null>(
    null,
    [],
    [core(['list'], ['secrets'])],
    [core(['get'], ['pods'])],
  ),
  bindings: fc.array(
    fc.record({
      name: fc.constantFrom('b', 'devs-view', 'c', 'ann-view'),
      role: fc.constantFrom(...ROLES),
      subjects: fc.subarray(SUBJECTS),
      namespace: fc.constantFrom(undefined, undefined, 'payments', 'kube-system'),
    }),
    { maxLength: 4 },
  ),
});
type Manifests = typeof manifests extends fc.Arbitrary<infer Value> ? Value : never;

function textsOf({ own, view, bindings }: Manifests): string[] {
  return [
    role('own-role', own),
    role('empty', []),
    ...(view ? [role('view', view)] : []),
    ...bindings.map((one, index) =>
      binding(
        `${one.name}${index === 0 ? '' : index}`,
        `ClusterRole/${one.role}`,
        one.subjects,
        one.namespace,
      ),
    ),
  ];
}

interface Person {
  readonly username: string;
  readonly groups: readonly string[];
}

const people: fc.Arbitrary<Person> = fc.oneof(
  fc.record({ username: fc.constant('x'), groups: fc.subarray(GROUPS, { minLength: 1, maxLength: 2 }) }),
  fc.record({ username: fc.constantFrom(...USERS, 'sso:{{SessionName}}'), groups: fc.constant([]) }),
);

/** The grants of bindings, each with its place. */
function rolesOf(authorizer: Authorizer, { username, groups }: Person): string[] {
  const { own, possible } = authorizer.rightsOf({ username, groups });
  return [...own, ...possible()].map(boundRoleText).sort();
}

function risksOfPerson(authorizer: Authorizer, { username, groups }: Person): string[] {
  const { own, possible, isMaster } = authorizer.rightsOf({ username, groups });
  return [
    ...(isMaster ? ['cluster admin'] : []),
    ...risksOf([...own, ...possible()], authorizer).map(({ text }) => text),
  ];
}

/** Everyone who is named anywhere, individually. */
const PROBES: readonly Person[] = [
  ...[...GROUPS, ...SUBJECTS.flatMap((one) => (one.startsWith('Group ') ? one.slice(6) : []))].map(
    (group) => ({
      username: 'nobody',
      groups: [group],
    }),
  ),
  ...[...USERS, ...SUBJECTS.flatMap((one) => (one.startsWith('User ') ? one.slice(5) : []))].map(
    (username) => ({
      username,
      groups: [],
    }),
  ),
];

const COMMAND = /`(kubectl create (?:cluster)?rolebinding [^`]+)`/;
const PLACEHOLDERS: Readonly<Record<string, string>> = {
  NAME: 'made-by-hand',
  NAMESPACE: 'payments',
  ROLE: 'view',
};

/** The words of a command as a shell splits them. Advice only uses single quotes, and a backslash before one. */
function shellWords(command: string): string[] {
  return [...command.matchAll(/(?:'[^']*'|\\'|[^\s'\\])+/g)].map(([word]) =>
    word.replaceAll(/'([^']*)'|\\(')/g, (_, quotedText = '', escaped = '') => quotedText + escaped),
  );
}

interface Step {
  readonly manifest: string;
  readonly person: Person;
  readonly gains: string;
}

/**
 * The objects that a command creates, and who has which permissions from them; GROUP is a group that the entry then
 * gets.
 */
function commandStep(command: string, { username, groups }: Person): Step {
  const words = shellWords(command).map((word) => PLACEHOLDERS[word] ?? word);
  const [, , kind = '', name = ''] = words;
  const option = (flag: string) => {
    const found = words.find((word) => word.startsWith(`--${flag}=`))?.slice(flag.length + 3);
    return found && (PLACEHOLDERS[found] ?? found);
  };
  const [clusterRole = '', group, user] = [option('clusterrole'), option('group'), option('user')];
  const namespace = words.includes('-n') ? words.at(-1) : undefined;
  expect([kind, namespace === undefined]).toEqual([kind, kind === 'clusterrolebinding']);
  const isPlaceholder = group === 'GROUP';
  const subject = user === undefined ? `Group ${isPlaceholder ? 'my-group' : group}` : `User ${user}`;
  if (!isPlaceholder) expect(user === undefined ? groups : [username]).toContain(user ?? group);
  return {
    manifest: binding(name, `ClusterRole/${clusterRole}`, [subject], namespace),
    person: { username, groups: isPlaceholder ? ['my-group'] : groups },
    gains: `ClusterRole/${clusterRole} ${namespace === undefined ? 'cluster-wide' : `in ${namespace}`}`,
  };
}

/** True if one of the probes is the target of the step. */
function isFor(probe: Person, person: Person): boolean {
  return probe.username === person.username || probe.groups.some((group) => person.groups.includes(group));
}

function checkCommand(help: string, person: Person, texts: readonly string[]): void {
  const command = COMMAND.exec(help)?.[1];
  if (command === undefined) return;
  const before = authorizerOf(...texts);
  const step = commandStep(command, person);
  const name = JSON.parse(step.manifest).metadata.name;
  expect(
    before.rbac.bindings.map((one) => one.name),
    'a free name',
  ).not.toContain(name);
  const after = authorizerOf(...texts, step.manifest);
  // A placeholder is a role that the reader chooses.
  if (!command.includes('=ROLE')) expect(rolesOf(after, step.person), help).toContain(step.gains);
  for (const probe of PROBES)
    if (!isFor(probe, step.person)) expect(rolesOf(after, probe), help).toEqual(rolesOf(before, probe));
  if (command.includes('=ROLE')) return;
  const risks = risksOfPerson(after, step.person).filter(
    (risk) => !risksOfPerson(before, person).includes(risk),
  );
  expect(risks, `${help} makes an administrator`).toEqual([]);
}

/** `Did you mean "a" (cluster admin) or "b"?` for a group or user. */
function checkNames(help: string, kind: 'groups' | 'username', texts: readonly string[]): void {
  // A name suggested for a missing role is another role's.
  if (help.includes('Create the role')) return;
  const meant = /^(?:"[^"]*": )?Did you mean (.*?)\?/m.exec(help)?.[1] ?? '';
  const authorizer = authorizerOf(...texts);
  for (const [, name = '', said = ''] of meant.matchAll(/"([^"]*)"( \([^)]*\))?/g)) {
    const person = kind === 'groups' ? { username: 'x', groups: [name] } : { username: name, groups: [] };
    const risks = risksOfPerson(authorizer, person);
    expect(said, help).toBe(risks.length === 0 ? '' : ` (${risks.join(', ')})`);
  }
}

/** `Kind NAME … add a subject of kind: K there`, or `add the user "U" to the subjects of the binding`. */
function checkSubject(help: string, { username, groups }: Person, manifestsOf: Manifests): void {
  const place = /(?:Cluster)?RoleBinding (?:[a-z-]+\/)?(\S+) at /.exec(help)?.[1];
  const kind = /add a subject of kind: (Group|User) there(, which gives .*)?\./.exec(help);
  const user = /add the user "([^"]*)" to the subjects of the binding/.exec(help)?.[1];
  if (place === undefined || (!kind && user === undefined)) return;
  const added = manifestsOf.bindings.map((one, index) => {
    if (`${one.name}${index === 0 ? '' : index}` !== place) return one;
    const subject =
      user === undefined ? `${kind?.[1]} ${kind?.[1] === 'Group' ? groups[0] : username}` : `User ${user}`;
    return { ...one, subjects: [...one.subjects, subject] };
  });
  const [before, after] = [textsOf(manifestsOf), textsOf({ ...manifestsOf, bindings: added })].map((texts) =>
    authorizerOf(...texts),
  );
  if (!before || !after) throw new Error('no authorizers');
  const one = user === undefined ? { username, groups } : { username: user, groups: [] };
  const gained = risksOfPerson(after, one).filter((risk) => !risksOfPerson(before, one).includes(risk));
  if (gained.length > 0) expect(help).toContain(`admin-equivalent permissions (${gained.join(', ')})`);
  for (const probe of PROBES) {
    const [had, has] = [before, after].map((one) => rolesOf(one, probe));
    for (const text of had ?? []) expect(has, help).toContain(text);
  }
}

const worlds = fc.tuple(manifests, people);

function helpsOf(person: Person, authorizer: Authorizer): string[] {
  const { notes } = callerRights(person, 'mapRoles', authorizer);
  const entry = JSON.stringify({ rolearn: 'arn:aws:iam::111122223333:role/x', ...person });
  const source = `metadata: {name: aws-auth}\ndata:\n  mapRoles: |\n${indentLines(`- ${entry}\n`, 4)}`;
  const found = checkDocument(readWithProblems(source, 'f'), { cluster: { rbac: authorizer } });
  return [...notes.flatMap(({ help }) => help ?? []), ...found.map(({ help }) => help)].flatMap((help) =>
    help.split('\n'),
  );
}

test('advice about bindings grants what it claims, to nobody else, and makes nobody cluster admin silently', () => {
  const seen = { commands: 0, names: 0, subjects: 0 };
  fc.assert(
    fc.property(worlds, ([written, person]) => {
      const texts = textsOf(written);
      for (const help of helpsOf(person, authorizerOf(...texts))) {
        seen.commands += Number(COMMAND.test(help));
        seen.names += Number(help.includes('Did you mean'));
        seen.subjects += Number(/add (?:a subject|the user)/.test(help));
        expect(help).not.toContain('system:masters');
        // The subject of a line comes before it.
        const about = /^"([^"]*)": /.exec(help)?.[1];
        const one = about === undefined ? person : { ...person, groups: [about] };
        if (!help.includes('GROUP`') && !help.includes('USER`')) checkCommand(help, one, texts);
        checkNames(help, person.groups.length > 0 ? 'groups' : 'username', texts);
        checkSubject(help, one, written);
      }
    }),
    runs(100),
  );
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(3);
});

test.each(['view', 'edit', 'cluster-admin'])(
  'a group named %s is bound in a namespace, and a wider binding is described',
  (name) => {
    const authorizer = authorizerOf(binding('other', 'ClusterRole/view', ['Group x']));
    const [help = ''] = helpsOf({ username: 'x', groups: [name] }, authorizer);
    const command = COMMAND.exec(help)?.[1] ?? '';
    const step = commandStep(command, { username: 'x', groups: [name] });
    const after = authorizerOf(binding('other', 'ClusterRole/view', ['Group x']), step.manifest);
    expect(rolesOf(after, step.person)).toEqual([`ClusterRole/${name} in payments`]);
    expect(risksOfPerson(after, step.person)).toEqual([]);
    const wide = authorizerOf(binding('wide', `ClusterRole/${name}`, ['Group my-group']));
    for (const risk of risksOfPerson(wide, step.person))
      expect(help).toContain(risk === 'cluster admin' ? 'would allow everything in the cluster' : risk);
  },
);
