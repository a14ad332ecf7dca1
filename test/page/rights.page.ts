import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { afterAll, expect, test } from 'vitest';
import { awsAuthOf } from '../access-entry/aws-auth-of.ts';
import { runProgram } from '../program.ts';
import { binding, role, rulesOf } from '../rbac/manifests.ts';
import { scratch } from '../scratch.ts';
import { closeBrowser, openPage } from './open-page.ts';

afterAll(closeBrowser);

const EXAMPLE = ['who', 'examples/aws-auth.yaml', '--inventory', 'examples/inventory.json', '--expand'];
const ARN = 'arn:aws:iam::111122223333';

async function htmlOf(argv: readonly string[], cwd?: string): Promise<string> {
  const { stdout, stderr, exitCode } = await runProgram(
    [...argv, '-o', 'html'],
    cwd === undefined ? {} : { cwd },
  );
  expect(exitCode, stderr).toBe(0);
  return stdout;
}

/** A page without Identity Center: three roles, and one of them reads the secrets of payments. */
async function smallPage(rbac = ['--rbac', 'rbac.yaml']): Promise<string> {
  const cwd = await scratch({
    'aws-auth.yaml': awsAuthOf([
      { rolearn: `${ARN}:role/reader`, username: 'reader', groups: ['readers'] },
      { rolearn: `${ARN}:role/other`, username: 'other', groups: ['others'] },
      { rolearn: `${ARN}:role/admin`, username: 'admin', groups: ['system:masters'] },
    ]),
    'rbac.yaml': [
      role('secret-reader', rulesOf('get,list core secrets')),
      binding('readers', 'ClusterRole/secret-reader', ['Group readers'], 'payments'),
      role('pods', rulesOf('get,list core pods; get core configmaps settings')),
      binding('others', 'ClusterRole/pods', ['Group others']),
    ].join('\n---\n'),
  });
  return htmlOf(['who', 'aws-auth.yaml', ...rbac], cwd);
}

test('who reads the secrets of payments is answered with two clicks', async () => {
  const { page, problems, close } = await openPage(await smallPage());
  await page.getByRole('tab', { name: 'Permissions' }).click();
  await page.getByRole('button', { name: 'Read secrets' }).click();
  const answers = page.getByRole('table', { name: 'Who can, and why' });
  await answers.waitFor();
  await page.getByRole('combobox', { name: 'Namespace' }).click();
  await page.getByRole('option', { name: 'payments' }).click();
  await page.getByText('2 IAM roles can read secrets in namespace payments.').waitFor();
  expect(await answers.getByRole('rowheader').allInnerTexts()).toEqual([
    expect.stringContaining('reader'),
    expect.stringContaining('admin'),
  ]);
  expect(await answers.getByRole('row', { name: 'reader' }).textContent()).toContain(
    'RoleBinding readers to Kubernetes group readers',
  );
  expect(new URLSearchParams(new URL(page.url()).hash.slice(1)).get('namespace')).toBe('payments');
  expect(problems).toEqual([]);
  await close();
});

test('the answer follows what the reader types, and says what is wrong with it', async () => {
  const { page, problems, close } = await openPage(await smallPage(), {}, 'tab=rights');
  const question = page.getByRole('textbox', { name: 'Or ask in the words of Kubernetes' });
  await question.fill('get pods');
  await page.getByText('2 IAM roles can get pods.').waitFor();
  await question.fill('read pods');
  await page.getByRole('alert').getByText('Unknown verb "read"').waitFor();
  expect(await page.getByRole('alert').textContent()).not.toContain('--can');
  await question.fill('delete pods');
  await page.getByText('1 IAM role can delete pods.').waitFor();
  expect(await page.getByRole('alert').textContent()).toBe('');
  await page.getByRole('combobox', { name: 'Namespace' }).fill('paymens');
  await page.getByText('Did you mean "payments"?').waitFor();
  await page.getByRole('combobox', { name: 'Namespace' }).fill('');
  await question.fill('get configmaps');
  await page.getByText('Only for certain names: 1 IAM role.').waitFor();
  await question.fill('');
  await page.getByRole('table', { name: 'Who can, and why' }).waitFor({ state: 'detached' });
  expect(problems).toEqual([]);
  await close();
});

test('a person is chosen with the keyboard, and the permissions of each entry are listed', async () => {
  const html = await htmlOf([...EXAMPLE, '--rbac', 'examples/rbac.yaml']);
  const { page, problems, close } = await openPage(html, {}, 'tab=rights');
  const who = page.getByRole('combobox', { name: 'Person or group' });
  await who.focus();
  await page.keyboard.type('break');
  await page.keyboard.press('ArrowDown');
  expect(await who.getAttribute('aria-activedescendant')).toBe('who-list-0');
  await page.keyboard.press('Enter');
  expect(await who.getAttribute('aria-expanded')).toBe('false');
  await page.getByText('Cluster admin: may do everything in this cluster').waitFor();
  const rights = page.getByRole('table', { name: 'Permissions by namespace' });
  expect(await rights.getByRole('row').nth(1).textContent()).toContain('*.*');
  await who.press('ArrowDown');
  await page.keyboard.press('Escape');
  expect(await who.getAttribute('aria-expanded')).toBe('false');
  expect(problems).toEqual([]);
  await close();
});

test('the answer is about the rows of the filters, and can be asked about all', async () => {
  const { page, problems, close } = await openPage(
    await smallPage(),
    {},
    'tab=rights&can=get+secrets&search=reader',
  );
  await page.getByText('1 IAM role can get secrets.').waitFor();
  await page.getByText('Among 1 of 3 rows').waitFor();
  await page.getByRole('button', { name: 'Ask about all rows' }).click();
  await page.getByText('2 IAM roles can get secrets.').waitFor();
  expect(problems).toEqual([]);
  await close();
});

test('without manifests the page says what is unknown, and how to know it', async () => {
  const { page, problems, close } = await openPage(await smallPage([]), {}, 'tab=rights&can=get+secrets');
  await page.getByText('make the page with --rbac FILE').waitFor();
  await page.getByText('Unknown for 2 IAM roles.').waitFor();
  expect(problems).toEqual([]);
  await close();
});

test('nothing is wider than a small screen', async () => {
  const { page, close } = await openPage(
    await htmlOf([...EXAMPLE, '--rbac', 'examples/rbac.yaml']),
    { viewport: { width: 390, height: 800 } },
    'tab=rights&can=*+*.*&who=IAM_USER/arn:aws:iam::111122223333:user/break-glass',
  );
  await page.getByRole('table', { name: 'Permissions by namespace' }).waitFor();
  const widths = await page.evaluate(() => [
    document.getElementById('panel-rights')?.scrollWidth,
    document.getElementById('panel-rights')?.clientWidth,
  ]);
  expect(widths[0]).toBe(widths[1]);
  await close();
});

test.each(['light', 'dark'] as const)('axe-core finds nothing to improve in %s', async (colorScheme) => {
  const html = await htmlOf([...EXAMPLE, '--rbac', 'examples/rbac.yaml']);
  const { page, close } = await openPage(
    html,
    { colorScheme },
    'tab=rights&can=get+secrets&namespace=paymens&who=IAM_USER/arn:aws:iam::111122223333:user/break-glass',
  );
  await page.getByRole('table', { name: 'Permissions by namespace' }).waitFor();
  await page.getByRole('table', { name: 'Who can, and why' }).waitFor();
  await page.getByRole('combobox', { name: 'Person or group' }).press('ArrowDown');
  await page.evaluate(await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
  const found = await page.evaluate(`axe.run('#panel-rights', {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'],
  }).then(({ violations }) => violations.map(({ id, nodes }) => id + ' ' + nodes.map(({ html }) => html).join(' ')))`);
  expect(found).toEqual([]);
  await close();
});

test('names of any kind are only text', async () => {
  const hostile = '<img src=x onerror=alert(1)>\u202e</script>${x}';
  const cwd = await scratch({
    'aws-auth.yaml': awsAuthOf([{ rolearn: `${ARN}:role/reader`, username: hostile, groups: [hostile] }]),
    'rbac.yaml': [
      role(
        '<b>reader<b>',
        rulesOf('get,list core secrets; get core configmaps <i>name</i>; get /<u>path</u>'),
      ),
      binding('<img src=x>\u202e', 'ClusterRole/<b>reader<b>', [`Group ${hostile}`]),
    ].join('\n---\n'),
  });
  const html = await htmlOf(['who', 'aws-auth.yaml', '--rbac', 'rbac.yaml'], cwd);
  const hash = new URLSearchParams({
    tab: 'rights',
    can: 'get secrets',
    who: `IAM_ROLE/${ARN}:role/reader`,
  });
  const { page, problems, close } = await openPage(html, {}, hash.toString());
  await page.getByRole('table', { name: 'Permissions by namespace' }).waitFor();
  await page.locator('#panel-rights').getByText('<b>reader<b>').first().waitFor();
  expect(await page.locator('img, b, i, u').count()).toBe(0);
  await page.getByRole('textbox', { name: 'Or ask in the words of Kubernetes' }).fill('<img> <b>x</b>');
  await page.getByRole('alert').getByText('<img>').waitFor();
  await page.getByRole('combobox', { name: 'Namespace' }).fill('<img src=x>');
  expect(await page.locator('img, b').count()).toBe(0);
  expect(problems).toEqual([]);
  await close();
});
