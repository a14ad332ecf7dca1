# shellcheck shell=bash
# Functions for the scripts of the actions. They work in the bash 3.2 of macOS too, and make arguments of inputs without reading
# them as shell: whatever an input holds, it can only become one argument a line.

# fail MESSAGE: ends the step with an annotation, of which nothing can become a command to the runner.
fail() {
  local message=${1//\%/%25}
  message=${message//$'\r'/%0D}
  printf '::error::%s\n' "${message//$'\n'/%0A}" >&2
  exit 2
}

# The command line, without the files.
arguments=()

# add_option OPTION LINES: the option once for each line.
add_option() {
  local line
  while IFS= read -r line; do
    if [ -n "$line" ]; then arguments+=("$1=$line"); fi
  done <<< "$2"
}

# add_arguments LINES OPTION…: each line is an argument, but none of these, nor what would change the output or show help: only as
# annotations is what a file holds no command to the runner.
add_arguments() {
  local line option lines=$1
  shift
  while IFS= read -r line; do
    if [ -z "$line" ]; then continue; fi
    for option in --output --help -- "$@"; do
      if [ "${line%%=*}" = "$option" ]; then fail "arguments: $line is not for this action"; fi
    done
    case $line in
      -[oh]*) fail "arguments: $line is not for this action" ;;
    esac
    arguments+=("$line")
  done <<< "$lines"
}

files=()

# add_files LINES: each line is a file or a glob.
add_files() {
  local line IFS=''
  local -a matches
  # Bash 3.2 has no globstar.
  if ! shopt -s globstar 2> /dev/null && [[ $1 == *'**'* ]]; then
    fail "** needs bash 4 or newer, and this is $BASH_VERSION: write each level as *"
  fi
  while read -r line; do
    if [ -z "$line" ]; then continue; fi
    if [ -e "$line" ]; then
      files+=("$line")
      continue
    fi
    # Without separators of fields, what is not quoted is expanded as a glob, and as nothing else.
    # shellcheck disable=SC2206
    matches=($line)
    if [ ! -e "${matches[0]}" ]; then
      fail "no file matches: $line (a line is a path, or a glob with *, ?, [abc] and **; {a,b} and !x aren't supported)"
    fi
    files+=("${matches[@]}")
  done <<< "$1"
  if [ "${#files[@]}" -eq 0 ]; then fail 'no file is given'; fi
}
