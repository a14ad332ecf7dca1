import { expect, test } from 'vitest';
import { questionsIn } from '../../src/page/app/permissions/who-can-answer.ts';
import { PRESETS, questionWords, verbWords } from '../../src/page/app/permissions/words.ts';
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

test('each common question is one that Kubernetes knows', () => {
  const authorizer = new Authorizer({ roles: [], bindings: [] });
  for (const { can } of PRESETS)
    expect(parseQuestion(questionsIn(can), null, authorizer).findings, can).toEqual([]);
});

test('a question reads as the end of a sentence', () => {
  expect(questionWords('get,list,watch secrets', ['get secrets'])).toBe('read secrets');
  expect(questionWords('get,list pods', ['get pods', 'list pods'])).toBe('get,list pods');
});

test('semicolons separate questions', () => {
  expect(questionsIn(' get pods ;; list secrets;')).toEqual(['get pods', 'list secrets']);
});
