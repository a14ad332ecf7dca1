import { Argument, Command, Option } from 'commander';
import { type Failure, refusal } from '../../errors.ts';
import { quoted } from '../../text.ts';
import { HELP_ALL, type Run } from '../command.ts';

const USAGE = `
Names of accounts and permission sets come from the --inventory snapshot, else
from the newest snapshot in the working directory, else from the config there.
Completion never calls AWS.

To install it permanently, write it to a file that the shell loads:
  bash  ~/.local/share/bash-completion/completions/aws-auth-sso
  zsh   _aws-auth-sso in a directory of $fpath
  fish  ~/.config/fish/completions/aws-auth-sso.fish`;

export function completionCommand(run: Run): Command {
  const shell = new Argument('[shell]', 'the shell').choices(SHELLS).argParser(parseShell);
  return (
    new Command('completion')
      .addArgument(shell)
      // The same as --help, because there are no shared options.
      .addOption(new Option(HELP_ALL, 'display help for command').hideHelp())
      .addHelpText('after', USAGE)
      .action((wanted: CompletionShell | undefined) =>
        run({}, async () => {
          if (wanted === undefined) throw shellProblem('no shell given');
          return { stdout: completionScript(wanted) };
        }),
      )
  );
}

function parseShell(text: string): CompletionShell {
  const shell = SHELLS.find((name) => name === text);
  if (!shell) throw shellProblem(`no completion for shell ${quoted(text)}`);
  return shell;
}

function shellProblem(message: string): Failure {
  return refusal({
    message,
    help: `Use one of ${SHELLS.join(', ')}, for example: source <(aws-auth-sso completion bash)`,
  });
}

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type CompletionShell = (typeof SHELLS)[number];

/** The completion script of a shell. It calls the program at each key, so it works with any version. */
export function completionScript(shell: CompletionShell): string {
  return SCRIPTS[shell];
}

const BASH = `# bash completion for aws-auth-sso. It asks the program itself, so it is never out of date.
_aws_auth_sso() {
  COMPREPLY=()
  local program answer line directive=
  program=$(type -P -- "\${1/#\\~\\//$HOME/}") || program=aws-auth-sso
  answer=$("$program" __complete bash "\${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null </dev/null)
  # A candidate on each line, then a colon and a number.
  while IFS= read -r line; do
    [ -z "$directive" ] || COMPREPLY+=("$directive")
    directive=$line
  done <<< "$answer"
  # bash 3 has no compopt.
  case $directive in :2 | :6) compopt -o nospace 2>/dev/null ;; esac
  case $directive in :4 | :6) compopt +o default 2>/dev/null ;; esac
}
complete -o default -F _aws_auth_sso aws-auth-sso kubectl-aws_auth_sso
`;

const ZSH = `#compdef aws-auth-sso kubectl-aws_auth_sso
# zsh completion for aws-auth-sso. It asks the program itself, so it is never out of date.
_aws-auth-sso() {
  local program answer directive line
  local -i width=0
  local -a lines values shown options
  program=$(whence -p -- "\${\${(Q)words[1]}/#\\~\\//$HOME/}") || program=aws-auth-sso
  answer=$("$program" __complete zsh "\${(@Q)words[2,CURRENT-1]}" "$QIPREFIX$PREFIX" 2>/dev/null </dev/null)
  # A candidate on each line, with a tab and what it is; then a colon and a number.
  lines=("\${(@f)answer}")
  directive=\${lines[-1]#:}
  lines=("\${(@)lines[1,-2]}")
  for line in "\${(@)lines}"; do
    values+=("\${line%%$'\\t'*}")
    (( \${(m)#values[-1]} > width )) && width=\${(m)#values[-1]}
  done
  for line in "\${(@)lines}"; do
    case $line in
      *$'\\t'*) shown+=("\${(mr:width:)line%%$'\\t'*}  \${line#*$'\\t'}"); options=(-l) ;;
      *) shown+=("$line") ;;
    esac
  done
  (( directive & 2 )) && options+=(-S '')
  if (( directive & 4 )); then
    compadd "\${(@)options}" -d shown -a -- values
  else
    compset -P '--*='
    _files
  fi
}
if [ "$funcstack[1]" = _aws-auth-sso ]; then
  _aws-auth-sso "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
  compdef _aws-auth-sso aws-auth-sso kubectl-aws_auth_sso
fi
`;

const FISH = `# fish completion for aws-auth-sso. It asks the program itself, so it is never out of date.
function __aws_auth_sso_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program aws-auth-sso
    command -q -- $words[1]; and set program $words[1]
    set -e words[1]
    set -l lines (command $program __complete fish $words "$current" 2>/dev/null </dev/null)
    # A candidate on each line, with a tab and what it is; then a colon and a number.
    test (count $lines) -gt 0; or return
    set -l directive $lines[-1]
    set -e lines[-1]
    if contains -- $directive :0 :2
        set -l kept (string match -r -- '^--[^=]*=' $current)
        set lines "$kept"(__fish_complete_path (string replace -r -- '^(--[^=]*=)?["\\']?' '' $current))
    end
    printf '%s\\n' $lines
end
complete -c aws-auth-sso -f -a '(__aws_auth_sso_complete)'
complete -c kubectl-aws_auth_sso -f -a '(__aws_auth_sso_complete)'
`;

const SCRIPTS: Readonly<Record<CompletionShell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
