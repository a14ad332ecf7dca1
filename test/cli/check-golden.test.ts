import { describeCommands } from '../command-case.ts';

describeCommands('check/commands');
