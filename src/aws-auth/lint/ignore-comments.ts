import { isLineDone, lineStart, nextLine } from '../../yaml/lines.ts';
import type { SequenceNode } from '../../yaml/node.ts';
import { nodeStart } from '../../yaml/node-end.ts';

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
  return (rule, index) => {
    const start = starts[index] ?? text.length;
    const next = starts.find((other) => other > start) ?? text.length;
    return comments.some(
      ({ rules, at }) => rules.has(rule) && at >= start && (at < next || next === text.length),
    );
  };
}

function commentsIn(text: string): IgnoreComment[] {
  return [...text.matchAll(COMMENT)].map((match) => {
    const rules = new Set(match[1]?.split(/[ \t,]+/));
    const hasLine = /^[ \t]*$/.test(text.slice(lineStart(text, match.index), match.index));
    return { rules, at: hasLine ? lineBelow(text, match.index) : match.index };
  });
}

function lineBelow(text: string, offset: number): number {
  let position = nextLine(text, offset);
  while (position < text.length && isLineDone(text, position)) position = nextLine(text, position);
  return position;
}

/** Where the line of each item starts. */
function itemStarts(text: string, list: SequenceNode): number[] {
  let last = 0;
  return list.items.map((item) => {
    const start = nodeStart(item);
    if (start >= 0) last = lineStart(text, start);
    return last;
  });
}
