import { once } from '../memo.ts';
import data from './data/kubernetes-1.36.json' with { type: 'json' };
import { type RbacKind, readManifest } from './manifest.ts';
import type { WrittenBinding, WrittenRole } from './model.ts';

/**
 * The roles and bindings that the API server creates in every cluster. Manifests in Git refer to the ones that people
 * bind without containing them. Nobody binds people to those of control plane programs, but anyone who acts as one of
 * their subjects has them: a username that a template renders, an impersonated one, or a service account whose token
 * someone can create.
 */
export const defaultManifests = once(() => {
  const manifests = data.manifests.map((one) => readManifest(one.kind as RbacKind, one, null));
  return {
    roles: manifests.filter((one): one is WrittenRole => !('roleRef' in one)),
    bindings: manifests.filter((one): one is WrittenBinding => 'roleRef' in one),
  };
});
