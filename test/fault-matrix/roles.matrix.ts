import { testMatrix } from './matrix.ts';

testMatrix('roles');
