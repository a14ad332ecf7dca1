import type { Rule } from '../rule.ts';
import { accountRules } from './accounts.ts';
import { arnRules } from './arns.ts';
import { duplicateRules } from './duplicates.ts';
import { entryRules } from './entries.ts';
import { inventoryRules } from './inventory.ts';
import { keyRules } from './keys.ts';
import { manifestRules } from './manifest.ts';
import { nameRules } from './names.ts';
import { rbacRules } from './rbac.ts';
import { templateRules } from './templates.ts';
import { yamlRules } from './yaml.ts';

/** Every rule, from the file as a whole down to single names; those of the inventory and of the bindings last. */
export const RULES: readonly Rule[] = [
  ...manifestRules,
  ...yamlRules,
  ...keyRules,
  ...entryRules,
  ...templateRules,
  ...nameRules,
  ...arnRules,
  ...duplicateRules,
  ...accountRules,
  ...inventoryRules,
  ...rbacRules,
];
