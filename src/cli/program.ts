import { Command } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { checkCommand } from './commands/check.ts';
import { diffCommand } from './commands/diff.ts';
import { generateCommand } from './commands/generate.ts';
import { mergeCommand } from './commands/merge.ts';
import { rolesCommand } from './commands/roles.ts';
import { snapshotCommand } from './commands/snapshot.ts';
import { viewCommand } from './commands/view.ts';
import { whoCommand } from './commands/who.ts';
import type { Run } from './run.ts';

const COMMANDS = [
  generateCommand,
  mergeCommand,
  diffCommand,
  checkCommand,
  viewCommand,
  rolesCommand,
  whoCommand,
  snapshotCommand,
];

const EXIT_CODES = `
Exit codes:
  0    done, nothing differs
  1    ran fine: diff found differences, check found errors
  2    usage, config or input is wrong, or a promise would be broken
  3    AWS, or reading and writing, failed
  4    a bug
  130  interrupted`;

/** The command line, with its help going to the given outputs; usage errors are thrown as CommanderError. */
export function buildProgram(
  run: Run,
  writeOut: (text: string) => void,
  writeErr: (text: string) => void,
): Command {
  const program = new Command('aws-auth-sso')
    .description(
      'Resolves IAM Identity Center permission sets into the aws-auth ConfigMap of an EKS cluster. Reads AWS and writes text.',
    )
    .version(packageJson.version)
    .addHelpText('after', EXIT_CODES);
  for (const command of COMMANDS) program.addCommand(command(run));
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({ writeOut, writeErr }).showSuggestionAfterError();
  }
  return program;
}
