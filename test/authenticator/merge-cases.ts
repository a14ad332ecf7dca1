import fc from 'fast-check';
import { MERGE_WISH, type MergeInput } from '../aws-auth/merge-arbitrary.ts';
import { type AwsAuthFile, ODD_FILE, SOUND_FILE } from './aws-auth-files.ts';

/** A merge, and whether anything is wrong with the file. */
export interface MergeCase extends MergeInput {
  readonly bare: boolean;
  readonly sound: boolean;
}

function cases(files: fc.Arbitrary<AwsAuthFile>, sound: boolean): fc.Arbitrary<MergeCase> {
  return fc.tuple(files, MERGE_WISH).map(([file, wish]) => ({ ...file, ...wish, sound }));
}

export const MERGE_CASE = fc.oneof(
  { weight: 3, arbitrary: cases(SOUND_FILE, true) },
  { weight: 2, arbitrary: cases(ODD_FILE, false) },
);
