#!/usr/bin/env bash
# Installs aws-auth-sso for the next steps: the commit of this action, unless a version is given. Runs no scripts of other packages
# and ignores the repository's .npmrc, because a pull request could have changed it.
set -euo pipefail
# shellcheck source=.github/actions/lists.sh
. "$GITHUB_ACTION_PATH/../lists.sh"

folder=$(mktemp -d "$RUNNER_TEMP/aws-auth-sso.XXXXXX")
# Build tools get no credentials, even after a step that signs in.
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN ACTIONS_ID_TOKEN_REQUEST_TOKEN ACTIONS_ID_TOKEN_REQUEST_URL

quiet=(--no-audit --no-fund --loglevel error)
if [ -n "$INPUT_VERSION" ]; then
  if ! [[ $INPUT_VERSION =~ ^([0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?|file:/.+\.tgz)$ ]]; then
    fail 'version must be exact, such as 1.2.3, or a tarball, file:/…/aws-auth-sso-1.2.3.tgz'
  fi
  package=aws-auth-sso@$INPUT_VERSION
else
  root=$(cd "$GITHUB_ACTION_PATH/../../.." && pwd)
  # The job's later steps reuse it; the runner empties RUNNER_TEMP after the job.
  package=$RUNNER_TEMP/aws-auth-sso-$(printf %s "$root" | cksum | tr ' ' -).tgz
  if [ ! -e "$package" ]; then
    # A copy, because `npm ci` replaces node_modules, and with `uses: ./…` this is the checkout.
    mkdir "$folder/source"
    cd "$root"
    cp -R LICENSE README.md bin build.js docs examples package-lock.json package.json src tsconfig.json "$folder/source"
    cd "$folder/source"
    npm ci --include=dev --ignore-scripts "${quiet[@]}"
    # Runs `prepare` of this package, which builds the program.
    npm pack --ignore-scripts=false "${quiet[@]}" > ../pack.log
    mv aws-auth-sso-*.tgz "$package"
  fi
fi
npm install --prefix "$folder" --ignore-scripts --no-save "${quiet[@]}" "$package"
echo "$folder/node_modules/.bin" >> "$GITHUB_PATH"
