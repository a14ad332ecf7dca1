import { load } from 'js-yaml';
import { expect, it } from 'vitest';
import { parseConfig } from '../../src/mapping/config.ts';
import { describeCommands } from '../command-case.ts';
import { describeGolden, expectOutcome } from '../golden-case.ts';
import { scratch } from '../scratch.ts';
import { run } from './run.ts';

describeGolden('init', ['inventory.json', 'options.json', 'config', 'messages'], (golden) => {
  const [map, inventory] = ['before.yaml', 'inventory.json'].map((name) => golden.sections.get(name));
  const options: string[] = JSON.parse(golden.sections.get('options.json') ?? '[]');

  it('gives the expected config and messages', async () => {
    const files = { 'before.yaml': map, 'inventory.json': inventory };
    const cwd = await scratch(
      Object.fromEntries(
        Object.entries(files).filter((file): file is [string, string] => file[1] !== undefined),
      ),
    );
    const given = [
      ...(map === undefined ? [] : ['--from', 'before.yaml']),
      ...(inventory === undefined ? [] : ['--inventory', 'inventory.json']),
    ];
    const { exitCode, stdout, stderr } = await run(['init', '-c', '-', ...given, ...options], { cwd });
    expectOutcome(golden, { config: exitCode === 0 ? stdout : undefined, messages: stderr });
  });

  const config = golden.sections.get('config');
  if (config === undefined) return;

  it('is a valid config, for other YAML parsers too, and grants nobody access without a map', () => {
    const { config: read } = parseConfig(config, 'aws-auth-sso.yaml');
    expect(load(config)).toEqual(read);
    if (map === undefined) expect(read.mappings).toBeUndefined();
  });

  it('stays valid with its examples uncommented', () => {
    const uncommented = config
      .replace(/^( *)# (?=(?:mappings|nodeRoles):| *- permissionSet:| {2,4}(?:accounts|groups|-)\b)/gm, '$1')
      .replaceAll('[GROUP]', '[viewers]');
    const { config: read } = parseConfig(uncommented, 'aws-auth-sso.yaml');
    const named = (text: string) => text.match(/permissionSet:/g)?.length ?? 0;
    expect(read.mappings ?? []).toHaveLength(named(uncommented));
  });
});

describeCommands('init/commands');
