import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Runs npm in a folder with an empty cache and without a network. */
export function npm(cwd: string, ...argv: readonly string[]): string {
  return offline('npm', cwd, argv);
}

export function npx(cwd: string, ...argv: readonly string[]): string {
  return offline('npx', cwd, argv);
}

function offline(program: string, cwd: string, argv: readonly string[]): string {
  const cache = mkdtempSync(join(tmpdir(), 'npm-cache-'));
  const env = {
    PATH: process.env.PATH,
    HOME: cache,
    npm_config_cache: cache,
    npm_config_offline: 'true',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_update_notifier: 'false',
  };
  try {
    return execFileSync(program, argv, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
}
