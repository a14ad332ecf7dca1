import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { defaultManifests, defaultManifestsOf } from '../../src/rbac/default-roles.ts';
import { kubernetesMinor, NEWEST } from '../../src/rbac/kubernetes-version.ts';

const FOLDER = join(import.meta.dirname, '../../src/rbac/data');
const FILES = readdirSync(FOLDER).filter((name) => name.startsWith('kubernetes-'));
const VERSIONS = FILES.map((name) => name.replace(/^kubernetes-|\.json$/g, ''));

test('the releases with data follow each other, up to the newest known', () => {
  const minors = VERSIONS.map((version) => kubernetesMinor(version) ?? Number.NaN).sort((a, b) => a - b);
  expect(minors.at(-1)).toBe(NEWEST);
  expect(minors).toEqual(minors.map((_, index) => NEWEST - minors.length + 1 + index));
});

describe.each(VERSIONS)('Kubernetes %s', (version) => {
  const minor = kubernetesMinor(version) ?? Number.NaN;

  test('has its own data, with source and date', async () => {
    const stored = JSON.parse(readFileSync(join(FOLDER, `kubernetes-${version}.json`), 'utf8'));
    expect(stored).toMatchObject({
      version,
      source: expect.stringMatching(new RegExp(`^k8s\\.io/kubernetes v1\\.${minor}\\.\\d+$`)),
      date: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
    });
    const { roles, bindings, ...about } = await defaultManifestsOf(minor);
    expect(about).toEqual({ version, date: stored.date });
    expect(roles.length + bindings.length).toBe(stored.manifests.length);
  });
});

const namesOf = async (minor: number) => {
  const { roles, bindings } = await defaultManifestsOf(minor);
  return [...roles, ...bindings].map(({ kind, name }) => `${kind} ${name}`);
};

test('1.37 added the discovery of trust bundles, and a controller that may patch everything', async () => {
  const [before, after] = [await namesOf(36), await namesOf(37)];
  expect(after.filter((name) => !before.includes(name)).sort()).toMatchInlineSnapshot(`
    [
      "ClusterRole system:cluster-trust-bundle-discovery",
      "ClusterRole system:controller:kube-apiserver-serving-clustertrustbundle-publisher",
      "ClusterRole system:controller:podcertificaterequestcleaner",
      "ClusterRole system:controller:storage-version-migrator-controller",
      "ClusterRoleBinding system:cluster-trust-bundle-discovery",
      "ClusterRoleBinding system:controller:kube-apiserver-serving-clustertrustbundle-publisher",
      "ClusterRoleBinding system:controller:podcertificaterequestcleaner",
      "ClusterRoleBinding system:controller:storage-version-migrator-controller",
    ]
  `);
});

test('a version without data has that of the nearest one', async () => {
  expect(await defaultManifestsOf(99)).toBe(defaultManifests());
  expect((await defaultManifestsOf(3)).version).toBe('1.32');
});
