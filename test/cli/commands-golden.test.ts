import { describeCommands } from '../command-case.ts';

describeCommands('commands');
