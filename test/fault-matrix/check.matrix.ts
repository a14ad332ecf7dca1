import { testMatrix } from './matrix.ts';

testMatrix('check');
