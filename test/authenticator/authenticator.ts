import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConfigMapData, Outcome } from '../aws-auth/outcome.ts';

/** aws-iam-authenticator's own ConfigMap parser, built for one test run. */
export interface Authenticator {
  /** What it makes of each ConfigMap's `data`. */
  outcomes(configMaps: readonly ConfigMapData[]): Outcome[];
  remove(): void;
}

/** Builds the Go program beside this file; says so where Go is missing or the build fails. */
export function buildAuthenticator(): Authenticator {
  const directory = mkdtempSync(join(tmpdir(), 'authenticator-'));
  const program = join(directory, 'authenticator');
  run('go', ['build', '-o', program, '.'], import.meta.dirname);
  return {
    outcomes: (configMaps) => {
      const lines = run(program, [], directory, configMaps.map((data) => JSON.stringify(data)).join('\n'));
      return lines
        .split('\n')
        .filter((line) => line !== '')
        .map(outcomeFrom);
    },
    remove: () => rmSync(directory, { recursive: true }),
  };
}

function run(command: string, args: readonly string[], cwd: string, input = ''): string {
  const { error, status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    input,
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  });
  if (error && 'code' in error && error.code === 'ENOENT')
    throw new Error('the second opinion needs Go (https://go.dev) on the PATH, which is not there', {
      cause: error,
    });
  if (error || status !== 0)
    throw new Error(`${command} ${args.join(' ')} failed:\n${stderr}`, { cause: error });
  return stdout;
}

/** Go writes null for an empty slice of accounts; user ids are nothing that we load. */
function outcomeFrom(line: string): Outcome {
  const { error, roles, users, accounts } = JSON.parse(line, (key, value) =>
    key === 'userid' ? undefined : value,
  );
  return { error: error !== null, roles, users, accounts: accounts ?? [] };
}
