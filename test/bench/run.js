// Node 20 does not run TypeScript, so the benchmarks are bundled first, and the programs that they start as the product is.
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = new URL('../../', import.meta.url);
const outdir = new URL('node_modules/.cache/aws-auth-sso-bench/', root);
const pathOf = (file) => fileURLToPath(new URL(file, import.meta.url));

await build({
  entryPoints: ['main.ts', 'naive-program.ts'].map(pathOf),
  bundle: true,
  minify: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  mainFields: ['module', 'main'],
  external: ['esbuild'],
  outExtension: { '.js': '.mjs' },
  // As in the product's own build: commander requires Node's modules.
  banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  outdir: fileURLToPath(outdir),
});
const { main } = await import(new URL('main.mjs', outdir));
process.exitCode = await main(process.argv.slice(2), root);
