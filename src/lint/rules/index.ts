import type { Rule } from '../rule.ts';
import { malformedAccountId, unquotedAccountId } from './accounts.ts';
import {
  identityCenterUser,
  malformedArn,
  missingSuffix,
  mixedPartition,
  notAnIdentity,
  pathInArn,
  permissionSetArn,
  sessionArn,
  ssoMatcher,
  whitespaceInArn,
  wildcardArn,
} from './arns.ts';
import { ambiguousUser, duplicateArn, overriddenUser } from './duplicates.ts';
import { droppedEntry, lostField, noNodeEntry, secondDocument, swallowedEntry } from './entries.ts';
import {
  accountOutsideOrganization,
  staleRole,
  unassignedRole,
  unknownRole,
  unreadableAccount,
} from './inventory.ts';
import { misspelledKey } from './keys.ts';
import {
  immutableMap,
  notAText,
  notYaml,
  oversize,
  realList,
  repeatedKey,
  serverMetadata,
} from './manifest.ts';
import {
  emptyName,
  joinedGroups,
  systemGroupOnHuman,
  unknownSystemGroup,
  whitespaceInName,
} from './names.ts';
import { helmTemplate, nodeVariableOnHuman, unknownVariable } from './templates.ts';
import { notAList, unquotedTemplate, voidMap } from './yaml.ts';

/** Every rule, from the file as a whole down to single names; those of the inventory last. */
export const RULES: readonly Rule[] = [
  notYaml,
  realList,
  notAText,
  repeatedKey,
  oversize,
  immutableMap,
  serverMetadata,
  voidMap,
  notAList,
  unquotedTemplate,
  helmTemplate,
  secondDocument,
  noNodeEntry,
  misspelledKey,
  droppedEntry,
  swallowedEntry,
  lostField,
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
  sessionArn,
  pathInArn,
  wildcardArn,
  whitespaceInArn,
  notAnIdentity,
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
