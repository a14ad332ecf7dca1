import { inject } from 'vitest';

/** `data` of the ConfigMap. */
export type Data = Readonly<Record<string, string>>;

/** An entry as the authenticator's own parser loads it from the live ConfigMap. */
export interface Entry {
  readonly rolearn?: string;
  readonly userarn?: string;
  readonly username: string;
  readonly groups: readonly string[] | null;
}

export interface Loaded {
  readonly error: string | null;
  readonly roles: readonly Entry[];
  readonly users: readonly Entry[];
  readonly accounts: readonly string[] | null;
}

/** Re-creates aws-auth with exactly this data; null deletes it. */
export async function setAwsAuth(data: Data | null): Promise<void> {
  await (data === null ? ask('DELETE', '/') : ask('PUT', '/', data));
}

/** Acts as another writer: appends an entry to mapRoles in the newest version. */
export async function appendToMapRoles(text: string): Promise<void> {
  await ask('POST', '/append', text);
}

/** `data` of the live ConfigMap. */
export async function liveData(): Promise<Data> {
  return (await ask('GET', '/data')) as Data;
}

/** The live ConfigMap as the authenticator loads it. */
export async function loaded(): Promise<Loaded> {
  return (await ask('GET', '/loaded')) as Loaded;
}

async function ask(method: string, path: string, body?: unknown): Promise<unknown> {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
  const response = await fetch(`${inject('cluster').control}${path}`, init);
  if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
  return response.json();
}
