import { testMatrix } from './matrix.ts';

testMatrix('generate');
