// Bundles the program and its dependencies into `dist`, or into the given directory.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'rolldown';
import { buildPageApp } from './src/page/app/build.js';
import { rawFiles } from './src/raw-files.js';

const [, , dir = 'dist'] = process.argv;

/** Licenses of code that may be part of a work under Apache-2.0. */
const COMPATIBLE = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT'];

/** Modules that packages load and this program doesn't use, with replacements. */
const UNUSED = {
  // Used only for subcommands that are separate programs.
  'node:child_process': { of: 'commander', source: 'module.exports = {};' },
  // DEBUG may be set for other reasons, and would make this module write to stderr.
  debug: { of: 'https-proxy-agent', source: 'export default () => () => {};' },
  // Kerberos, which requires another package.
  'proxy-agent-negotiate': {
    of: 'https-proxy-agent',
    source: 'export const createNegotiateAuth = undefined;',
  },
};

const pageApp = await buildPageApp([thirdPartyLicenses()]);

/** CommonJS: Node 20 loads it several milliseconds faster than ES modules. */
await build({
  input: { process: 'src/cli/main.ts' },
  platform: 'node',
  resolve: { mainFields: ['module', 'main'] },
  transform: { target: 'node20.19' },
  plugins: [withoutUnused(), withPageApp(pageApp), rawFiles, thirdPartyLicenses(pageApp.licenses)],
  output: {
    dir,
    cleanDir: true,
    format: 'cjs',
    // The ES module loader takes milliseconds to start, even for a built-in module.
    dynamicImportInCjs: false,
    minify: true,
    comments: false,
    // One byte per character; a single non-ASCII character would make it two.
    charset: 'ascii',
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name]-[hash].cjs',
    codeSplitting: {
      // Few files, with modules that call each other often in the same one: calls between chunks go through a getter.
      groups: [
        {
          name: 'main',
          test: /src\/(?:errors|io|text|cli\/(?:main|command-table|progress|shell))\.ts$/,
          priority: 2,
        },
        {
          name: 'core',
          test: /src\/(?:yaml\/|aws-auth\/(?:aliases|decode|diagnose-arn|document|find-config-map|denied-entries|groups|load|loaded|other-entries|resolve-caller|scalar|templates)\.ts)/,
          priority: 2,
        },
        {
          name: 'commander',
          test: /node_modules\/commander\/|src\/cli\/(?:define-command|command-line|option-values|format\/(?:json|table))\.ts$/,
          priority: 1,
        },
        { name: 'edit', test: /src\/aws-auth\/(?!aws-auth|load-findings)/, priority: 1 },
        {
          name: 'inputs',
          test: /src\/(?:cli\/inputs\/(?:inputs|clusters|path-places)|access-entry\/(?:cluster|entry|existing-entries|translate-entry)|aws-auth\/(?:aws-auth|load-findings)|directory\/(?:instances|known-clusters|read-time))\.ts$/,
          priority: 1,
        },
        {
          name: 'resolve',
          test: /src\/(?:directory|mapping|cli)\/|node_modules\/(?:picomatch|valibot)\//,
          minShareCount: 4,
        },
        { name: 'aws', test: /node_modules\/@(?:aws|aws-sdk|smithy)\//, minShareCount: 3 },
      ],
    },
  },
});

/** Replaces the modules of `UNUSED`. */
function withoutUnused() {
  const sourceOf = (id) => (Object.hasOwn(UNUSED, id) ? UNUSED[id] : undefined);
  return {
    name: 'without-unused',
    resolveId: (id, importer) =>
      importer?.includes(`/node_modules/${sourceOf(id)?.of}/`) ? `\0${id}` : undefined,
    load: (id) => (id.startsWith('\0') ? sourceOf(id.slice(1))?.source : undefined),
  };
}

/** Replaces `src/page/app-bundle.ts` with the built program of the page. */
function withPageApp(app) {
  return {
    name: 'page-app',
    load: (id) =>
      id.endsWith('/src/page/app-bundle.ts')
        ? `export const loadPageApp = () => (${JSON.stringify(app)});`
        : undefined,
  };
}

/**
 * Collects the licenses of all bundled packages into one file next to the bundle.
 * @param others licenses of packages that are bundled elsewhere
 * @returns a plugin that fails if a package has no license text, or no compatible license
 */
function thirdPartyLicenses(others = '') {
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
      const source = [...texts, ...(others === '' ? [] : [others])].join(`\n${'-'.repeat(80)}\n\n`);
      this.emitFile({ type: 'asset', fileName: 'THIRD-PARTY-LICENSES.txt', source });
    },
  };
}

function licenseOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  if (!COMPATIBLE.includes(license))
    throw new Error(`${name}: license ${license} is not on the list of compatible ones`);
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|notice|copyright)/i.test(file));
  const texts = files.sort().map((file) => readFileSync(join(folder, file), 'utf8').trim());
  // Some packages of the AWS SDK omit it. The text of Apache-2.0 is always the same: it names no copyright holder.
  if (texts.length === 0 && license === 'Apache-2.0') texts.push(readFileSync('LICENSE', 'utf8').trim());
  if (texts.length === 0) throw new Error(`${name} has no license text`);
  return { name: `${name} ${version} (${license})`, text: texts.join('\n\n') };
}
