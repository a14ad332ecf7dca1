import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';

const ROOT = join(import.meta.dirname, '../..');

/** Names of the copies in a directory. */
export const COPIES = {
  /** Kubernetes versions that EKS offers. */
  offered: 'kubernetes-versions.md',
  /** The newest release of Kubernetes, and the newest one of each version in src/rbac/data, a line each. */
  releases: 'kubernetes-releases.txt',
  policies: 'access-policy-permissions.md',
  authenticator: 'aws-iam-authenticator.json',
} as const;

export const AUTHENTICATOR = 'sigs.k8s.io/aws-iam-authenticator';

const dataSchema = v.looseObject({
  version: v.string(),
  source: v.string(),
  date: v.string(),
  manifests: v.array(
    v.looseObject({
      kind: v.string(),
      metadata: v.looseObject({ name: v.string(), namespace: v.optional(v.string()) }),
    }),
  ),
  resources: v.array(v.looseObject({ name: v.string(), apiGroup: v.string() })),
});

/** A file of src/rbac/data. */
export type StoredData = v.InferOutput<typeof dataSchema>;

/** Files of src/rbac/data by version, such as `1.36`. */
export function storedData(): ReadonlyMap<string, StoredData> {
  const folder = join(ROOT, 'src/rbac/data');
  const names = readdirSync(folder).filter((name) => name.startsWith('kubernetes-'));
  const files = names.map((name) => parseData(readFileSync(join(folder, name), 'utf8')));
  return new Map(files.map((data) => [data.version, data]));
}

export function parseData(text: string): StoredData {
  return v.parse(dataSchema, JSON.parse(text));
}

/** The version of aws-iam-authenticator that tests compare with. */
export function testedAuthenticator(): string {
  const modules = readFileSync(join(ROOT, 'test/authenticator/go.mod'), 'utf8');
  const [, version = ''] = new RegExp(`${AUTHENTICATOR} (v\\S+)`).exec(modules) ?? [];
  return version;
}
