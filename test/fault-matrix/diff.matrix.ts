import { testMatrix } from './matrix.ts';

testMatrix('diff');
