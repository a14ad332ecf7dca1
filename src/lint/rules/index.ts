import type { Rule } from '../rule.ts';
import { malformedAccountId, unquotedAccountId } from './accounts.ts';
import {
  assumedRoleArn,
  identityCenterUser,
  malformedArn,
  missingSuffix,
  mixedPartition,
  notARoleOrUser,
  pathInArn,
  permissionSetArn,
  ssoMatcher,
  whitespaceInArn,
  wildcardArn,
} from './arns.ts';
import { ambiguousUser, duplicateArn, overriddenUser } from './duplicates.ts';
import { droppedEntry, duplicateField, fieldNotString, noNodeEntry, secondDocument } from './entries.ts';
import {
  accountOutsideOrganization,
  staleRole,
  unassignedRole,
  unknownRole,
  unreadableAccount,
} from './inventory.ts';
import { misspelledKey } from './keys.ts';
import {
  duplicateKey,
  immutableMap,
  invalidYaml,
  listNotString,
  oversize,
  serverMetadata,
  valueNotString,
} from './manifest.ts';
import {
  emptyName,
  joinedGroups,
  systemGroupOnHuman,
  unknownSystemGroup,
  whitespaceInName,
} from './names.ts';
import { helmTemplate, nodeVariableOnHuman, unknownVariable } from './templates.ts';
import { notAList, unparsableMap, unquotedTemplate } from './yaml.ts';

/** Every rule, from the file as a whole down to single names; those of the inventory last. */
export const RULES: readonly Rule[] = [
  invalidYaml,
  listNotString,
  valueNotString,
  duplicateKey,
  oversize,
  immutableMap,
  serverMetadata,
  unparsableMap,
  notAList,
  unquotedTemplate,
  helmTemplate,
  secondDocument,
  noNodeEntry,
  misspelledKey,
  droppedEntry,
  duplicateField,
  fieldNotString,
  unknownVariable,
  nodeVariableOnHuman,
  emptyName,
  joinedGroups,
  whitespaceInName,
  systemGroupOnHuman,
  unknownSystemGroup,
  permissionSetArn,
  missingSuffix,
  identityCenterUser,
  assumedRoleArn,
  pathInArn,
  wildcardArn,
  whitespaceInArn,
  notARoleOrUser,
  malformedArn,
  mixedPartition,
  duplicateArn,
  overriddenUser,
  ambiguousUser,
  ssoMatcher,
  unquotedAccountId,
  malformedAccountId,
  staleRole,
  unknownRole,
  unassignedRole,
  accountOutsideOrganization,
  unreadableAccount,
];
