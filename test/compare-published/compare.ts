import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { main as comparePolicies } from '../compare-policies/main.ts';
import { RELEASE } from '../kubernetes-data/release.ts';
import { COPIES, parseData, type StoredData, storedData, testedAuthenticator } from './copies.ts';

/**
 * Compares this repository with copies of what is published.
 * @returns a line for each difference
 * @throws Error if a copy is missing or can't be read
 */
export function compareWith(directory: string): string[] {
  const data = storedData();
  return [
    ...withoutData(copyIn(directory, COPIES.offered), data),
    ...withReleases(directory, data),
    ...withPolicies(join(directory, COPIES.policies)),
    ...withAuthenticator(copyIn(directory, COPIES.authenticator)),
  ];
}

function copyIn(directory: string, name: string): string {
  try {
    return readFileSync(join(directory, name), 'utf8');
  } catch {
    throw new Error(`${join(directory, name)} is missing: --fetch ${directory} downloads all copies`);
  }
}

/** Reads the page https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.md. */
function withoutData(page: string, data: ReadonlyMap<string, StoredData>): string[] {
  const lists = page.split(/^## /m).filter((section) => section.startsWith('Available versions'));
  const offered = lists.map((list) => list.match(/\b1\.\d{2,}\b/g) ?? []);
  // Versions with standard and with extended support. If a list is missing, the page looks different now.
  if (offered.length < 2 || offered.some((versions) => versions.length === 0))
    throw new Error(`${COPIES.offered}: no two lists of versions found`);
  return [...new Set(offered.flat())]
    .filter((version) => !data.has(version))
    .map((version) => lacking(version, 'EKS offers it'));
}

function lacking(version: string, why: string): string {
  return `Kubernetes ${version}: ${why}, but src/rbac/data has no file for it`;
}

function withReleases(directory: string, data: ReadonlyMap<string, StoredData>): string[] {
  const releases = new Set(copyIn(directory, COPIES.releases).trim().split('\n'));
  for (const version of data.keys())
    if (![...releases].some((release) => release.startsWith(`v${version}.`)))
      throw new Error(`${COPIES.releases}: no release of Kubernetes ${version}`);
  return [...releases].flatMap((release) => {
    const [, minor] = RELEASE.exec(release) ?? [];
    if (minor === undefined)
      throw new Error(`${COPIES.releases}: ${JSON.stringify(release)} isn't a release`);
    const version = `1.${minor}`;
    const stored = data.get(version);
    if (!stored) return [lacking(version, `${release} is out`)];
    if (stored.source.endsWith(` ${release}`)) return [];
    const changed = changedNames(stored, parseData(copyIn(directory, `kubernetes-${version}.json`)));
    return changed.length === 0
      ? []
      : [`Kubernetes ${version}: ${release} differs from ${stored.source}: ${changed.join(', ')}`];
  });
}

/** Names of roles, bindings and resources that differ. */
function changedNames(before: StoredData, after: StoredData): string[] {
  const [old, now] = [textsByName(before), textsByName(after)];
  return [...new Set([...old.keys(), ...now.keys()])].filter((name) => old.get(name) !== now.get(name));
}

function textsByName({ manifests, resources }: StoredData): ReadonlyMap<string, string> {
  const named = [
    ...manifests.map((one) => {
      const { namespace, name } = one.metadata;
      return [`${one.kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`, one] as const;
    }),
    ...resources.map((one) => [`resource ${one.name}.${one.apiGroup}`, one] as const),
  ];
  return new Map(named.map(([name, one]) => [name, JSON.stringify(one)]));
}

function withPolicies(file: string): string[] {
  const { text, exitCode } = comparePolicies([file]);
  if (exitCode === 2) throw new Error(text.trim());
  return exitCode === 0
    ? []
    : text
        .trimEnd()
        .split('\n')
        .map((line) => `access policies: ${line}`);
}

/** Reads the answer of https://proxy.golang.org for the latest version of a module. */
function withAuthenticator(answer: string): string[] {
  const { Version } = v.parse(v.object({ Version: v.string() }), JSON.parse(answer));
  const tested = testedAuthenticator();
  return Version === tested
    ? []
    : [`aws-iam-authenticator: ${Version} is the newest, the tests compare with ${tested}`];
}
