import { afterAll, describe, expect, test } from 'vitest';
import type { WhoRow } from '../../../src/access/who-rows.ts';
import { closeBrowser, openPage } from '../open-page.ts';
import { FOLDER, realisticPage, run, WHO } from './realistic.ts';

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

test('the page of the company opens without requests, errors and violations of its policy', async () => {
  const { page, problems, close } = await openPage(await realisticPage());
  await page.getByRole('table').first().waitFor();
  await page.getByText('nadia.haddad@larkfield.example').first().waitFor();
  expect(problems).toEqual([]);
  await close();
});
