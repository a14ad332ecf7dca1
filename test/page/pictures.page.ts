import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, inject, test } from 'vitest';
import { ROOT } from '../pages.ts';
import { closeBrowser, openPage } from './open-page.ts';
import { LAST_MONTH, realisticPage } from './realistic/realistic.ts';
import { SCENES } from './scenes.ts';

afterAll(closeBrowser);

const html = realisticPage(['--since', LAST_MONTH]);

test.each(SCENES)('$name can be drawn (npm run test:page -- -u draws it)', async (scene) => {
  const { name, width, height, colorScheme, hash, press } = scene;
  const { page, problems, close } = await openPage(
    await html,
    { viewport: { width, height }, colorScheme, reducedMotion: 'reduce' },
    hash,
  );
  await page.getByRole('tabpanel').waitFor();
  if (press !== undefined) await page.getByRole('button', { name: press }).click();
  const picture = await page.screenshot();
  expect(problems).toEqual([]);
  await close();
  // Chromium draws letters differently from one version to the next, so there is nothing to compare.
  if (inject('updates')) await writeFile(join(ROOT, 'docs', 'pictures', `${name}.png`), picture);
});
