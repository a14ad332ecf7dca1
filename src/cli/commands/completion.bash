# bash completion for aws-auth-sso. It asks the program itself, so it is never out of date.
_aws_auth_sso() {
  COMPREPLY=()
  local program line rest=${COMP_LINE:0:COMP_POINT}
  local -a words
  # Not COMP_WORDS, which splits words at = and : too. Quoted blanks belong to a word.
  local word="^[[:space:]]*(([^[:space:]\"'\\]|\\\\.|\"([^\"\\]|\\\\.)*\"|'[^']*')+)"
  while [[ $rest =~ $word ]]; do
    words+=("${BASH_REMATCH[1]//[\"\'\\]/}")
    rest=${rest:${#BASH_REMATCH[0]}}
  done
  case $rest in
    '') ;;
    # In open quotes, bash offers files.
    *[![:space:]]*) return ;;
    *) words+=('') ;;
  esac
  program=$(type -P -- "${1/#\~\//$HOME/}") || program=aws-auth-sso
  # A candidate on each line, with a tab and what it is; then :0 for files, or :4.
  while IFS=$'\t' read -r line _; do
    # bash replaces only what follows the =.
    [[ $COMP_WORDBREAKS != *=* ]] || line=${line#*=}
    case $line in
      '' | :0) ;;
      # bash 3 has no compopt.
      :4) compopt +o default 2>/dev/null ;;
      *) COMPREPLY+=("$line") ;;
    esac
  done <<< "$("$program" __complete "${words[@]:1}" 2>/dev/null </dev/null)"
}
complete -o default -F _aws_auth_sso aws-auth-sso kubectl-aws_auth_sso
