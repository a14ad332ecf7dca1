import { afterAll, describe, expect, test } from 'vitest';
import type { WhoRow } from '../../../src/who/rows.ts';
import { closeBrowser, openPage } from '../open-page.ts';
import { FOLDER, LAST_MONTH, realisticPage, run, WHO } from './realistic.ts';

afterAll(closeBrowser);

describe('the story of the company', async () => {
  const { stdout } = await run(FOLDER, [...WHO, '-o', 'json']);
  const rows: (Omit<WhoRow, 'routes'> & { risks: string[] | null })[] = JSON.parse(stdout);
  const names = (some: typeof rows) => [...new Set(some.map(({ principal }) => principal.name))];

  test('28 of 30 people have access; two data engineers lost it when their role was re-created', () => {
    const people = rows.filter(({ principal, access }) => principal.type === 'USER' && access === 'granted');
    expect(names(people)).toHaveLength(28);
    expect(names(people)).not.toContain('julia.lang@larkfield.example');
    expect(rows.find(({ permissionSet }) => permissionSet === 'DataEngineer')).toMatchObject({
      access: 'none',
      reason: 'role-gone',
    });
  });

  test('four people and an IAM user are cluster admins, one of them by a forgotten binding', () => {
    const admins = rows.filter(({ principal, risks }) => {
      return principal.type !== 'GROUP' && risks?.includes('cluster-admin');
    });
    expect(names(admins)).toEqual([
      'hanna.berg@larkfield.example',
      'ines.moreau@larkfield.example',
      'tomas.varga@larkfield.example',
      'emil.novak@larkfield.example',
      'break-glass',
    ]);
  });

  test('seven people and a CI role can become cluster admins', () => {
    const routes = rows.filter(
      ({ principal, risks }) =>
        principal.type !== 'GROUP' && (risks ?? []).length > 0 && !risks?.includes('cluster-admin'),
    );
    expect(names(routes)).toEqual([
      'oskar.lind@larkfield.example',
      'david.okafor@larkfield.example',
      'kerstin.olsen@larkfield.example',
      'mei.tanaka@larkfield.example',
      'rahul.iyer@larkfield.example',
      'ivan.horvat@larkfield.example',
      'ruth.klein@larkfield.example',
      'github-actions-deploy',
    ]);
  });
});

describe('the page of the company', () => {
  const html = realisticPage(['--since', LAST_MONTH]);

  test('has the numbers of the story on top', async () => {
    const { page, problems, close } = await openPage(await html);
    const top = (await page.getByRole('banner').textContent())?.replaceAll(/\s+/g, ' ');
    for (const number of [
      // People, admins, who can become admin, and who changed.
      'at least 28at least 5at least 810',
      '4 can newly become admin',
      '2 new access',
      '3 lost all access',
      '1 changed',
      '5 admins',
      '8 can become admin',
      '2 not read',
      '2 entries without effect',
      '1 subject that is not from AWS',
    ])
      expect(top).toContain(number);
    for (const route of [
      'may bind roles',
      'exec in pods of kube-system',
      'reads all secrets',
      'may edit aws-auth',
    ])
      expect(top).toContain(route);
    for (const open of ["the people with this role weren't read", "the role doesn't exist", 'never matches'])
      expect(top).toContain(open);
    expect(problems).toEqual([]);
    await close();
  });

  test('leads from a number on top to its rows', async () => {
    const { page, problems, close } = await openPage(await html);
    await page.getByText('3 lost all access').click();
    await page.getByRole('link', { name: 'Show all 3 in the table' }).click();
    const rows = page.getByRole('row').filter({ hasText: '@larkfield.example' });
    await expect.poll(() => rows.count()).toBe(3);
    for (const row of await rows.all()) {
      expect(await row.textContent()).toContain('had access');
      expect(await row.textContent()).not.toContain('has access');
    }
    expect(await rows.filter({ hasText: 'mark.ellis' }).count()).toBe(1);
    expect(problems).toEqual([]);
    await close();
  });

  test('says who reads the secrets of payments, one of them by her username', async () => {
    const { page, problems, close } = await openPage(
      await html,
      {},
      'tab=rights&can=get secrets&namespace=payments',
    );
    const panel = page.getByRole('tabpanel', { name: 'Permissions' });
    await panel.getByText('7 people, 1 IAM user and 2 groups').waitFor();
    const nadia = panel.getByRole('row').filter({ hasText: 'nadia.haddad' });
    expect(await nadia.first().textContent()).toContain('Role/key-rotation in payments');
    await panel
      .getByText("5 people, 1 IAM role and 1 group can't, but can become cluster admin, and then")
      .waitFor();
    await panel.getByRole('link', { name: 'Show how' }).click();
    await page.getByRole('button', { name: 'github-actions-deploy' }).waitFor();
    expect(await page.getByRole('row').filter({ hasText: 'oskar.lind' }).count()).toBe(2);
    expect(problems).toEqual([]);
    await close();
  });

  test('says what one person can do, and which other roles she might have', async () => {
    const { page, problems, close } = await openPage(
      await html,
      {},
      'tab=rights&who=USER/nadia.haddad@larkfield.example',
    );
    const panel = page.getByRole('tabpanel', { name: 'Permissions' });
    const status = panel.getByRole('status');
    await status.getByText('2 ways: a session uses one at a time').waitFor();
    const unread = await status.textContent();
    for (const role of ['ReadOnly in larkfield-management', 'role/vendor-oncall'])
      expect(unread).toContain(role);
    expect(problems).toEqual([]);
    await close();
  });

  test('a search without rows leads to the questions about permissions', async () => {
    const { page, problems, close } = await openPage(await html, {}, 'search=secrets+in+payments');
    await page.getByRole('button', { name: 'Who can read secrets in payments?' }).click();
    await page.getByText('can read secrets in namespace payments.').waitFor();
    expect(problems).toEqual([]);
    await close();
  });
});
