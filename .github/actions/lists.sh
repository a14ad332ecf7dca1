# shellcheck shell=bash
# Functions for the scripts of the actions. They work in the bash 3.2 of macOS too, and make arguments of inputs without reading
# them as shell: whatever an input holds, it can only become one argument a line.

# The command line, without the files.
arguments=()

# add_option OPTION LINES: the option once for each line.
add_option() {
  local line
  while IFS= read -r line; do
    if [ -n "$line" ]; then arguments+=("$1=$line"); fi
  done <<< "$2"
}

# add_arguments LINES: each line is an argument.
add_arguments() {
  local line
  while IFS= read -r line; do
    if [ -n "$line" ]; then arguments+=("$line"); fi
  done <<< "$1"
}

files=()

# add_files LINES: each line is a file or a glob.
add_files() {
  local line file matches
  while IFS= read -r line; do
    if [ -z "$line" ]; then continue; fi
    if [ -e "$line" ]; then
      files+=("$line")
      continue
    fi
    if ! matches=$(compgen -G "$line"); then
      echo "error: no file matches: $line" >&2
      exit 2
    fi
    while IFS= read -r file; do files+=("$file"); done <<< "$matches"
  done <<< "$1"
  if [ "${#files[@]}" -eq 0 ]; then
    echo 'error: no file is given' >&2
    exit 2
  fi
}
