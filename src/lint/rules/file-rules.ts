import type { Rule } from '../rule.ts';

export const notYaml: Rule = {
  name: 'not-yaml',
  severity: 'error',
  fix: 'none',
  summary: 'The file cannot be read as YAML',
  consequence: 'kubectl cannot read it either, so nothing in it reaches the cluster',
  help: 'Mend the file there; all lines of mapRoles are indented further than the key itself.',
  detect: (subject) => subject.faultsOf('not-yaml'),
};

export const realList: Rule = {
  name: 'real-list',
  severity: 'error',
  fix: 'none',
  summary: 'A key of data holds a YAML list or map where a text belongs',
  consequence:
    'the values of a ConfigMap are texts, so kubectl refuses it and nothing in it reaches the cluster',
  help: 'Put a | behind the key, so that what is below it becomes one text.',
  detect: (subject) => subject.faultsOf('real-list'),
};

export const notAText: Rule = {
  name: 'not-a-text',
  severity: 'error',
  fix: 'none',
  summary: 'A key of data holds a number, a boolean or the like where a text belongs',
  consequence:
    'the values of a ConfigMap are texts, so kubectl refuses it and nothing in it reaches the cluster',
  help: 'Write it as a text: put a | behind the key, and the list below it.',
  detect: (subject) => subject.faultsOf('not-a-text'),
};

export const repeatedKey: Rule = {
  name: 'repeated-key',
  severity: 'error',
  fix: 'none',
  summary: 'A key of the ConfigMap stands there twice',
  consequence: 'kubectl refuses it or takes the last one, so nobody in the others gets in',
  help: 'Put all entries below one key.',
  detect: (subject) => subject.faultsOf('repeated-key'),
};
