import { Argument, Command } from 'commander';
import { type Failure, refusal } from '../../errors.ts';
import { quoted } from '../../text.ts';
import { type CompletionShell, completionScript, SHELLS } from '../completion/scripts.ts';
import type { Run } from '../shell.ts';

const USAGE = `
Names of accounts and permission sets come from the snapshot that --inventory
names, else from the newest one in the working directory, else from the config
there. Nothing is read from AWS.

For every shell, in a folder where it looks for completions, such as:
  bash  ~/.local/share/bash-completion/completions/aws-auth-sso
  zsh   _aws-auth-sso in a folder of $fpath
  fish  ~/.config/fish/completions/aws-auth-sso.fish`;

export function completionCommand(run: Run): Command {
  const shell = new Argument('[shell]', 'the shell').choices(SHELLS).argParser(parseShell);
  return new Command('completion')
    .addArgument(shell)
    .addHelpText('after', USAGE)
    .action((wanted: CompletionShell | undefined) =>
      run({}, async () => {
        if (wanted === undefined) throw shellProblem('no shell given');
        return { stdout: completionScript(wanted) };
      }),
    );
}

function parseShell(text: string): CompletionShell {
  const shell = SHELLS.find((name) => name === text);
  if (!shell) throw shellProblem(`no completion for the shell ${quoted(text)}`);
  return shell;
}

function shellProblem(message: string): Failure {
  return refusal({
    message,
    help: `Give one of ${SHELLS.join(', ')}, such as: source <(aws-auth-sso completion bash)`,
  });
}
