import { describeCommands } from '../command-case.ts';

describeCommands('view');
