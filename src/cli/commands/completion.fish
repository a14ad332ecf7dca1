# fish completion for aws-auth-sso. It asks the program itself, so it is never out of date.
function __aws_auth_sso_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program aws-auth-sso
    command -q -- $words[1]; and set program $words[1]
    # A candidate on each line, with a tab and what it is; then :0 for files, or :4.
    set -l lines (command $program __complete $words[2..] "$current" 2>/dev/null </dev/null)
    if test "$lines[-1]" = :0
        set -l kept (string match -r -- '^--[^=]*=' $current)
        set lines "$kept"(__fish_complete_path (string replace -r -- '^(--[^=]*=)?["\']?' '' $current)) ''
    end
    printf '%s\n' $lines[1..-2]
end
complete -c aws-auth-sso -f -a '(__aws_auth_sso_complete)'
complete -c kubectl-aws_auth_sso -f -a '(__aws_auth_sso_complete)'
