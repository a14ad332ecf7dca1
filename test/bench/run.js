// Node 20 does not run TypeScript, so the benchmarks are bundled first, and the programs that they start as the product is.
import { build } from 'esbuild';

const here = (path) => new URL(path, import.meta.url);
const outdir = here('../../node_modules/.cache/aws-auth-sso-bench/');

await build({
  entryPoints: ['main.ts', 'verified-program.ts', 'naive-program.ts'].map((file) => here(file).pathname),
  bundle: true,
  minify: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  mainFields: ['module', 'main'],
  external: ['esbuild'],
  outExtension: { '.js': '.mjs' },
  outdir: outdir.pathname,
});
const { main } = await import(new URL('main.mjs', outdir));
process.exitCode = await main(process.argv.slice(2), here('../../'));
