import { ANY_VARIABLE } from '../map-entry.ts';
import { once } from '../memo.ts';
import { compareStrings } from '../text.ts';

/**
 * The characters and lengths of variables' values for a role's caller, as STS and IAM limit them: session and node
 * names, account and key IDs. https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
const VALUES: Readonly<
  Record<string, { readonly characters: RegExp; readonly shortest: number; readonly longest: number }>
> = {
  '{{AccountID}}': { characters: /\d/, shortest: 1, longest: 12 },
  '{{SessionName}}': { characters: /[\w+=,.-]/, shortest: 2, longest: 64 },
  '{{SessionNameRaw}}': { characters: /[\w+=,.@-]/, shortest: 2, longest: 64 },
  '{{AccessKeyID}}': { characters: /\w/, shortest: 1, longest: 128 },
  '{{EC2PrivateDNSName}}': { characters: /[\w.-]/, shortest: 1, longest: 255 },
};
const VARIABLE = new RegExp(`(${ANY_VARIABLE})`);
/** The maximum length of any variable's value. */
const MAX_VALUE = Math.max(...Object.values(VALUES).map(({ longest }) => longest));

/** The beginnings of names that Kubernetes and EKS reserve. */
const RESERVED_PREFIXES = ['system:', 'eks:'] as const;

/**
 * The reserved beginning of names that a username or group is or can become; undefined if it has none. Callers who
 * assume a role choose the session name, but no value has a colon.
 */
export function reservedPrefixOf(template: string): (typeof RESERVED_PREFIXES)[number] | undefined {
  const parts = template.split(VARIABLE);
  return RESERVED_PREFIXES.find((prefix) => {
    let ends: ReadonlySet<number> = new Set([0]);
    for (const part of parts) {
      // It has at least 16 characters.
      if (part === '{{AccessKeyID}}') return false;
      if (!VALUES[part] && [...ends].some((end) => part.startsWith(prefix.slice(end)))) return true;
      ends = endsAfter(part, prefix, ends);
    }
    return false;
  });
}

/** True if a username or group may have a variable. */
export function hasVariable(text: string): boolean {
  return text.includes('{{');
}

/**
 * Returns a function that tests whether a username or group with variables can become a name; undefined if it has no
 * variables. A repeated variable may get another value each time.
 */
export function templateMatcher(template: string): ((name: string) => boolean) | undefined {
  // Fast path: most names have no variables.
  if (!hasVariable(template)) return undefined;
  const parts = template.split(VARIABLE);
  if (parts.length === 1) return undefined;
  const [first = '', last = ''] = [parts[0], parts.at(-1)];
  const longest = template.length + MAX_VALUE * parts.length;
  return (name) => {
    if (name.length > longest || !name.startsWith(first) || !name.endsWith(last)) return false;
    let ends: ReadonlySet<number> = new Set([0]);
    for (const part of parts) ends = endsAfter(part, name, ends);
    return ends.has(name.length);
  };
}

/**
 * Names, indexed by beginning and end to find those that a template can become from the text before its first or
 * after its last variable.
 */
export class TemplateNames {
  readonly names: readonly string[];
  private readonly starts: SortedTexts;
  /** Created on demand: the beginnings usually leave few names. */
  private readonly ends = once(() => new SortedTexts(this.names.map(backwards)));

  constructor(names: readonly string[]) {
    this.names = names;
    this.starts = new SortedTexts(names);
  }

  /** The indices of the matching names, in order; undefined if the template has no variables. */
  matching(template: string): number[] | undefined {
    const matches = templateMatcher(template);
    if (!matches) return undefined;
    const parts = template.split(VARIABLE);
    const starting = this.starts.beginningWith(parts[0] ?? '');
    const fewer = starting.count <= FEW ? starting : this.fewer(starting, parts.at(-1) ?? '');
    return fewer
      .indices()
      .filter((index) => matches(this.names[index] ?? ''))
      .sort((one, other) => one - other);
  }

  /** The smaller stretch: the names with this beginning, or those with this end. */
  private fewer(starting: Stretch, end: string): Stretch {
    const ending = this.ends().beginningWith(backwards(end));
    return starting.count <= ending.count ? starting : ending;
  }
}

/** Up to this many names, each can be tested. */
const FEW = 100;

/** Adjacent texts in a sorted order. */
interface Stretch {
  readonly count: number;
  readonly indices: () => number[];
}

/** Sorted texts, in which those with the same beginning are adjacent. */
class SortedTexts {
  private readonly texts: readonly string[];
  private readonly order: readonly number[];

  constructor(texts: readonly string[]) {
    this.order = [...texts.keys()].sort((one, other) => compareStrings(texts[one] ?? '', texts[other] ?? ''));
    this.texts = this.order.map((index) => texts[index] ?? '');
  }

  beginningWith(start: string): Stretch {
    const from = this.firstWhere((text) => text >= start);
    const to = this.firstWhere((text) => text.slice(0, start.length) > start);
    return { count: to - from, indices: () => this.order.slice(from, to) };
  }

  /** @param holds a predicate that is false up to some text and true from there on */
  private firstWhere(holds: (text: string) => boolean): number {
    let [low, high] = [0, this.texts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (holds(this.texts[middle] ?? '')) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

function backwards(text: string): string {
  return text.split('').reverse().join('');
}

/** Where a part of a template can end in a name if the parts before it end at one of these offsets. */
function endsAfter(part: string, name: string, ends: ReadonlySet<number>): ReadonlySet<number> {
  const next = new Set<number>();
  const values = VALUES[part];
  for (const end of ends) {
    if (!values) {
      if (name.startsWith(part, end)) next.add(end + part.length);
      continue;
    }
    const last = Math.min(name.length, end + values.longest);
    for (let to = end; to < last && values.characters.test(name.charAt(to)); )
      if (++to - end >= values.shortest) next.add(to);
  }
  return next;
}

/**
 * The session with which a template becomes a name that it matches: as `{{SessionName}}` renders it, and as it is
 * (`{{SessionNameRaw}}`; null if unknown). Undefined if the name doesn't follow from the session alone.
 */
export function sessionIn(
  template: string,
  name: string,
): { readonly rendered: string; readonly raw: string | null } | undefined {
  const variables = new Set(template.split(VARIABLE).filter((part) => VARIABLE.test(part)));
  const [variable = '', ...others] = variables;
  if (!variable.startsWith('{{SessionName') || others.length > 0) return undefined;
  const [first = '', ...rest] = template.split(variable);
  const fixed = rest.reduce((length, text) => length + text.length, first.length);
  const value = name.slice(first.length, first.length + (name.length - fixed) / rest.length);
  if (template.replaceAll(variable, () => value) !== name) return undefined;
  const raw = variable === '{{SessionNameRaw}}' ? value : null;
  return { rendered: value.replaceAll('@', '-'), raw };
}
