import { describeCommands } from '../command-case.ts';

describeCommands('merge/commands');
