// Node 20 can't run TypeScript, so test programs that run outside vitest are bundled first.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';
import { rawFiles } from '../src/raw-files.js';

/**
 * Bundles the programs of a test folder.
 * @param folder as a URL
 * @param files the programs in that folder
 * @returns the exports of the first one
 */
export async function bundled(folder, files) {
  const name = fileURLToPath(folder).split(/[/\\]/).at(-2);
  const outdir = new URL(`../node_modules/.cache/aws-auth-sso-${name}/`, import.meta.url);
  await build({
    input: files.map((file) => fileURLToPath(new URL(file, folder))),
    platform: 'node',
    resolve: { mainFields: ['module', 'main'] },
    external: ['rolldown', 'vitest', 'playwright-core'],
    plugins: [
      rawFiles,
      {
        name: 'folder-of-the-source',
        transform: (code, id) => code.replaceAll('import.meta.dirname', JSON.stringify(dirname(id))),
      },
    ],
    output: {
      dir: fileURLToPath(outdir),
      minify: true,
      entryFileNames: '[name].mjs',
      chunkFileNames: '[name]-[hash].mjs',
    },
  });
  return import(new URL(files[0].replace(/\.ts$/, '.mjs'), outdir));
}
