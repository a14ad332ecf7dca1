import { refusal } from '../errors.ts';
import { quoted } from '../text.ts';

/** The minor version of a Kubernetes release: 36 is Kubernetes 1.36. */
export type KubernetesMinor = number;

/** The newest known release: `test:cluster` verifies its default roles and the routes to cluster admin. */
export const NEWEST: KubernetesMinor = 36;
/**
 * The first release without RBAC's v1beta1:
 * https://kubernetes.io/docs/reference/using-api/deprecation-guide/#rbac-resources-v122
 */
const OLDEST: KubernetesMinor = 22;

/** `1.36`, `v1.33.4-eks-ae6ce05`, `1.31+` */
const VERSION = /^v?1\.(\d{1,3})(?:[.+-].*)?$/;

/**
 * Parses the value of `--kubernetes-version`.
 * @throws Failure (exit 2) if it is not a version, or if it is before 1.22 or after the newest known
 */
export function parseKubernetesVersion(text: string): KubernetesMinor {
  const minor = Number(VERSION.exec(text.trim())?.[1] ?? Number.NaN);
  if (minor >= OLDEST && minor <= NEWEST) return minor;
  const range = `${versionText(OLDEST)} to ${versionText(NEWEST)}`;
  throw refusal({
    message: Number.isNaN(minor)
      ? `--kubernetes-version: ${quoted(text)} isn't a Kubernetes version`
      : `--kubernetes-version: ${quoted(text)} isn't supported`,
    help:
      minor > NEWEST
        ? `The newest known release is ${versionText(NEWEST)}: omit the option to use it.`
        : `Specify a release from ${range}, as printed by "kubectl version", such as 1.33.`,
  });
}

/** `1.36` */
export function versionText(minor: KubernetesMinor): string {
  return `1.${minor}`;
}
