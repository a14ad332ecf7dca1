import { type Failure, unavailable } from '../errors.ts';

/** One page of a listing; `next` leads to the one behind it. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | undefined;
}

/** How often in a row a page may lead back to itself. */
const PATIENCE = 10;

/**
 * Reads page after page; a page without items may still lead on to others.
 * @throws Failure (exit 3) for a listing that goes in circles
 */
export async function* pages<T>(
  read: (token: string | undefined) => Promise<Page<T>>,
): AsyncGenerator<readonly T[]> {
  let token: string | undefined;
  let stalls = 0;
  do {
    const page = await read(token);
    stalls = page.next !== undefined && page.next === token ? stalls + 1 : 0;
    if (stalls > (page.items.length > 0 ? 0 : PATIENCE)) throw endless();
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
