import { afterAll, describe, expect, test } from 'vitest';
import { violations } from './axe.ts';
import { closeBrowser, openPage } from './open-page.ts';
import { LAST_MONTH, realisticPage } from './realistic/realistic.ts';
import { SURFACES, startAgain } from './surfaces.ts';

afterAll(closeBrowser);

const SIZES = [
  { width: 390, height: 844 },
  { width: 1440, height: 900 },
];

describe.each(SIZES)('on a screen $width wide', (viewport) => {
  test.each(['light', 'dark'] as const)(
    'axe finds nothing in any part of the page, %s',
    async (colorScheme) => {
      const html = await realisticPage(['--since', LAST_MONTH]);
      const { page, problems, close } = await openPage(html, {
        viewport,
        colorScheme,
        reducedMotion: 'reduce',
      });
      const found: Record<string, readonly string[]> = {};
      for (const [name, show] of Object.entries(SURFACES)) {
        await show(page);
        found[name] = await violations(page);
        await startAgain(page, viewport);
      }
      expect(found).toEqual(Object.fromEntries(Object.keys(SURFACES).map((name) => [name, []])));
      expect(problems).toEqual([]);
      await close();
    },
  );
});
