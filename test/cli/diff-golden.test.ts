import { describeCommands } from '../command-case.ts';

describeCommands('diff');
