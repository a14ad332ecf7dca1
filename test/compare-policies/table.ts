import * as v from 'valibot';
import type { PolicyRule } from '../../src/rbac/model.ts';

/** The rules of access policies by name. */
export type PolicyTable = ReadonlyMap<string, readonly PolicyRule[]>;

/** Access policies as a file has them. */
export interface Published {
  readonly names: readonly string[];
  /** Null in a list of names. */
  readonly table: PolicyTable | null;
}

const list = v.optional(v.array(v.string()), []);
const rule = v.strictObject({
  verbs: v.array(v.string()),
  apiGroups: list,
  resources: list,
  resourceNames: list,
  nonResourceURLs: list,
});
const tableFile = v.object({
  policies: v.record(v.string(), v.object({ rules: v.optional(v.array(rule)) })),
});
const listFile = v.object({ accessPolicies: v.array(v.object({ name: v.string() })) });

/**
 * Reads the output of `aws eks list-access-policies`, or a table of rules: as JSON,
 * `{"policies": {"AmazonEKSViewPolicy": {"rules": [{"apiGroups", "resources", "verbs"}]}}}`, or the page of AWS
 * (https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html), saved as HTML or Markdown.
 * @throws Error if it has no policies, or rules of none
 */
export function readPublished(text: string): Published {
  const isJson = text.trimStart().startsWith('{');
  const published = isJson ? publishedInJson(JSON.parse(text)) : publishedOnPage(partsOf(text));
  if ((published.table ?? published.names).entries().next().done)
    throw new Error('no tables of access policies found: save the whole page, or write JSON');
  return published;
}

function publishedInJson(json: unknown): Published {
  if (v.is(listFile, json)) return { names: json.accessPolicies.map(({ name }) => name), table: null };
  const { policies } = v.parse(tableFile, json);
  const rules = Object.entries(policies).flatMap(([name, { rules }]) =>
    rules ? [[name, rules] as const] : [],
  );
  return { names: Object.keys(policies), table: new Map(rules) };
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

function publishedOnPage(parts: readonly Part[]): Published {
  const table = new Map<string, PolicyRule[]>();
  const names: string[] = [];
  let heading = '';
  let policy: string | undefined;
  let header: readonly string[] = [];
  for (const part of parts) {
    if (typeof part === 'string') {
      heading = part;
      header = [];
      [policy] = /^[A-Z]\w*Policy\w*$/.exec(part) ?? [];
      if (policy !== undefined) names.push(policy);
    } else if (part.some((cell) => COLUMNS.verbs.test(cell))) {
      // Otherwise a page with other headings would lack these rules, and nobody would notice.
      if (policy === undefined)
        throw new Error(`there are rules under ${JSON.stringify(heading)}, which names no policy`);
      header = part;
    } else if (policy !== undefined) table.set(policy, [...(table.get(policy) ?? []), ruleOf(part, header)]);
  }
  return { names, table };
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
