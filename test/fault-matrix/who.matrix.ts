import { testMatrix } from './matrix.ts';

testMatrix('who');
