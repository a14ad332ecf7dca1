import { expect, test } from 'vitest';
import { meantField, meantMapKey } from '../src/map-entry.ts';

const ofRole = (key: string) => meantField(key, ['rolearn', 'username', 'groups']);
const ofUser = (key: string) => meantField(key, ['userarn', 'username', 'groups']);

test.each([
  ['rolearn', ['role', 'arn', 'rol_arn', 'roleARNs', 'rollearn', 'rolearn12', 'iam-role', 'Principal ARN']],
  ['username', ['usrname', 'user_names', 'k8sUserName', 'username1']],
  ['groups', ['group', 'grps', 'K8S_groups', 'Kubernetes-Groups', 'userGroups']],
])('in mapRoles, each of these must mean %s', (field, keys) => {
  expect(keys.map((key) => [key, ofRole(key)])).toEqual(keys.map((key) => [key, field]));
});

test.each(['use', 'user', 'gr', 'gro', 'rolearn123', 'note', 'description', '***'])(
  'in an entry, %s has no known meaning',
  (key) => {
    expect([ofRole(key), ofUser(key)]).toEqual([undefined, undefined]);
  },
);

test.each([
  ['arn', 'userarn'],
  ['principalArn', 'userarn'],
  ['role', undefined],
  ['usrname', 'username'],
])('in mapUsers, %s means %s', (key, field) => {
  expect(ofUser(key)).toBe(field);
});

test.each([
  ['maproles', 'mapRoles'],
  ['MAP-ROLES', 'mapRoles'],
  ['mapRoles12', 'mapRoles'],
  ['mapUser', 'mapUsers'],
  ['map_account', 'mapAccounts'],
  ['mapRoles123', undefined],
  ['kubeconfig', undefined],
])('in data, %s means %s', (key, meant) => {
  expect(meantMapKey(key)).toBe(meant);
});
