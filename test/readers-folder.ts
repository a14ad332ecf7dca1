import { chmod, cp, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { inject } from 'vitest';
import { ROOT } from './pages.ts';
import { scratch } from './scratch.ts';

/** A folder with the installed program; by default, the program built from source. */
const INSTALLED = process.env.AWS_AUTH_SSO_BIN_DIR;

/** A reader's working directory, and the folders in front of its PATH. */
export interface ReadersFolder {
  readonly cwd: string;
  readonly path: string;
}

/**
 * A folder like a reader's, with the examples, and program folders for the front of the PATH: `aws-auth-sso`, and
 * others as shell scripts.
 */
export async function readersFolder(programs: Readonly<Record<string, string>> = {}): Promise<ReadersFolder> {
  const cwd = await scratch();
  await cp(join(ROOT, 'examples'), join(cwd, 'examples'), { recursive: true });
  await mkdir(join(cwd, 'clusters', 'prod'), { recursive: true });
  await cp(join(ROOT, 'examples', 'aws-auth.yaml'), join(cwd, 'clusters', 'prod', 'aws-auth.yaml'));
  await cp(join(ROOT, 'examples', 'aws-auth-sso.yaml'), join(cwd, 'clusters', 'prod', 'aws-auth-sso.yaml'));
  const folder = join(cwd, 'path');
  await mkdir(folder);
  const built = `#!/bin/sh\nexec "${process.execPath}" "${inject('program')}" "$@"\n`;
  const own = INSTALLED ? {} : { 'aws-auth-sso': built, 'kubectl-aws_auth_sso': built };
  for (const [name, script] of Object.entries({ ...own, ...programs })) {
    await writeFile(join(folder, name), script);
    await chmod(join(folder, name), 0o755);
  }
  const installed = INSTALLED ? [INSTALLED, dirname(process.execPath)] : [];
  return { cwd, path: [folder, ...installed].join(delimiter) };
}
