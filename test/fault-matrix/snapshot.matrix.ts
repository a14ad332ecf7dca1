import { testMatrix } from './matrix.ts';

testMatrix('snapshot');
