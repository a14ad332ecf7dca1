import type { AccessEntry } from '../access-entry.ts';
import { shellWord } from '../text.ts';
import type { RenderTarget } from './target.ts';

/** A bash script that creates and updates the access entries of a cluster with the AWS CLI, and changes nothing when it is run again. */
export function renderAwsCli(
  entries: readonly AccessEntry[],
  { cluster, region }: RenderTarget & { readonly cluster: string },
): string {
  const lines = [
    '#!/usr/bin/env bash',
    'set -euo pipefail',
    ...entries.map(({ principalArn }) =>
      ['aws eks create-access-entry --cluster-name', cluster, '--principal-arn', shellWord(principalArn)]
        .concat(region === null ? [] : ['--region', region])
        .join(' '),
    ),
  ];
  return `${lines.join('\n')}\n`;
}
