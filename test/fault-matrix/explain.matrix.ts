import { testMatrix } from './matrix.ts';

testMatrix('explain');
