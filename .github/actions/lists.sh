# shellcheck shell=bash
# Functions for the scripts of the actions. They also work in bash 3.2 of macOS. They never evaluate inputs as shell: each line of an
# input can only become one argument.

# fail MESSAGE: ends the step with an annotation, escaped so that it can't hold commands for the runner.
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

# add_arguments LINES OPTION…: adds each line as an argument. Rejects these options and those that change the output or show help:
# only annotations are safe from commands for the runner in file contents.
add_arguments() {
  local line option lines=$1
  shift
  while IFS= read -r line; do
    if [ -z "$line" ]; then continue; fi
    for option in --output --help --help-all -- "$@"; do
      if [ "${line%%=*}" = "$option" ]; then fail "arguments: $line is not allowed in this action"; fi
    done
    case $line in
      -[oh]*) fail "arguments: $line is not allowed in this action" ;;
    esac
    arguments+=("$line")
  done <<< "$lines"
}

files=()

# add_files LINES: each line is a file or a glob.
add_files() {
  local line IFS=''
  local -a matches
  # bash 3.2 has no globstar.
  if ! shopt -s globstar 2> /dev/null && [[ $1 == *'**'* ]]; then
    fail "** needs bash 4 or newer, and this is $BASH_VERSION: write each level as *"
  fi
  while read -r line; do
    if [ -z "$line" ]; then continue; fi
    if [ -e "$line" ]; then
      files+=("$line")
      continue
    fi
    # With an empty IFS, an unquoted value is only expanded as a glob.
    # shellcheck disable=SC2206
    matches=($line)
    if [ ! -e "${matches[0]}" ]; then
      fail "no file matches: $line (a line is a path, or a glob with *, ?, [abc] and **; {a,b} and !x aren't supported)"
    fi
    files+=("${matches[@]}")
  done <<< "$1"
  if [ "${#files[@]}" -eq 0 ]; then fail 'no files specified'; fi
}
