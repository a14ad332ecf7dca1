import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, expect, inject, test } from 'vitest';
import { ROOT } from '../pages.ts';
import { closeBrowser, openPage } from './open-page.ts';
import { LAST_MONTH, realisticPage } from './realistic/realistic.ts';
import { SCENES } from './scenes.ts';

afterAll(closeBrowser);

const html = realisticPage(['--since', LAST_MONTH]);

/** The same on any machine that draws. */
const FONT = 'Inter';

/** True if letters have other widths than in the font that replaces a missing one. */
function hasFont(page: Page): Promise<boolean> {
  return page.evaluate((font) => {
    const context = document.createElement('canvas').getContext('2d');
    const widths = [`${font}, monospace`, 'monospace'].map((family) => {
      if (context) context.font = `14px ${family}`;
      return context?.measureText('mmmiii').width;
    });
    return widths[0] !== widths[1];
  }, FONT);
}

test.each(SCENES)('$name can be drawn (npm run test:page -- -u draws it)', async (scene) => {
  const { name, width, height, colorScheme, hash, press } = scene;
  const { page, problems, close } = await openPage(
    await html,
    // The policy of the page forbids other styles, such as one with another font.
    { viewport: { width: width - 1, height }, colorScheme, reducedMotion: 'reduce', bypassCSP: true },
    hash,
  );
  await page.addStyleTag({ content: `:root { --font: ${FONT}, sans-serif !important }` });
  // The page measures its texts again in another width.
  await page.setViewportSize({ width, height });
  await page.getByRole('tabpanel').waitFor();
  if (press !== undefined) await page.getByRole('button', { name: press }).click();
  if (inject('updates'))
    expect(await hasFont(page), 'Install Inter (Debian: apt-get install fonts-inter)').toBe(true);
  const picture = await page.screenshot();
  expect(problems).toEqual([]);
  await close();
  // Chromium draws letters differently from one version to the next, so there is nothing to compare.
  if (inject('updates')) await writeFile(join(ROOT, 'docs', 'pictures', `${name}.png`), picture);
});
