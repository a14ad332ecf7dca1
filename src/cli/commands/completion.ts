import { Argument, Command, Option } from 'commander';
import { HELP_ALL, type Run } from '../define-command.ts';
import bash from './completion.bash?raw';
import fish from './completion.fish?raw';
import zsh from './completion.zsh?raw';

const USAGE = `
To install it permanently, write it to a file that the shell loads:
  bash  ~/.local/share/bash-completion/completions/aws-auth-sso
  zsh   _aws-auth-sso in a directory of $fpath
  fish  ~/.config/fish/completions/aws-auth-sso.fish`;

export function completionCommand(run: Run): Command {
  return (
    new Command('completion')
      .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(COMPLETION_SCRIPTS)))
      // The same as --help, because there are no shared options.
      .addOption(new Option(HELP_ALL, 'display help for command').hideHelp())
      .addHelpText('after', USAGE)
      .action((shell: keyof typeof COMPLETION_SCRIPTS) =>
        run({}, async () => ({ stdout: COMPLETION_SCRIPTS[shell] })),
      )
  );
}

/** The completion scripts call the program at each key, so they work with any version. */
export const COMPLETION_SCRIPTS = { bash, zsh, fish };
