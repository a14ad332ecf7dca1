import { describe, expect, test } from 'vitest';
import { clusterNames } from '../../src/cli/cluster-files.ts';

describe('the name of a cluster', () => {
  test.each<[string, string[], (string | null)[]]>([
    ['of a file', ['prod.yaml'], ['prod']],
    ['of a directory, where the file has no name of its own', ['clusters/prod/aws-auth.yaml'], ['prod']],
    ['of a file in a directory', ['clusters/prod/auth.json'], ['auth']],
    ['beside the usual name', ['aws-auth-prod.yml', 'staging.aws-auth.YAML'], ['prod', 'staging']],
    ['of a file without anything else', ['aws-auth.yaml'], ['aws-auth']],
    ['nor the directory above', ['../aws-auth.yaml'], ['aws-auth']],
    ['in the root', ['/aws-auth.yaml'], ['aws-auth']],
    ['with a dot in front', ['./prod/./aws-auth.yaml'], ['prod']],
    ['none of stdin', ['-'], [null]],
    ['of stdin beside files', ['-', 'clusters/dev/aws-auth.yaml'], [null, 'dev']],
    ['of files', ['c/prod.yaml', 'c/dev.yaml'], ['prod', 'dev']],
    ['of directories', ['clusters/prod/aws-auth.yaml', 'clusters/dev/aws-auth.yaml'], ['prod', 'dev']],
    [
      'of directories whose files have another name',
      ['prod/eks/map.yaml', 'dev/eks/map.yaml'],
      ['prod', 'dev'],
    ],
    [
      'of two directories, where one does not do',
      ['prod/eu/a.yaml', 'prod/us/a.yaml', 'dev/eu/a.yaml'],
      ['prod/eu', 'prod/us', 'dev/eu'],
    ],
    ['at different depths', ['a/prod/aws-auth.yaml', 'b/aws-auth.yaml'], ['prod', 'b']],
    ['where one path is the end of another', ['prod/a.yaml', 'eu/prod/a.yaml'], ['prod', 'eu/prod']],
    [
      'the whole path, where nothing else tells them apart',
      ['prod.yaml', 'prod.yml'],
      ['prod.yaml', 'prod.yml'],
    ],
    ['a hidden file', ['.yaml'], ['.yaml']],
    ['none', [], []],
  ])('%s', (_, files, names) => {
    expect(clusterNames(files)).toEqual(names);
  });
});
