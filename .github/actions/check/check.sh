#!/usr/bin/env bash
# Checks the files of the action's inputs and counts what is found.
set -euo pipefail
# shellcheck source=.github/actions/lists.sh
. "$GITHUB_ACTION_PATH/../lists.sh"

add_option --inventory "$INPUT_INVENTORY"
add_option --rbac "$INPUT_RBAC"
add_arguments "$INPUT_ARGUMENTS"
add_files "$INPUT_FILES"

status=0
annotations=$(mktemp "$RUNNER_TEMP/annotations.XXXXXX")
for file in "${files[@]}"; do
  code=0
  aws-auth-sso check -o github ${arguments[@]+"${arguments[@]}"} -- "$file" >> "$annotations" || code=$?
  if [ "$code" -gt "$status" ]; then status=$code; fi
done
cat "$annotations"
{
  echo "errors=$(grep -c '^::error ' "$annotations" || true)"
  echo "warnings=$(grep -c '^::warning ' "$annotations" || true)"
} >> "$GITHUB_OUTPUT"
exit "$status"
