import { describeCommands } from '../command-case.ts';

describeCommands('rbac');
