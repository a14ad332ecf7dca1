import { COMMANDS } from './command-table.ts';

/** What the program calls itself; the name may be `kubectl aws-auth-sso`. */
export interface ProgramName {
  readonly name: string;
  readonly version: string;
}

/** The answer to a command line that asks about the program as a whole, which nothing else has to be loaded for. */
export function programText(
  [first, second = '--help']: readonly string[],
  program: ProgramName,
): string | undefined {
  switch (first === 'help' ? second : first) {
    case '-V':
    case '--version':
      return `${program.version}\n`;
    case '-h':
    case '--help':
    case 'help':
      return programHelp(program.name);
    default:
      return undefined;
  }
}

/** The help of the program; each command has its own. */
export function programHelp(name: string): string {
  return `Usage: ${name} [options] [command]

Resolves IAM Identity Center permission sets into the aws-auth ConfigMap of an
EKS cluster. Reads AWS and writes text.

Options:
${rows(OPTIONS)}

Commands:
${rows([...COMMANDS.map((command) => [command.name, command.summary] as const), HELP])}

Exit codes:
  0    success, no differences
  1    success, but diff found differences or check found errors
  2    invalid usage or input, or an unsafe change refused
  3    an AWS call or file I/O failed
  4    internal error (a bug)
  130  interrupted
`;
}

/** The options of the program itself. */
export const OPTIONS = [
  ['-V, --version', 'output the version number'],
  ['-h, --help', 'display help for command'],
] as const;

export const HELP = ['help [command]', 'display help for command'] as const;

function rows(cells: readonly (readonly [term: string, text: string])[]): string {
  const width = Math.max(...cells.map(([term]) => term.length));
  return cells.map(([term, text]) => `  ${term.padEnd(width)}  ${text}`).join('\n');
}
