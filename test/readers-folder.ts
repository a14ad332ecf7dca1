import { chmod, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { scratch } from './scratch.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
export const README = await readFile(join(ROOT, 'README.md'), 'utf8');

/** The README's fenced blocks of one language. */
export function blocksOf(language: string): string[] {
  return [...README.matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, name, text = '']) =>
    name === language ? [text] : [],
  );
}

/** The commands of a block that shows what they print. */
export function commandsOf(block: string): string[] {
  return [...block.matchAll(/^\$ (.*)$/gm)].map(([, command = '']) => command);
}

/**
 * A folder like that of a reader of the README, with the examples, and a folder of programs for the front of the path: `aws-auth-sso`
 * as it was built, and others by their shell scripts.
 */
export async function readersFolder(
  programs: Readonly<Record<string, string>> = {},
): Promise<{ cwd: string; path: string }> {
  const cwd = await scratch();
  await cp(join(ROOT, 'examples'), join(cwd, 'examples'), { recursive: true });
  await mkdir(join(cwd, 'clusters', 'prod'), { recursive: true });
  await cp(join(ROOT, 'examples', 'aws-auth.yaml'), join(cwd, 'clusters', 'prod', 'aws-auth.yaml'));
  const path = join(cwd, 'path');
  await mkdir(path);
  const program = `#!/bin/sh\nexec "${process.execPath}" "${inject('program')}" "$@"\n`;
  for (const [name, script] of Object.entries({ 'aws-auth-sso': program, ...programs })) {
    await writeFile(join(path, name), script);
    await chmod(join(path, name), 0o755);
  }
  return { cwd, path };
}
