import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import {
  KINDS,
  type KubernetesData,
  manifestsOf,
  objectsSchema,
  resourcesOf,
  resourcesSchema,
} from './data.ts';

/** `v1.36.3` */
export const RELEASE = /^v1\.(\d+)\.(\d+)$/;

/** The module that has the source of a release. */
export const MODULE = 'k8s.io/kubernetes';

/**
 * Reads what the API server of a release creates and serves from its source. Needs Go and a network.
 * @param release such as `v1.36.3`
 */
export function readKubernetesRelease(release: string): KubernetesData {
  const [, minor = '', patch = ''] = RELEASE.exec(release) ?? [];
  if (!minor) throw new Error(`${release} isn't a release such as v1.36.3`);
  const downloaded = go(['mod', 'download', '-json', `${MODULE}@${release}`], tmpdir());
  const { Dir, GoMod } = v.parse(v.object({ Dir: v.string(), GoMod: v.string() }), JSON.parse(downloaded));
  return {
    version: `1.${minor}`,
    manifests: readPolicy(release, `v0.${minor}.${patch}`, readFileSync(GoMod, 'utf8')),
    resources: readDiscovery(join(Dir, 'api', 'discovery')),
  };
}

/** Builds and runs main.go with the modules of the release. */
function readPolicy(release: string, staged: string, goMod: string): object[] {
  // The release's own parts are replaced there, which doesn't count in modules that require it.
  const parts = [...goMod.matchAll(/^\s+(k8s\.io\/\S+) v0\.0\.0$/gm)].map(([, part]) => part);
  const lines = [
    'module aws-auth-sso/test/kubernetes-data',
    /^go .*$/m.exec(goMod)?.[0] ?? '',
    `require ${MODULE} ${release}`,
    ...parts.map((part) => `replace ${part} => ${part} ${staged}`),
  ];
  const folder = mkdtempSync(join(tmpdir(), 'kubernetes-data-'));
  try {
    writeFileSync(join(folder, 'go.mod'), `${lines.join('\n')}\n`);
    copyFileSync(join(import.meta.dirname, 'main.go'), join(folder, 'main.go'));
    const printed = v.parse(
      v.record(v.picklist(KINDS), objectsSchema),
      JSON.parse(go(['run', '-mod=mod', '.'], folder)),
    );
    return KINDS.flatMap((kind) => manifestsOf(kind, printed[kind] ?? []));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const groupsSchema = v.object({
  groups: v.array(v.object({ name: v.string(), versions: v.array(v.object({ version: v.string() })) })),
});

/** The stable versions, which are on by default, in the order in which kubectl resolves names. */
function readDiscovery(folder: string): object[] {
  const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
  const { groups } = v.parse(groupsSchema, read('apis'));
  const stable = groups.flatMap(({ name, versions }) => {
    const numbers = versions.flatMap(({ version }) =>
      /^v\d+$/.test(version) ? Number(version.slice(1)) : [],
    );
    return numbers.length > 0 ? [[name, `apis__${name}__v${Math.max(...numbers)}`] as const] : [];
  });
  return [['', 'api__v1'] as const, ...stable].flatMap(([apiGroup, file]) =>
    resourcesOf(apiGroup, v.parse(resourcesSchema, read(file))),
  );
}

function go(words: readonly string[], cwd: string): string {
  return execFileSync('go', words, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 100_000_000,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}
