import { describeCommands } from '../command-case.ts';

describeCommands('bindings');
