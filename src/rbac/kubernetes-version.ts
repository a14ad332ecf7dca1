import { refusal } from '../errors.ts';
import { quoted } from '../text.ts';

/** A release of Kubernetes 1, by its minor version: 36 is Kubernetes 1.36. */
export type KubernetesMinor = number;

/** The newest release whose rules are known: the default roles and the ways to administrator are held to it by `test:cluster`. */
export const NEWEST: KubernetesMinor = 36;
/** RBAC's v1beta1 ended with it: https://kubernetes.io/docs/reference/using-api/deprecation-guide/#rbac-resources-v122 */
const OLDEST: KubernetesMinor = 22;

/** `1.36`, `v1.33.4-eks-ae6ce05`, `1.31+` */
const VERSION = /^v?1\.(\d{1,3})(?:[.+-].*)?$/;

/**
 * Reads the value of `--kubernetes-version`.
 * @throws Failure (exit 2) for what is no version, or one before 1.22 or after the newest known
 */
export function parseKubernetesVersion(text: string): KubernetesMinor {
  const minor = Number(VERSION.exec(text.trim())?.[1] ?? Number.NaN);
  if (minor >= OLDEST && minor <= NEWEST) return minor;
  const range = `${versionText(OLDEST)} to ${versionText(NEWEST)}`;
  throw refusal({
    message: Number.isNaN(minor)
      ? `--kubernetes-version: ${quoted(text)} is not a Kubernetes version`
      : `--kubernetes-version: ${quoted(text)} is not supported`,
    help:
      minor > NEWEST
        ? `The newest known release is ${versionText(NEWEST)}: leave the option out to use it.`
        : `Give a release from ${range}, as "kubectl version" prints it, such as 1.33.`,
  });
}

/** `1.36` */
export function versionText(minor: KubernetesMinor): string {
  return `1.${minor}`;
}
