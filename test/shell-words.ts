/** One call of the program, as far as it can be parsed without a shell. */
export interface Invocation {
  /** Empty: the program itself. */
  readonly command: string;
  readonly options: readonly string[];
  readonly text: string;
}

const QUOTED = /'[^']*'|"[^"]*"/g;

/** Calls of the program in a script or a code span; its name alone doesn't count. */
export function invocationsIn(script: string): Invocation[] {
  const commands = script
    .replaceAll(/\\\n\s*/g, ' ')
    .split(/\|\|?|&&|;|\n|\$\(|<\(|\)/)
    .map((text) => text.replace(/^\s*(?:[$!{(]|if|then|do|else|exec|time)\s+/g, '').trim());
  return commands.flatMap((text) => {
    const [, rest] = /^(?:kubectl |npx (?:--\S+ )*|\S*\/)?aws-auth-sso(?: (.*))?$/.exec(text) ?? [];
    if (rest === undefined) return [];
    const [first = ''] = rest.split(' ');
    return [{ command: /^[a-z]/.test(first) ? first : '', options: optionsIn(rest), text }];
  });
}

/** Options in a command line or help text. */
export function optionsIn(text: string): string[] {
  const unquoted = text.replaceAll(QUOTED, '""');
  return [...unquoted.matchAll(/(?<=^|[\s,[])(--?[a-zA-Z][\w-]*)/gm)].map(([, option = '']) => option);
}
