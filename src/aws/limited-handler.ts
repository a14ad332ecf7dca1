import type { STSClient } from '@aws-sdk/client-sts';
import pLimit from 'p-limit';

type RequestHandler = STSClient['config']['requestHandler'];

/**
 * A handler that lets so many requests await their answers at a time. A place is free again as soon as the answer begins: reading it
 * keeps this process busy, and AWS could work on the next one meanwhile.
 */
export function limitedHandler(handler: RequestHandler, atOnce: number): RequestHandler {
  const limit = pLimit(atOnce);
  const handle: RequestHandler['handle'] = (request, options) =>
    limit(() => handler.handle(request, options));
  return Object.assign(Object.create(handler), { handle });
}
