import * as v from 'valibot';
import type { PolicyRule } from '../../src/rbac/model.ts';

/** The rules of access policies by name, as a newer table has them. */
export type PolicyTable = ReadonlyMap<string, readonly PolicyRule[]>;

const list = v.optional(v.array(v.string()), []);
const rule = v.strictObject({
  verbs: v.array(v.string()),
  apiGroups: list,
  resources: list,
  resourceNames: list,
  nonResourceURLs: list,
});
const tableFile = v.object({ policies: v.record(v.string(), v.object({ rules: v.array(rule) })) });

/**
 * Reads JSON, `{"policies": {"AmazonEKSViewPolicy": {"rules": [{"apiGroups", "resources", "verbs"}]}}}`, or the page
 * of AWS (https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html), saved as HTML or Markdown.
 * @throws Error if it has no table
 */
export function readTable(text: string): PolicyTable {
  const table = text.trimStart().startsWith('{') ? tableOfJson(text) : tableOfPage(partsOf(text));
  if (table.size === 0)
    throw new Error('no tables of access policies found: save the whole page, or write JSON');
  return table;
}

function tableOfJson(text: string): PolicyTable {
  const { policies } = v.parse(tableFile, JSON.parse(text));
  return new Map(Object.entries(policies).map(([name, { rules }]) => [name, rules]));
}

/** A heading of the page, or the cells of a row of a table, in their order. */
type Part = string | readonly string[];

function partsOf(page: string): Part[] {
  return /<\/(?:html|table)>/i.test(page) ? partsOfHtml(page) : partsOfMarkdown(page);
}

function partsOfHtml(page: string): Part[] {
  const found = page.matchAll(/<h[1-6][^>]*>(.*?)<\/h[1-6]>|<tr[^>]*>(.*?)<\/tr>/gis);
  return [...found].map(([, heading, row]) => {
    if (heading !== undefined) return textOfHtml(heading);
    return [...(row ?? '').matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gis)].map(([, cell = '']) =>
      textOfHtml(cell),
    );
  });
}

function textOfHtml(html: string): string {
  const text = html
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&nbsp;', ' ')
    .replaceAll('&#42;', '*');
  return text.replace(/\s+/g, ' ').trim();
}

function partsOfMarkdown(page: string): Part[] {
  return page.split(/\r?\n/).flatMap((line): Part[] => {
    const plain = line
      .replace(/<[^>]*>/g, '')
      .replace(/\\(.)/g, '$1')
      .replaceAll('`', '');
    const [, heading] = /^#+\s+(.*?)\s*$/.exec(plain) ?? [];
    if (heading !== undefined) return [heading];
    if (!/^\s*\|.*\|\s*$/.test(plain) || /^[\s|:-]*$/.test(plain)) return [];
    return [
      plain
        .trim()
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    ];
  });
}

/** The columns of a table by their headers. */
const COLUMNS = {
  apiGroups: /API groups/i,
  nonResourceURLs: /nonResourceURLs/i,
  resources: /Kubernetes resources/i,
  verbs: /verbs/i,
} as const;

function tableOfPage(parts: readonly Part[]): PolicyTable {
  const table = new Map<string, PolicyRule[]>();
  let policy: string | undefined;
  let header: readonly string[] = [];
  for (const part of parts) {
    if (typeof part === 'string') [policy] = /^Amazon\w+Policy$/.exec(part) ?? [];
    else if (part.some((cell) => COLUMNS.verbs.test(cell))) header = part;
    else if (policy !== undefined) table.set(policy, [...(table.get(policy) ?? []), ruleOf(part, header)]);
  }
  return table;
}

/** An empty API group is the core group, unless the row is about URLs. */
function ruleOf(row: readonly string[], header: readonly string[]): PolicyRule {
  const cellOf = (column: RegExp) => row[header.findIndex((name) => column.test(name))] ?? '';
  const itemsOf = (column: RegExp) =>
    cellOf(column)
      .split(/[,\s]+/)
      .filter(Boolean);
  const nonResourceURLs = itemsOf(COLUMNS.nonResourceURLs);
  const groups = itemsOf(COLUMNS.apiGroups);
  return {
    verbs: itemsOf(COLUMNS.verbs),
    apiGroups: groups.length > 0 || nonResourceURLs.length > 0 ? groups : [''],
    resources: itemsOf(COLUMNS.resources),
    resourceNames: [],
    nonResourceURLs,
  };
}
