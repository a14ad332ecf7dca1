import { describe, expect, test } from 'vitest';
import { readWithProblems } from '../../src/aws-auth/document.ts';
import { type ClusterFile, clusterNames, pairFiles } from '../../src/cli/inputs/clusters.ts';
import type { EksCluster } from '../../src/directory/model.ts';

describe('the name of a cluster', () => {
  test.each<[string, string[], (string | null)[]]>([
    ['of a file', ['prod.yaml'], ['prod']],
    ['of a directory, if the file has no distinctive name', ['clusters/prod/aws-auth.yaml'], ['prod']],
    ['of a file in a directory', ['clusters/prod/auth.json'], ['auth']],
    ['added to the usual name', ['aws-auth-prod.yml', 'staging.aws-auth.YAML'], ['prod', 'staging']],
    ['of a file without anything else', ['aws-auth.yaml'], ['aws-auth']],
    ['not the directory above', ['../aws-auth.yaml'], ['aws-auth']],
    ['in the root', ['/aws-auth.yaml'], ['aws-auth']],
    ['with a dot in front', ['./prod/./aws-auth.yaml'], ['prod']],
    ['none for stdin', ['-'], [null]],
    ['for stdin among files', ['-', 'clusters/dev/aws-auth.yaml'], [null, 'dev']],
    ['of files', ['c/prod.yaml', 'c/dev.yaml'], ['prod', 'dev']],
    ['of directories', ['clusters/prod/aws-auth.yaml', 'clusters/dev/aws-auth.yaml'], ['prod', 'dev']],
    [
      'of directories whose files have another name',
      ['prod/eks/map.yaml', 'dev/eks/map.yaml'],
      ['prod', 'dev'],
    ],
    [
      'of two directories, if one is not enough',
      ['prod/eu/a.yaml', 'prod/us/a.yaml', 'dev/eu/a.yaml'],
      ['prod/eu', 'prod/us', 'dev/eu'],
    ],
    ['at different depths', ['a/prod/aws-auth.yaml', 'b/aws-auth.yaml'], ['prod', 'b']],
    ['if one path is the end of another', ['prod/a.yaml', 'eu/prod/a.yaml'], ['prod', 'eu/prod']],
    [
      'the whole path, if nothing else distinguishes them',
      ['prod.yaml', 'prod.yml'],
      ['prod.yaml', 'prod.yml'],
    ],
    ['a hidden file', ['.yaml'], ['.yaml']],
    ['none', [], []],
  ])('%s', (_, files, names) => {
    expect(clusterNames(files)).toEqual(names);
  });
});

describe('files and clusters', () => {
  const file = (path: string): ClusterFile => {
    return {
      cluster: clusterNames([path])[0] ?? null,
      path,
      document: readWithProblems('kind: ConfigMap\nmetadata: {name: aws-auth}\n', path),
    };
  };
  const cluster = (name: string, region = 'eu-west-1'): EksCluster => {
    const arn = `arn:aws:eks:${region}:111122223333:cluster/${name}`;
    return { name, arn, authenticationMode: 'API_AND_CONFIG_MAP', accessEntries: [] };
  };
  const pairsOf = (files: string[], clusters: EksCluster[], count = files.length) => {
    const fleet = { clusters, unread: [], others: [], accounts: [] };
    const search = { cwd: '/work', fileCount: count, isSearched: false, isArn: false };
    const names = clusterNames(files);
    const given = files.map((path, index) => ({ ...file(path), cluster: names[index] ?? null }));
    const { pairs, findings } = pairFiles(given, fleet, search);
    return {
      pairs: pairs.map((pair) => [pair.file?.path ?? null, pair.cluster?.arn ?? null]),
      findings: findings.map(({ location, code }) => `${location?.file}: ${code}`),
    };
  };

  test.each<[string, string[], EksCluster[], [string | null, string | null][], string[]]>([
    [
      'pairs a single file with a single cluster',
      ['x.yaml'],
      [cluster('prod')],
      [['x.yaml', 'arn:aws:eks:eu-west-1:111122223333:cluster/prod']],
      [],
    ],
    [
      'pairs stdin with a single cluster',
      ['-'],
      [cluster('prod')],
      [['-', 'arn:aws:eks:eu-west-1:111122223333:cluster/prod']],
      [],
    ],
    [
      'a cluster alone',
      [],
      [cluster('prod')],
      [[null, 'arn:aws:eks:eu-west-1:111122223333:cluster/prod']],
      [],
    ],
    [
      'files alone',
      ['a.yaml', 'b.yaml'],
      [],
      [
        ['a.yaml', null],
        ['b.yaml', null],
      ],
      [],
    ],
    [
      'pairs several by name',
      ['dev.yaml', 'aws-auth-prod.yaml'],
      [cluster('prod'), cluster('dev')],
      [
        ['dev.yaml', 'arn:aws:eks:eu-west-1:111122223333:cluster/dev'],
        ['aws-auth-prod.yaml', 'arn:aws:eks:eu-west-1:111122223333:cluster/prod'],
      ],
      [],
    ],
    [
      'keeps files and clusters without a partner',
      ['dev.yaml', '-'],
      [cluster('prod')],
      [
        ['dev.yaml', null],
        ['-', null],
        [null, 'arn:aws:eks:eu-west-1:111122223333:cluster/prod'],
      ],
      ['dev.yaml: no-cluster', '<stdin>: no-cluster', 'cluster prod: no-file'],
    ],
    [
      'distinguishes two clusters with one name by region or account',
      ['c/eu-west-1/prod.yaml', 'c/prod-us-east-1.yaml', 'c/dev.yaml'],
      [cluster('prod', 'us-east-1'), cluster('dev'), cluster('prod')],
      [
        ['c/eu-west-1/prod.yaml', 'arn:aws:eks:eu-west-1:111122223333:cluster/prod'],
        ['c/prod-us-east-1.yaml', 'arn:aws:eks:us-east-1:111122223333:cluster/prod'],
        ['c/dev.yaml', 'arn:aws:eks:eu-west-1:111122223333:cluster/dev'],
      ],
      [],
    ],
    [
      'prefers the name over the rest of the path, but the region must agree',
      ['dev/eu-west-1/prod.yaml'],
      [cluster('dev'), cluster('prod', 'us-east-1')],
      [
        ['dev/eu-west-1/prod.yaml', null],
        [null, 'arn:aws:eks:eu-west-1:111122223333:cluster/dev'],
        [null, 'arn:aws:eks:us-east-1:111122223333:cluster/prod'],
      ],
      ['dev/eu-west-1/prod.yaml: no-cluster', 'cluster dev: no-file', 'cluster prod: no-file'],
    ],
    [
      'takes no folder above for the name, whether or not it is one',
      ['prod/eu-west-1/dev.yaml', 'prod/dev/aws-auth.yaml', 'clusters/dev/aws-auth.yaml'],
      [cluster('prod')],
      [
        ['prod/eu-west-1/dev.yaml', null],
        ['prod/dev/aws-auth.yaml', null],
        ['clusters/dev/aws-auth.yaml', null],
        [null, 'arn:aws:eks:eu-west-1:111122223333:cluster/prod'],
      ],
      [
        'prod/eu-west-1/dev.yaml: no-cluster',
        'prod/dev/aws-auth.yaml: no-cluster',
        'clusters/dev/aws-auth.yaml: no-cluster',
        'cluster prod: no-file',
      ],
    ],
  ])('%s', (_, files, clusters, pairs, findings) => {
    expect(pairsOf(files, clusters)).toEqual({ pairs, findings });
  });

  test('with two files, one of them broken, the other is not treated as the only one', () => {
    expect(pairsOf(['x.yaml'], [cluster('prod')], 2).pairs).toEqual([
      ['x.yaml', null],
      [null, 'arn:aws:eks:eu-west-1:111122223333:cluster/prod'],
    ]);
  });

  test.each([[['prod.yaml']], [['c/prod.yaml', 'c/dev.yaml']]])(
    'refuses a file that may belong to two clusters: %j',
    (files) => {
      const clusters = [cluster('prod'), cluster('prod', 'us-east-1')];
      expect(() => pairsOf(files, clusters)).toThrow(
        expect.objectContaining({
          exitCode: 2,
          findings: [
            expect.objectContaining({
              code: 'ambiguous-cluster',
              location: { file: files[0] },
              message: `the file may belong to any of 2 clusters: ${clusters.map(({ arn }) => arn).join(', ')}`,
            }),
          ],
        }),
      );
    },
  );

  test('the account distinguishes clusters in one region', () => {
    const other = { ...cluster('prod'), arn: 'arn:aws:eks:eu-west-1:444455556666:cluster/prod' };
    const clusters = [cluster('prod'), other];
    const help = expect.stringContaining(' 111122223333/prod.yaml.');
    expect(() => pairsOf(['eu-west-1/prod.yaml'], clusters)).toThrow(
      expect.objectContaining({ findings: [expect.objectContaining({ help })] }),
    );
    expect(pairsOf(['444455556666/prod.yaml'], clusters).pairs[0]).toEqual([
      '444455556666/prod.yaml',
      other.arn,
    ]);
  });

  test('warns about a file without a cluster, but not a cluster without a file', () => {
    const fleet = { clusters: [cluster('a'), cluster('b')], unread: [], others: [], accounts: [] };
    const search = { cwd: '/work', fileCount: 1, isSearched: false, isArn: false };
    const { findings } = pairFiles([file('x.yaml')], fleet, search);
    expect(findings.map(({ severity }) => severity)).toEqual(['warning', 'note', 'note']);
  });
});
