import { lineStart, skipTrivia, startsLine } from '../yaml/lines.ts';
import type { SequenceNode } from '../yaml/node.ts';

/** `# aws-auth-sso: ignore RULE[, RULE]` in the text of a key. */
interface IgnoreComment {
  readonly rules: ReadonlySet<string>;
  /** Its offset; where it has its line for itself, that of the next line which is neither blank nor a comment. */
  readonly at: number;
}

const MARK = 'aws-auth-sso:';
const COMMENT = /#[ \t]*aws-auth-sso:[ \t]*ignore[ \t]+([\w-]+(?:[ \t]*,[ \t]*[\w-]+|[ \t]+[\w-]+)*)/g;

/** Answers whether a comment at an item of a list silences a rule there: on the line above it, or on one of its own. */
export function ignoredAt(text: string, list: SequenceNode | null): (rule: string, index: number) => boolean {
  const comments = text.includes(MARK) ? commentsIn(text) : [];
  if (comments.length === 0 || !list) return () => false;
  const starts = itemStarts(text, list);
  const silenced = rulesByLine(comments, starts);
  return (rule, index) => silenced.get(starts[index] ?? -1)?.has(rule) ?? false;
}

/** The rules that comments silence, by the start of the line of the item that they are about. */
function rulesByLine(
  comments: readonly IgnoreComment[],
  starts: readonly number[],
): ReadonlyMap<number, ReadonlySet<string>> {
  const silenced = new Map<number, Set<string>>();
  let [item, start] = [0, -1];
  for (const { rules, at } of comments) {
    for (; (starts[item] ?? Number.POSITIVE_INFINITY) <= at; item += 1) start = starts[item] ?? start;
    const before = silenced.get(start);
    if (!before) silenced.set(start, new Set(rules));
    else for (const rule of rules) before.add(rule);
  }
  return silenced;
}

function commentsIn(text: string): IgnoreComment[] {
  let content = 0;
  return [...text.matchAll(COMMENT)].map((match) => {
    const rules = new Set(match[1]?.split(/[ \t,]+/));
    if (!startsLine(text, match.index)) return { rules, at: match.index };
    // Comments one below the other are about the same line, which is looked for once.
    if (content <= match.index) content = skipTrivia(text, match.index);
    return { rules, at: lineStart(text, content, match.index) };
  });
}

/** Where the line of each item starts. */
function itemStarts(text: string, list: SequenceNode): number[] {
  let last = 0;
  return list.items.map((item) => {
    const line = lineStart(text, item.start, last);
    if (line > last || last === 0) last = line;
    return last;
  });
}
