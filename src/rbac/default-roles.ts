import { memoAsync, once } from '../memo.ts';
import newest from './data/kubernetes-1.37.json' with { type: 'json' };
import type { KubernetesMinor } from './kubernetes-version.ts';
import { type RbacKind, readManifest } from './manifest.ts';
import type { WrittenBinding, WrittenRole } from './model.ts';

/**
 * The roles and bindings that the API server of a release creates in every cluster. Manifests in Git refer to the ones
 * that people bind without containing them. Nobody binds people to those of control plane programs, but anyone who acts
 * as one of their subjects has them: a username that a template renders, an impersonated one, or a service account whose
 * token someone can create.
 */
export interface DefaultManifests {
  /** `1.36` */
  readonly version: string;
  /** When the release's source was read. */
  readonly date: string;
  readonly roles: readonly WrittenRole[];
  readonly bindings: readonly WrittenBinding[];
}

/** A file of `src/rbac/data`, which `npm run kubernetes-data` writes. */
interface KubernetesData {
  readonly version: string;
  readonly date: string;
  readonly manifests: readonly { readonly kind: string }[];
}

/** Releases before the newest, from the oldest that EKS offers. The package has one file per release. */
const OLDER: ReadonlyMap<KubernetesMinor, () => Promise<{ readonly default: KubernetesData }>> = new Map([
  [32, () => import('./data/kubernetes-1.32.json', { with: { type: 'json' } })],
  [33, () => import('./data/kubernetes-1.33.json', { with: { type: 'json' } })],
  [34, () => import('./data/kubernetes-1.34.json', { with: { type: 'json' } })],
  [35, () => import('./data/kubernetes-1.35.json', { with: { type: 'json' } })],
  [36, () => import('./data/kubernetes-1.36.json', { with: { type: 'json' } })],
]);

/** The roles and bindings of the newest known release. */
export const defaultManifests = once(() => read(newest));

/** The roles and bindings of a release, or of the nearest one that is known. */
export const defaultManifestsOf = memoAsync(async (version: KubernetesMinor): Promise<DefaultManifests> => {
  const nearest = Math.max(version, Math.min(...OLDER.keys()));
  const load = OLDER.get(nearest);
  return load ? read((await load()).default) : defaultManifests();
});

function read({ version, date, manifests }: KubernetesData): DefaultManifests {
  const all = manifests.map((one) => readManifest(one.kind as RbacKind, one, null));
  return {
    version,
    date,
    roles: all.filter((one): one is WrittenRole => !('roleRef' in one)),
    bindings: all.filter((one): one is WrittenBinding => 'roleRef' in one),
  };
}
