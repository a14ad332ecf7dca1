import type { PolicyRule } from './model.ts';

/** Verbs that roles often allow together. */
export const READ = 'get,list,watch';
export const WRITE = 'create,delete,deletecollection,patch,update';
export const ALL = 'create,delete,deletecollection,get,list,patch,update,watch';

/** Splits a text into unindented lines, each with the indented lines below it. */
export function blocks(text: string): (readonly [head: string, lines: readonly string[]])[] {
  const all = text.trim().split(/\n(?! )/);
  return all.map((block) => {
    const [head = '', ...lines] = block.split(/\n +/);
    return [head, lines];
  });
}

/** Reads a rule: `VERBS GROUPS RESOURCES [NAMES]`, or `VERBS PATHS`; `core` is the core group. */
export function ruleOf(written: string): PolicyRule {
  const [verbs = [], second = [], resources, resourceNames = []] = written
    .split(' ')
    .map((list) => list.split(','));
  if (!resources) return { verbs, apiGroups: [], resources: [], resourceNames, nonResourceURLs: second };
  const apiGroups = second.map((name) => (name === 'core' ? '' : name));
  return { verbs, apiGroups, resources, resourceNames, nonResourceURLs: [] };
}
