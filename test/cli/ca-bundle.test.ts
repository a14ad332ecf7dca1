import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fakeAwsForTest, useEnvironment } from '../fake-aws/fake-aws-for-test.ts';
import { userKey } from '../fake-aws/sessions.ts';
import { CA_FILE, OTHER_CA_FILE } from '../fake-proxy/certificates.ts';
import { tlsFrontForTest } from '../fake-proxy/tls-front.ts';
import { runProgram } from '../program.ts';
import { scratch } from '../scratch.ts';
import { runWithEnvironment as run } from './run.ts';

const PROD = '222222222222';
const WORLD = {
  accounts: [{ id: PROD }],
  permissionSets: ['Admin'],
  groups: ['Platform'],
  assignments: [{ account: PROD, permissionSet: 'Admin', group: 'Platform' }],
};
const GENERATE = ['generate', '--map', 'Admin=ops', '--account', PROD, '--no-nodes', '-o', 'maproles'];

/** An AWS whose certificate is signed by a private CA; `config` is the content of ~/.aws/config. */
async function privateAws(config = '') {
  const fake = await fakeAwsForTest(WORLD);
  const port = await tlsFrontForTest(fake.url);
  const AWS_CONFIG_FILE = join(await scratch({ config }), 'config');
  return { ...fake.env, AWS_ENDPOINT_URL: `https://localhost:${port}`, AWS_CONFIG_FILE };
}

const SUCCESS = { exitCode: 0, stderr: '' };

describe('certificates of a private CA', () => {
  test('are not trusted by default', async () => {
    useEnvironment(await privateAws());
    const { exitCode, stdout, stderr } = await run(GENERATE);
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
    expect(stderr).toContain("error: sts:GetCallerIdentity failed: the TLS certificate isn't trusted: ");
    expect(stderr).toContain(
      "set AWS_CA_BUNDLE, the profile's `ca_bundle` or NODE_EXTRA_CA_CERTS to the CA's PEM file.",
    );
  });

  test('are trusted through AWS_CA_BUNDLE, which overrides the profile', async () => {
    useEnvironment({ ...(await privateAws('[default]\nca_bundle = /missing')), AWS_CA_BUNDLE: CA_FILE });
    expect(await run(GENERATE)).toMatchObject(SUCCESS);
  });

  test('are trusted through ca_bundle of the effective profile', async () => {
    const keys = `aws_access_key_id = ${userKey('111111111111')}\naws_secret_access_key = secret`;
    const config = `[default]\nca_bundle = ${OTHER_CA_FILE}\n[profile own]\nca_bundle = ${CA_FILE}\n${keys}\n`;
    const env = await privateAws(config);
    useEnvironment(env);
    expect(await run(GENERATE)).toMatchObject({ exitCode: 3 });
    expect(await run([...GENERATE, '--profile', 'own'])).toMatchObject(SUCCESS);
    useEnvironment({ ...env, AWS_PROFILE: 'own' });
    expect(await run([...GENERATE, '--quiet'])).toMatchObject(SUCCESS);
    useEnvironment(await privateAws(`[default]\nca_bundle = ${CA_FILE}\n`));
    expect(await run(GENERATE)).toMatchObject(SUCCESS);
    useEnvironment({ ...(await privateAws('[default]\nca_bundle =\n')), AWS_CA_BUNDLE: '' });
    expect(await run(GENERATE)).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining("isn't trusted"),
    });
  });

  test('are trusted together with others in the file', async () => {
    const files = [OTHER_CA_FILE, CA_FILE, OTHER_CA_FILE].map((file) => readFile(file, 'utf8'));
    const bundle = join(
      await scratch({ 'all.pem': (await Promise.all(files)).join('# a comment\n') }),
      'all.pem',
    );
    useEnvironment({ ...(await privateAws()), AWS_CA_BUNDLE: bundle });
    expect(await run(GENERATE)).toMatchObject(SUCCESS);
  });

  test('of NODE_EXTRA_CA_CERTS are trusted in addition to AWS_CA_BUNDLE', async () => {
    const env = { ...(await privateAws()), AWS_CA_BUNDLE: OTHER_CA_FILE };
    for (const [extra, ran] of [
      [CA_FILE, SUCCESS],
      ['/missing', { exitCode: 3 }],
      ['/dev/null', { exitCode: 3 }],
      [undefined, { exitCode: 3 }],
    ] as const) {
      useEnvironment({ ...env, NODE_EXTRA_CA_CERTS: extra });
      expect(await run(GENERATE)).toMatchObject(ran);
    }
  });

  test('of Node are trusted in addition to AWS_CA_BUNDLE', async () => {
    const preload = `const Module = require('node:module');
const { _load: load } = Module;
const rootCertificates = [require('node:fs').readFileSync(${JSON.stringify(CA_FILE)}, 'utf8')];
Module._load = (id, ...rest) => {
  const loaded = load(id, ...rest);
  return id === 'node:tls' ? { ...loaded, rootCertificates } : loaded;
};`;
    const node = ['--require', join(await scratch({ 'preload.cjs': preload }), 'preload.cjs')];
    const env = { ...(await privateAws()), AWS_CA_BUNDLE: OTHER_CA_FILE };
    expect(await runProgram(GENERATE, { env, node })).toMatchObject(SUCCESS);
    expect(await runProgram(GENERATE, { env })).toMatchObject({ exitCode: 3 });
  });
});

describe('an invalid CA bundle is named', () => {
  test.each([
    ['missing', 3, "AWS_CA_BUNDLE can't be read: no such file"],
    ['folder', 3, "AWS_CA_BUNDLE can't be read: it's a directory"],
    ['empty', 2, "AWS_CA_BUNDLE isn't a PEM file of certificates"],
    ['text', 2, "AWS_CA_BUNDLE isn't a PEM file of certificates"],
    ['key', 2, "AWS_CA_BUNDLE isn't a PEM file of certificates"],
    ['damaged', 2, "AWS_CA_BUNDLE isn't a PEM file of certificates"],
  ])('%s', async (name, exitCode, message) => {
    const folder = await scratch({
      empty: '',
      text: 'certificates\n',
      key: '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n',
      damaged: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
    });
    await mkdir(join(folder, 'folder'));
    const file = join(folder, name);
    useEnvironment({ ...(await fakeAwsForTest(WORLD)).env, AWS_CA_BUNDLE: file });
    expect(await run(GENERATE)).toEqual({
      exitCode,
      stdout: '',
      stderr: `error: ${file}: ${message}\n  Set AWS_CA_BUNDLE to a PEM file of CA certificates, or remove it to use Node's certificates.\n`,
    });
  });

  test('a device', async () => {
    useEnvironment({ ...(await fakeAwsForTest(WORLD)).env, AWS_CA_BUNDLE: '/dev/null' });
    expect(await run(GENERATE)).toMatchObject({
      exitCode: 3,
      stdout: '',
      stderr: expect.stringMatching(/^error: \/dev\/null: AWS_CA_BUNDLE can't be read: it is a device\n/),
    });
  });

  test('in the profile', async () => {
    useEnvironment(await privateAws('[default]\nca_bundle = /missing/ca.pem\n'));
    const { exitCode, stdout, stderr } = await run(GENERATE);
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
    expect(stderr).toMatch(
      /^error: \/missing\/ca\.pem: ca_bundle in the profile can't be read: no such file\n {2}Set ca_bundle/,
    );
  });
});
