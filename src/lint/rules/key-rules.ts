import type { YamlNode } from '../../yaml/node.ts';
import { misspelledFields } from '../field-key.ts';
import { misspelledMapKeys } from '../map-key.ts';
import type { Rule } from '../rule.ts';

export const misspelledKey: Rule = {
  name: 'misspelled-key',
  severity: 'error',
  fix: 'access',
  summary: 'A key is none that the authenticator knows, but looks like one',
  consequence: 'the authenticator passes over it without a word',
  help: 'In data: mapRoles, mapUsers, mapAccounts, in exactly this case. In an entry: rolearn (userarn in mapUsers), username, groups.',
  *detect(subject) {
    yield* misspelledMapKeys(subject);
    const told = new Set<YamlNode>();
    for (const list of subject.lists)
      for (const [index, item] of (list.loaded.list?.items ?? []).entries())
        if (item.kind === 'mapping') yield* misspelledFields(subject, list, item, index, told);
  },
};
