import { testMatrix } from './matrix.ts';

testMatrix('access-entries');
