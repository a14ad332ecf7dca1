/** Limits on brace alternatives, and on stars in one alternative: matching time grows with both. */
const MAX_ALTERNATIVES = 1_000;
const MAX_STARS = 6;
/** Picomatch refuses 65,536 characters. */
const MAX_LENGTH = 10_000;

/** True if a string has a glob character; otherwise it is an exact name. */
export function isGlob(text: string): boolean {
  return /[*?[{]/.test(text);
}

/** Why a glob is too complex to match, to continue a sentence that begins with the glob; undefined if it is not. */
export function globProblem(glob: string): string | undefined {
  const { alternatives, stars } = sizeOf(glob);
  if (alternatives > MAX_ALTERNATIVES)
    return `expands to more than ${MAX_ALTERNATIVES.toLocaleString('en')} alternatives; use fewer`;
  if (stars > MAX_STARS) return `has more than ${MAX_STARS} stars; use fewer`;
  return glob.length > MAX_LENGTH
    ? `has more than ${MAX_LENGTH.toLocaleString('en')} characters; use fewer`
    : undefined;
}

interface GlobSize {
  readonly alternatives: number;
  /** In the alternative with the most stars. */
  readonly stars: number;
}

/** An open brace, or the whole glob: the size of the alternatives up to the last comma, and of the current one. */
interface OpenBrace {
  done: GlobSize;
  current: GlobSize;
}

const ONE: GlobSize = { alternatives: 1, stars: 0 };
const opened = (): OpenBrace => ({ done: { alternatives: 0, stars: 0 }, current: ONE });

/** One pass: alternatives multiply along a glob, and add up between the commas of a brace. */
function sizeOf(glob: string): GlobSize {
  const open = [opened()];
  for (const [token] of glob.matchAll(/\\.|\*+|[{},]/gsu)) {
    const innermost = open.at(-1) ?? opened();
    if (token === '{') open.push(opened());
    else if (token === ',' && open.length > 1)
      Object.assign(innermost, { done: either(innermost), current: ONE });
    else if (token === '}' && open.length > 1) close(open);
    else if (token.startsWith('*'))
      innermost.current = along(innermost.current, { alternatives: 1, stars: 1 });
  }
  while (open.length > 1) close(open);
  return open[0]?.current ?? ONE;
}

function close(open: OpenBrace[]): void {
  const inner = open.pop();
  const outer = open.at(-1);
  if (inner && outer) outer.current = along(outer.current, either(inner));
}

function along(one: GlobSize, other: GlobSize): GlobSize {
  return { alternatives: one.alternatives * other.alternatives, stars: one.stars + other.stars };
}

function either({ done, current }: OpenBrace): GlobSize {
  return {
    alternatives: done.alternatives + current.alternatives,
    stars: Math.max(done.stars, current.stars),
  };
}
