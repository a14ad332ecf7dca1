import { Argument, Command, Option } from 'commander';
import { HELP_ALL, type Run } from '../command.ts';

const USAGE = `
To install it permanently, write it to a file that the shell loads:
  bash  ~/.local/share/bash-completion/completions/aws-auth-sso
  zsh   _aws-auth-sso in a directory of $fpath
  fish  ~/.config/fish/completions/aws-auth-sso.fish`;

export function completionCommand(run: Run): Command {
  return (
    new Command('completion')
      .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
      // The same as --help, because there are no shared options.
      .addOption(new Option(HELP_ALL, 'display help for command').hideHelp())
      .addHelpText('after', USAGE)
      .action((shell: CompletionShell) => run({}, async () => ({ stdout: completionScript(shell) })))
  );
}

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
type CompletionShell = (typeof SHELLS)[number];

/** The completion script of a shell. It calls the program at each key, so it works with any version. */
export function completionScript(shell: CompletionShell): string {
  return SCRIPTS[shell];
}

const BASH = `# bash completion for aws-auth-sso. It asks the program itself, so it is never out of date.
_aws_auth_sso() {
  COMPREPLY=()
  local program line rest=\${COMP_LINE:0:COMP_POINT}
  local -a words
  # Not COMP_WORDS, which splits words at = and : too. Quoted blanks belong to a word.
  local word="^[[:space:]]*(([^[:space:]\\"'\\\\]|\\\\\\\\.|\\"([^\\"\\\\]|\\\\\\\\.)*\\"|'[^']*')+)"
  while [[ $rest =~ $word ]]; do
    words+=("\${BASH_REMATCH[1]//[\\"\\'\\\\]/}")
    rest=\${rest:\${#BASH_REMATCH[0]}}
  done
  case $rest in
    '') ;;
    # In open quotes, bash offers files.
    *[![:space:]]*) return ;;
    *) words+=('') ;;
  esac
  program=$(type -P -- "\${1/#\\~\\//$HOME/}") || program=aws-auth-sso
  # A candidate on each line, with a tab and what it is; then :0 for files, or :4.
  while IFS=$'\\t' read -r line _; do
    # bash replaces only what follows the =.
    [[ $COMP_WORDBREAKS != *=* ]] || line=\${line#*=}
    case $line in
      '' | :0) ;;
      # bash 3 has no compopt.
      :4) compopt +o default 2>/dev/null ;;
      *) COMPREPLY+=("$line") ;;
    esac
  done <<< "$("$program" __complete "\${words[@]:1}" 2>/dev/null </dev/null)"
}
complete -o default -F _aws_auth_sso aws-auth-sso kubectl-aws_auth_sso
`;

const ZSH = `#compdef aws-auth-sso kubectl-aws_auth_sso
# zsh completion for aws-auth-sso. It asks the program itself, so it is never out of date.
_aws-auth-sso() {
  local program
  local -a lines
  program=$(whence -p -- "\${\${(Q)words[1]}/#\\~\\//$HOME/}") || program=aws-auth-sso
  # A candidate on each line, with a tab and what it is; then :0 for files, or :4.
  lines=("\${(@f)$("$program" __complete "\${(@Q)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null </dev/null)}")
  if [[ $lines[-1] = :0 ]]; then
    compset -P '--*='
    _files
  else
    lines=("\${(@)lines[1,-2]//:/\\\\:}")
    lines=("\${(@)lines/$'\\t'/:}")
    _describe aws-auth-sso lines
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
    # A candidate on each line, with a tab and what it is; then :0 for files, or :4.
    set -l lines (command $program __complete $words[2..] "$current" 2>/dev/null </dev/null)
    if test "$lines[-1]" = :0
        set -l kept (string match -r -- '^--[^=]*=' $current)
        set lines "$kept"(__fish_complete_path (string replace -r -- '^(--[^=]*=)?["\\']?' '' $current)) ''
    end
    printf '%s\\n' $lines[1..-2]
end
complete -c aws-auth-sso -f -a '(__aws_auth_sso_complete)'
complete -c kubectl-aws_auth_sso -f -a '(__aws_auth_sso_complete)'
`;

const SCRIPTS: Readonly<Record<CompletionShell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
