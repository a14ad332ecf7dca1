// Node 20 does not run TypeScript, so the benchmarks are bundled first, and the programs that they start as the product is.
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';

const root = new URL('../../', import.meta.url);
const outdir = new URL('node_modules/.cache/aws-auth-sso-bench/', root);
const pathOf = (file) => fileURLToPath(new URL(file, import.meta.url));

await build({
  input: ['main.ts', 'naive-program.ts', 'read-inputs.ts'].map(pathOf),
  platform: 'node',
  resolve: { mainFields: ['module', 'main'] },
  external: ['rolldown'],
  output: {
    dir: fileURLToPath(outdir),
    minify: true,
    entryFileNames: '[name].mjs',
    chunkFileNames: '[name]-[hash].mjs',
  },
});
const { main } = await import(new URL('main.mjs', outdir));
process.exitCode = await main(process.argv.slice(2), root);
