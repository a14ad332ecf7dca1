import { afterAll, describe, expect, test } from 'vitest';
import { runProgram } from '../program.ts';
import { closeBrowser, openPage } from './open-page.ts';
import { realisticPage } from './realistic/realistic.ts';

afterAll(closeBrowser);

describe('the policy of the page', () => {
  test.each([
    [
      'a script',
      "const one = document.createElement('script'); one.text = 'window.ran = 1'; document.body.append(one)",
    ],
    ['markup', 'document.body.innerHTML = \'<img src=x onerror="window.ran = 1">\''],
    ['a handler', "document.body.setAttribute('onclick', 'window.ran = 1'); document.body.click()"],
    ['an address with code', "location.href = 'javascript:window.ran = 1'"],
    ['a text that is code', "setTimeout('window.ran = 1')"],
    ['a style', "document.body.setAttribute('style', 'display: none')"],
    ['a picture', "new Image().src = 'data:image/gif;base64,R0lGODlhAQABAAAAACw='"],
    ['a request', "fetch('data:text/plain,x')"],
    [
      'a frame',
      "const one = document.createElement('iframe'); one.src = 'data:text/html,x'; document.body.append(one)",
    ],
    [
      'another base',
      "const one = document.createElement('base'); one.href = 'https://example.invalid/'; document.head.append(one)",
    ],
  ])('refuses %s that gets into the page', async (_, code) => {
    const { page, problems, close } = await openPage(await realisticPage());
    await page.evaluate(() => {
      document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => {
        document.documentElement.dataset.violated = effectiveDirective;
      });
    });
    const session = await page.context().newCDPSession(page);
    // As if a bug of the page's own script did it.
    await session.send('Runtime.evaluate', { expression: code, allowUnsafeEvalBlockedByCSP: false });
    const violated = () => page.evaluate(() => document.documentElement.dataset.violated);
    await expect
      .poll(violated, { timeout: 30_000 })
      .toMatch(/^(?:script-src|style-src|img-src|connect-src|frame-src|base-uri|require-trusted-types-for)/);
    expect(await page.evaluate(() => ['ran' in window, getComputedStyle(document.body).display])).toEqual([
      false,
      'block',
    ]);
    expect(problems.filter((problem) => problem.startsWith('request:'))).toEqual([]);
    expect(problems.some((problem) => problem.includes('policy:'))).toBe(true);
    await close();
  });
});

test.each(['a b\'s "c" & <d>/100%/#1?x=y;z/öffnen 🙂.html', 'javascript:1/__proto__.html'])(
  'the page opens from the path %s, and a link in it stays there',
  async (name) => {
    const { page, problems, close } = await openPage(await realisticPage(), {}, 'search=payments', name);
    await page.locator('#panel-table tbody tr').first().waitFor({ state: 'attached' });
    const { pathname } = new URL(page.url());
    expect(decodeURIComponent(pathname)).toContain(name);
    await page.getByRole('tab', { name: 'Graph' }).click();
    await page.locator('#panel-graph .graph-box').first().click();
    await page.goBack();
    expect(new URL(page.url()).pathname).toBe(pathname);
    expect(problems).toEqual([]);
    await close();
  },
);

test('the same input makes the same page, byte for byte', async () => {
  const argv = [
    'who',
    'examples/aws-auth.yaml',
    '--inventory',
    'examples/inventory.json',
    '--expand',
    '--rbac',
    'examples/rbac.yaml',
    '-o',
    'html',
  ];
  const [one, other] = [await runProgram(argv), await runProgram(argv)];
  expect(one.exitCode).toBe(0);
  expect(other.stdout).toBe(one.stdout);
});
