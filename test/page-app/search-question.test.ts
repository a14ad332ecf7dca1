import { expect, test } from 'vitest';
import { questionOf } from '../../src/page/app/permissions/search-question.ts';

test.each([
  ['secrets in payments', 'get,list,watch secrets', 'payments'],
  ['Secrets', 'get,list,watch secrets', ''],
  ['passwords in the payments namespace', 'get,list,watch secrets', 'payments'],
  ['who can read secrets in payments', 'get,list,watch secrets', 'payments'],
  ['Who can read the secrets in namespace team-a?', 'get,list,watch secrets', 'team-a'],
  ['who has access to secrets', 'get,list,watch secrets', ''],
  ['read secrets', 'get,list,watch secrets', ''],
  ['get,list secrets', 'get,list secrets', ''],
  ['delete pods', 'delete pods', ''],
  ['remove everything in prod', 'delete,deletecollection *.*', 'prod'],
  ['exec in prod', 'create pods/exec', 'prod'],
  ['who can exec into pods', 'create pods/exec', ''],
  ['run commands in pods', 'create pods/exec', ''],
  ['scale deployments', 'update,patch deployments/scale', ''],
  ['read logs in shop', 'get pods/log', 'shop'],
  ['change permissions', expect.stringContaining('rolebindings'), ''],
  ['who can do anything', '* *.*', ''],
  ['do everything in kube-system', '* *.*', 'kube-system'],
  ['create config maps', 'create configmaps', ''],
  ['impersonate users', 'impersonate users', ''],
])('"%s" reads like a question', (text, can, namespace) => {
  expect(questionOf(text)).toEqual({ can, namespace });
});

test.each([
  'reader',
  'payments-team',
  'alice@example.com',
  'secret-reader',
  'payments',
  'prod',
  'admin',
  'view',
  'list',
  'exec',
  'run',
  'po',
  'node',
  'view in payments',
  'reader in payments',
  'users in prod',
  'list groups',
  'signers in prod',
  'list uids',
  'get userextras',
  'who can read',
  'who can fly',
  'constructor',
  '__proto__ in prod',
  'read constructor',
  'get secrets of all people',
  '',
  ' ',
])('"%s" does not read like a question', (text) => {
  expect(questionOf(text)).toBeNull();
});
