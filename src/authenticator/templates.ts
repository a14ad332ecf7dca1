import { ANY_VARIABLE } from '../entry.ts';
import { once } from '../memo.ts';
import { compareStrings } from '../text.ts';

/** The characters in the values of variables: session and node names, account and key IDs. */
const VALUES: Readonly<Record<string, RegExp>> = {
  '{{AccountID}}': /\d/,
  '{{SessionName}}': /[\w+=,.-]/,
  '{{SessionNameRaw}}': /[\w+=,.@-]/,
  '{{AccessKeyID}}': /\w/,
  '{{EC2PrivateDNSName}}': /[\w.-]/,
};
const VARIABLE = new RegExp(`(${ANY_VARIABLE})`);
/** The maximum length of a variable's value. */
const MAX_VALUE = 255;

/**
 * Returns a function that tests whether a username or group with variables can become a name; undefined if it has no
 * variables. A repeated variable may get another value each time.
 */
export function templateMatcher(template: string): ((name: string) => boolean) | undefined {
  // Fast path: most names have no variables.
  if (!template.includes('{{')) return undefined;
  const parts = template.split(VARIABLE);
  if (parts.length === 1) return undefined;
  const [first = '', last = ''] = [parts[0], parts.at(-1)];
  const longest = template.length + MAX_VALUE * parts.length;
  return (name) =>
    name.length <= longest && name.startsWith(first) && name.endsWith(last) && isMadeOf(name, parts);
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

function isMadeOf(name: string, parts: readonly string[]): boolean {
  let ends = new Set([0]);
  for (const part of parts) {
    const next = new Set<number>();
    const characters = VALUES[part];
    for (const end of ends) {
      if (!characters) {
        if (name.startsWith(part, end)) next.add(end + part.length);
        continue;
      }
      let to = end;
      next.add(to);
      while (to < name.length && characters.test(name.charAt(to))) next.add(++to);
    }
    ends = next;
  }
  return ends.has(name.length);
}
