import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';
import { inject } from 'vitest';

const agent = new Agent({ keepAlive: true, maxSockets: 8, rejectUnauthorized: false });

/** The cluster admin's token. */
export function adminToken(): string {
  const found = /token: (\S+)/.exec(readFileSync(inject('cluster').adminKubeconfig, 'utf8'))?.[1];
  if (found === undefined) throw new Error('there is no token in the kubeconfig');
  return found;
}

/** A client certificate, for callers without a token. */
export interface ClientCertificate {
  readonly key: string;
  readonly cert: string;
}

/**
 * Calls the API server directly, without a kubectl process. Returns the object.
 * @throws Error `POST /api/…: 403 …` if it refuses
 */
export async function callApi(
  method: string,
  path: string,
  credentials: string | ClientCertificate,
  body?: unknown,
  headers: Readonly<Record<string, string | string[]>> = {},
): Promise<unknown> {
  const isToken = typeof credentials === 'string';
  const call = request(`${inject('cluster').server}${path}`, {
    method,
    ...(isToken ? { agent } : { ...credentials, agent: false, rejectUnauthorized: false }),
    headers: {
      ...(isToken && { authorization: `Bearer ${credentials}` }),
      'content-type': 'application/json',
      accept: 'application/json',
      ...headers,
    },
  });
  const answered = new Promise<string>((done, failed) => {
    call.on('error', failed);
    call.on('response', (response) => {
      const isFine = (response.statusCode ?? 500) < 300;
      text(response).then(
        (said) =>
          isFine ? done(said) : failed(new Error(`${method} ${path}: ${response.statusCode} ${said}`)),
        failed,
      );
    });
  });
  call.end(body === undefined ? undefined : JSON.stringify(body));
  return JSON.parse(await answered);
}

/** Runs at most this many at a time. Returns results in the order of the items. */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  width: number,
  run: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const left = items.entries();
  const worker = async () => {
    for (const [index, item] of left) results[index] = await run(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}
