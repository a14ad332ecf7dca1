import { refusal } from '../errors.ts';
import { quoted } from '../text.ts';

/** The minor version of a Kubernetes release: 36 is Kubernetes 1.36. */
export type KubernetesMinor = number;

/** The newest release in `src/rbac/data`. */
export const NEWEST: KubernetesMinor = 37;

/** Parses `1.36`, `v1.33.4-eks-ae6ce05` or `1.31+`; undefined for anything else. */
export function kubernetesMinor(text = ''): KubernetesMinor | undefined {
  const [, minor] = /^v?1\.(\d{1,3})(?:[.+-].*)?$/.exec(text.trim()) ?? [];
  return minor === undefined ? undefined : Number(minor);
}

/**
 * Parses the value of `--kubernetes-version`.
 * @throws Failure (exit 2) if it is not a version
 */
export function parseKubernetesVersion(text: string): KubernetesMinor {
  const minor = kubernetesMinor(text);
  if (minor !== undefined) return minor;
  throw refusal({
    message: `--kubernetes-version: ${quoted(text)} isn't a Kubernetes version`,
    help: 'Specify a release, as printed by "kubectl version", such as 1.33.',
  });
}

/** `1.36` */
export function versionText(minor: KubernetesMinor): string {
  return `1.${minor}`;
}
