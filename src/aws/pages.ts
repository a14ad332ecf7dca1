import { type Failure, unavailable } from '../errors.ts';

/** One page of a listing; `next` leads to the one behind it. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | undefined;
}

/** Reads page after page; a page without items may still lead on to others. */
export async function* pages<T>(
  read: (token: string | undefined) => Promise<Page<T>>,
): AsyncGenerator<readonly T[]> {
  let token: string | undefined;
  do {
    const page = await read(token);
    if (page.next !== undefined && page.next === token) throw endless();
    token = page.next || undefined;
    yield page.items;
  } while (token !== undefined);
}

/** All pages in one list. */
export async function allItems<T>(read: (token: string | undefined) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = [];
  for await (const page of pages(read)) items.push(...page);
  return items;
}

function endless(): Failure {
  return unavailable({
    message: 'AWS lists in circles: a page leads back to itself',
    next: 'Run again; with --debug the calls are shown.',
  });
}
