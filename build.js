// Bundles the program with all that it needs into `dist`, or into the folder that is given.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'rolldown';

const [, , dir = 'dist'] = process.argv;

/** Licenses whose code may be part of a work under Apache-2.0. */
const COMPATIBLE = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT'];

/** What a package loads and this program has no use for. */
const UNUSED = {
  // Subcommands that are programs of their own, which there are none of.
  'node:child_process': { of: 'commander', source: 'module.exports = {};' },
  // DEBUG is set for many reasons, and would make it write to stderr.
  debug: { of: 'https-proxy-agent', source: 'export default () => () => {};' },
  // Kerberos, which is another package to install.
  'proxy-agent-negotiate': {
    of: 'https-proxy-agent',
    source: 'export const createNegotiateAuth = undefined;',
  },
};

/** CommonJS, which Node 20 loads several milliseconds faster than ES modules. */
await build({
  input: { process: 'src/cli/main.ts' },
  platform: 'node',
  resolve: { mainFields: ['module', 'main'] },
  transform: { target: 'node20.19' },
  plugins: [withoutUnused(), thirdPartyLicenses()],
  output: {
    dir,
    cleanDir: true,
    format: 'cjs',
    // The loader of ES modules takes milliseconds to start, only to import a module of Node's.
    dynamicImportInCjs: false,
    minify: true,
    comments: false,
    // One byte a character, instead of two, wherever there is something else.
    charset: 'ascii',
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name]-[hash].cjs',
    codeSplitting: {
      // Few files, and what calls each other often in one: between chunks each use of a function goes through a getter.
      groups: [
        {
          name: 'main',
          test: /src\/(?:errors|io|text|cli\/(?:main|command-table|progress|shell))\.ts$/,
          priority: 2,
        },
        {
          name: 'core',
          test: /src\/(?:authenticator|configmap|yaml|inventory\/(?:model|provisioned-roles))\b/,
          priority: 1,
        },
        {
          name: 'commander',
          test: /node_modules\/commander\/|src\/cli\/(?:command|command-line|options|format\/.*)\.ts$/,
          priority: 1,
        },
        {
          name: 'resolve',
          test: /src\/(?:inventory|mapping|cli)\/|node_modules\/(?:picomatch|valibot)\//,
          minShareCount: 4,
        },
        { name: 'aws', test: /node_modules\/@(?:aws|aws-sdk|smithy)\//, minShareCount: 3 },
      ],
    },
  },
});

/** Leaves out what `UNUSED` has. */
function withoutUnused() {
  const sourceOf = (id) => (Object.hasOwn(UNUSED, id) ? UNUSED[id] : undefined);
  return {
    name: 'without-unused',
    resolveId: (id, importer) =>
      importer?.includes(`/node_modules/${sourceOf(id)?.of}/`) ? `\0${id}` : undefined,
    load: (id) => (id.startsWith('\0') ? sourceOf(id.slice(1))?.source : undefined),
  };
}

/**
 * Collects the licenses of all packages that are in the bundle into one file beside it.
 * @returns a plugin that fails where a package has no license text, or none that is known to be compatible
 */
function thirdPartyLicenses() {
  return {
    name: 'third-party-licenses',
    generateBundle(_, bundle) {
      const modules = Object.values(bundle).flatMap((one) => (one.type === 'chunk' ? one.moduleIds : []));
      const folders = new Set(
        modules.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id) ?? []),
      );
      const namesByText = new Map();
      for (const folder of [...folders].sort()) {
        const { name, text } = licenseOf(folder);
        namesByText.set(text, [...(namesByText.get(text) ?? []), name]);
      }
      const texts = [...namesByText].map(([text, names]) => `${names.join('\n')}\n\n${text}\n`);
      const source = texts.join(`\n${'-'.repeat(80)}\n\n`);
      this.emitFile({ type: 'asset', fileName: 'THIRD-PARTY-LICENSES.txt', source });
    },
  };
}

function licenseOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  if (!COMPATIBLE.includes(license)) throw new Error(`${name}: ${license} is not known to be compatible`);
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|notice|copyright)/i.test(file));
  const texts = files.sort().map((file) => readFileSync(join(folder, file), 'utf8').trim());
  // Some packages of the AWS SDK leave it out; Apache-2.0 has one text, which names no holder of a copyright.
  if (texts.length === 0 && license === 'Apache-2.0') texts.push(readFileSync('LICENSE', 'utf8').trim());
  if (texts.length === 0) throw new Error(`${name} has no license text`);
  return { name: `${name} ${version} (${license})`, text: texts.join('\n\n') };
}
