import type { PageApp } from './html.ts';

/**
 * The page's program. `build.js` replaces this module with the built program, so that a release builds nothing; from the
 * sources, as in tests, it is built on first use.
 */
export async function loadPageApp(): Promise<PageApp> {
  const builder = new URL('./app/build.js', import.meta.url).href;
  const { buildPageApp }: { buildPageApp: () => Promise<PageApp> } = await import(/* @vite-ignore */ builder);
  built ??= buildPageApp();
  return built;
}

let built: Promise<PageApp> | undefined;
