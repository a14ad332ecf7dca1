import { execFileSync } from 'node:child_process';

/** Builds the program once before the tests, so that they never run a stale one. */
export function setup(): void {
  execFileSync('npm', ['run', '--silent', 'build'], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
}
