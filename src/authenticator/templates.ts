import { ANY_VARIABLE } from '../entry.ts';
import { once } from '../memo.ts';
import { compareStrings } from '../text.ts';

/** Which characters the values of variables have: names of sessions and nodes, ids of accounts and keys. */
const VALUES: Readonly<Record<string, RegExp>> = {
  '{{AccountID}}': /\d/,
  '{{SessionName}}': /[\w+=,.-]/,
  '{{SessionNameRaw}}': /[\w+=,.@-]/,
  '{{AccessKeyID}}': /\w/,
  '{{EC2PrivateDNSName}}': /[\w.-]/,
};
const VARIABLE = new RegExp(`(${ANY_VARIABLE})`);
/** No value of a variable is longer. */
const MAX_VALUE = 255;

/**
 * Tells the names that the authenticator can make of a username or group with variables; undefined where there are none in it. A
 * variable that is repeated may get another value each time.
 */
export function templateMatcher(template: string): ((name: string) => boolean) | undefined {
  // Asked of every name, of which most have none.
  if (!template.includes('{{')) return undefined;
  const parts = template.split(VARIABLE);
  if (parts.length === 1) return undefined;
  const [first = '', last = ''] = [parts[0], parts.at(-1)];
  const longest = template.length + MAX_VALUE * parts.length;
  return (name) =>
    name.length <= longest && name.startsWith(first) && name.endsWith(last) && isMadeOf(name, parts);
}

/** Names among which those that templates can become are looked for, by what stands before the first variable or behind the last. */
export class TemplateNames {
  readonly names: readonly string[];
  private readonly starts: SortedTexts;
  /** Made when it is needed: mostly the beginnings leave few. */
  private readonly ends = once(() => new SortedTexts(this.names.map(backwards)));

  constructor(names: readonly string[]) {
    this.names = names;
    this.starts = new SortedTexts(names);
  }

  /** Which of the names, in their order; undefined where there are no variables in the template. */
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

  /** Those that begin so, or those that end so. */
  private fewer(starting: Stretch, end: string): Stretch {
    const ending = this.ends().beginningWith(backwards(end));
    return starting.count <= ending.count ? starting : ending;
  }
}

/** Of so many names each can be looked at. */
const FEW = 100;

/** Texts that stand side by side in an order. */
interface Stretch {
  readonly count: number;
  readonly indices: () => number[];
}

/** Texts in an order in which those with the same beginning stand side by side. */
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

  /** @param holds what holds of no text in front of the first of which it does, and of all behind */
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
