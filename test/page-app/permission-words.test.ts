import { expect, test } from 'vitest';
import { PRESETS, questionWords } from '../../src/page/app/permissions/presets.ts';
import { sensitiveTexts, verbWords } from '../../src/page/app/permissions/rights-table.ts';
import { questionsIn } from '../../src/page/app/permissions/who-can-answer.ts';
import { Authorizer } from '../../src/rbac/authorizer.ts';
import { parseQuestion } from '../../src/rbac/question.ts';

test.each([
  [['get', 'list', 'watch'], 'read'],
  [['get', 'patch', 'update'], 'read, change'],
  [['create', 'delete'], 'create, delete'],
  [['*'], 'do everything'],
  [['use'], ''],
])('the verbs %j are %j in plain words', (verbs, words) => {
  expect(verbWords(verbs)).toBe(words);
});

test.each([
  [['secrets'], ['get'], ['reads secrets']],
  [['configmaps', 'secrets'], ['list'], ['reads secrets']],
  [['secrets'], ['create'], []],
  [['*'], ['get'], ['reads secrets', 'runs commands in containers']],
  [['*.*'], ['*'], ['everything']],
  [['*.apps'], ['*'], []],
  [['secrets.example.com'], ['get'], []],
  [['pods/exec'], ['create'], ['runs commands in containers']],
  [['*/exec'], ['create'], ['runs commands in containers']],
  [['pods'], ['create'], []],
  [['rolebindings.rbac.authorization.k8s.io'], ['create'], ['changes permissions']],
  [['rolebindings.rbac.authorization.k8s.io'], ['get'], []],
  [['clusterroles.*'], ['bind'], ['changes permissions']],
  [['users'], ['impersonate'], ['acts as others']],
  [['serviceaccounts/token'], ['create'], ['gets tokens of applications']],
])('the resources %j with the verbs %j are marked %j', (resources, verbs, texts) => {
  expect(sensitiveTexts({ resources, verbs })).toEqual(texts);
});

test('each common question is one that Kubernetes knows', () => {
  const authorizer = new Authorizer({ roles: [], bindings: [] });
  for (const { can } of PRESETS)
    expect(parseQuestion(questionsIn(can), null, authorizer).findings, can).toEqual([]);
});

test('a question reads as the end of a sentence', () => {
  expect(questionWords('get,list,watch secrets', ['get secrets'])).toBe('read secrets');
  expect(partsText(['get pods', 'list pods', 'watch pods'])).toBe('get, list or watch pods');
  expect(partsText(['get pods', 'create pods/exec'])).toBe('get pods, or create pods/exec');
});

test('semicolons separate questions', () => {
  expect(questionsIn(' get pods ;; list secrets;')).toEqual(['get pods', 'list secrets']);
});
