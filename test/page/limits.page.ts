import { afterAll, describe, expect, test } from 'vitest';
import { closeBrowser, openPage } from './open-page.ts';
import { realisticPage } from './realistic/realistic.ts';

afterAll(closeBrowser);

describe('a page about some rows does not speak for all', () => {
  test.each([
    [['--group', 'Payments'], 'Only the access of group Payments'],
    [['--kubernetes-group', 'payments-developers'], 'Only entries with Kubernetes group payments-developers'],
    [['--can', 'get secrets', '-n', 'payments'], 'Only who can: get secrets in namespace payments'],
  ])('%j', async (argv, limit) => {
    const html = await realisticPage(argv);
    const { page, problems, close } = await openPage(html, {}, 'tab=rights&can=delete+nodes');
    const answer = page.locator('#panel-rights');
    await answer.getByText('This page is limited.').waitFor();
    expect(await answer.getByText(limit).textContent()).toContain('Others may be able to, too.');
    for (const text of await page.locator('#attention-title + p').allTextContents())
      expect(text).toBe('No admins were found among the rows of this page, and nobody who can become admin.');
    expect(problems).toEqual([]);
    await close();
  });

  test('a whole page does not say so', async () => {
    const { page, close } = await openPage(await realisticPage(), {}, 'tab=rights&can=delete+nodes');
    await page.locator('.answer-status').filter({ hasText: 'can delete nodes' }).waitFor();
    expect(await page.getByText('This page is limited').count()).toBe(0);
    await close();
  });
});
