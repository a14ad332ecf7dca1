import { describeCommands } from '../command-case.ts';

describeCommands('access-entries/commands');
