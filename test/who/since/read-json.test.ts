import { describe, expect, test } from 'vitest';
import { Failure, formatLocation } from '../../../src/errors.ts';
import { WhoJsonReader } from '../../../src/who/since/read-json.ts';

const ROW = {
  principal: { type: 'USER', id: 'u-1', name: 'ada' },
  via: null,
  accountId: '111122223333',
  rolearn: 'arn:aws:iam::111122223333:role/ci',
  username: 'ci',
  groups: ['a'],
};

/** Reads a text in chunks of so many bytes. */
function read(text: string | Uint8Array, size = 1_000_000) {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  const reader = new WhoJsonReader('old.json');
  for (let start = 0; start < bytes.length; start += size) reader.push(bytes.slice(start, start + size));
  return reader.end();
}

function refused(text: string | Uint8Array): string {
  try {
    read(text);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return error.findings
      .map(({ location, message }) => `${location ? formatLocation(location) : ''}: ${message}`)
      .join('\n');
  }
  return 'accepted';
}

test('reads rows of earlier versions, which lack fields, and ignores fields that it does not know', () => {
  const [row] = read(JSON.stringify([{ ...ROW, newer: { field: [1] } }]));
  expect(row).toMatchObject({ principal: ROW.principal, entry: { source: 'aws-auth', policies: [] } });
  expect(row?.grant.access).toBeUndefined();
});

test('reads the same rows in chunks of any size, whatever characters strings have', () => {
  const names = ['},{', '"],[\\"', 'a\\', 'ü€😀', '[', '\n', '</script>', '\u202e'];
  const rows = names.map((name) => ({ ...ROW, username: name, groups: [name, name] }));
  for (const text of [
    JSON.stringify(rows),
    JSON.stringify(rows, null, 2),
    `\ufeff ${JSON.stringify(rows)} \r\n`,
  ])
    for (const size of [1, 2, 3, 7, 100, 10_000])
      expect(read(text, size).map(({ entry }) => entry.username)).toEqual(names);
});

test('keeps what rows share once', () => {
  const [one, other] = read(JSON.stringify([ROW, { ...ROW, principal: { ...ROW.principal, id: 'u-2' } }]));
  expect(one?.entry).toBe(other?.entry);
  expect(one?.grant).toBe(other?.grant);
});

describe('refuses anything else, and says where it is wrong', () => {
  const row = JSON.stringify(ROW);
  test.each([
    ['', 'old.json: the file is empty'],
    [' \n ', 'old.json: the file is empty'],
    ['{"version": 1}', 'old.json: not the output of who -o json, but a snapshot'],
    ['<!doctype html>', 'old.json: not the output of who -o json, but a page'],
    ['apiVersion: v1\n', 'old.json: not the output of who -o json, but a Kubernetes manifest'],
    ['\n  who', 'old.json:2:3: not the output of who -o json: not a list in JSON'],
    ['[1]', 'old.json:1:2: not the output of who -o json: row 1: principal is missing'],
    ['[null]', 'old.json:1:2: not the output of who -o json: row 1: principal is missing'],
    ['[{"roleArn": ""}]', 'old.json:1:2: not the output of who -o json: row 1: principal is missing'],
    [
      `[${row},\n ${row.replace('["a"]', '"a"')}]`,
      'old.json:2:2: not the output of who -o json: row 2: groups: must be a list of strings',
    ],
    [
      `[${row.replace('"USER"', '"WHO"')}]`,
      'old.json:1:2: not the output of who -o json: row 1: principal.type: must be one of USER, GROUP, IAM_ROLE, IAM_USER, ACCOUNT, KUBERNETES_GROUP, KUBERNETES_USER, SERVICE_ACCOUNT',
    ],
    [
      `[\n${row},\n${row}`,
      `old.json:3:${row.length + 1}: the file is incomplete: it ends before the list of rows does`,
    ],
    [`[${row}] x`, `old.json:1:${row.length + 4}: invalid JSON: text after the list of rows`],
    [`[\n${row.replace('null', 'nul')}]`, `old.json:2:${row.indexOf('null') + 1}: invalid JSON`],
    [`[${row},]`, `old.json:1:${row.length + 3}: invalid JSON`],
    [`[,${row}]`, 'old.json:1:2: invalid JSON'],
  ])('%j', (text, message) => {
    expect(refused(text)).toBe(message);
  });

  test('bytes that are not UTF-8, such as what PowerShell writes', () => {
    expect(refused(Uint8Array.of(0xff, 0xfe, 0x5b, 0))).toMatch(/^old\.json:1:1: /);
    expect(refused(Uint8Array.of(0x5b, 0x22, 0xff, 0x22, 0x5d))).toBe(
      "old.json:1:2: the input isn't UTF-8 text",
    );
  });

  test.each([
    ['lists', '['.repeat(100_000), ']'.repeat(100_000)],
    ['objects', '{"a":'.repeat(100_000), `1${'}'.repeat(100_000)}`],
  ])('%s that are nested so deeply that no program wrote them', (_, start, end) => {
    expect(refused(`[{"principal": ${start}${end}}]`)).toMatch(/: nested too deeply$/);
  });

  test('an empty list has no rows', () => {
    expect(read('[ ]')).toEqual([]);
  });
});
