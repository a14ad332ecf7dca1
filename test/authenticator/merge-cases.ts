import fc from 'fast-check';
import { MERGE_WISH, type MergeInput } from '../change/merge-arbitrary.ts';
import { type AwsAuthFile, ODD_FILE, SOUND_FILE } from './aws-auth-files.ts';

export type MergeCase = MergeInput & AwsAuthFile;

function cases(files: fc.Arbitrary<AwsAuthFile>): fc.Arbitrary<MergeCase> {
  return fc.tuple(files, MERGE_WISH).map(([file, wish]) => ({ ...file, ...wish }));
}

export const MERGE_CASE = fc.oneof(
  { weight: 3, arbitrary: cases(SOUND_FILE) },
  { weight: 2, arbitrary: cases(ODD_FILE) },
);
