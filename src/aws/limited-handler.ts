import type { STSClient } from '@aws-sdk/client-sts';

type RequestHandler = STSClient['config']['requestHandler'];

/**
 * A handler that lets so many requests await their answers at a time. A place is free again as soon as the answer begins: reading it
 * keeps this process busy, and AWS could work on the next one meanwhile.
 */
export function limitedHandler(handler: RequestHandler, atOnce: number): RequestHandler {
  let free = atOnce;
  // p-limit's queue is a linked list: its dead links that V8 holds for old would keep answers in memory that nobody needs.
  const waiting: (() => void)[] = [];
  const enter = async () => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const leave = () => {
    const next = waiting.shift();
    if (next) next();
    else free += 1;
  };
  const handle: RequestHandler['handle'] = async (request, options) => {
    await enter();
    try {
      return await handler.handle(request, options);
    } finally {
      leave();
    }
  };
  return Object.assign(Object.create(handler), { handle });
}
