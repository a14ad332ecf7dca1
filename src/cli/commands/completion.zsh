#compdef aws-auth-sso kubectl-aws_auth_sso
# zsh completion for aws-auth-sso. It asks the program itself, so it is never out of date.
_aws-auth-sso() {
  local program
  local -a lines
  program=$(whence -p -- "${${(Q)words[1]}/#\~\//$HOME/}") || program=aws-auth-sso
  # A candidate on each line, with a tab and what it is; then :0 for files, or :4.
  lines=("${(@f)$("$program" __complete "${(@Q)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null </dev/null)}")
  if [[ $lines[-1] = :0 ]]; then
    compset -P '--*='
    _files
  else
    lines=("${(@)lines[1,-2]//:/\\:}")
    lines=("${(@)lines/$'\t'/:}")
    _describe aws-auth-sso lines
  fi
}
if [ "$funcstack[1]" = _aws-auth-sso ]; then
  _aws-auth-sso "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
  compdef _aws-auth-sso aws-auth-sso kubectl-aws_auth_sso
fi
