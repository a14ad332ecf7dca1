import type { Rule } from '../rule.ts';
import { malformedAccountId, unquotedAccountId } from './account-rules.ts';
import { accountOutsideOrganization, unreadableAccount } from './account-state-rules.ts';
import { malformedArn, pathInArn, whitespaceInArn, wildcardArn } from './arn-rules.ts';
import { ambiguousUser, duplicateArn } from './duplicate-rule.ts';
import { emptyName } from './empty-name-rule.ts';
import { lostField } from './field-rules.ts';
import { notAText, notYaml, realList, repeatedKey } from './file-rules.ts';
import { droppedEntry, swallowedEntry } from './item-rules.ts';
import { misspelledKey } from './key-rules.ts';
import { noNodeEntry, secondDocument } from './list-rules.ts';
import { immutableMap, serverMetadata } from './manifest-rules.ts';
import { joinedGroups, systemGroupOnHuman, unknownSystemGroup, whitespaceInName } from './name-rules.ts';
import { overriddenUser } from './overridden-rule.ts';
import { mixedPartition } from './partition-rule.ts';
import { staleRole, unassignedRole, unknownRole } from './role-rules.ts';
import { oversize } from './size-rule.ts';
import {
  identityCenterUser,
  missingSuffix,
  notAnIdentity,
  permissionSetArn,
  sessionArn,
  ssoMatcher,
} from './stranger-rules.ts';
import { helmTemplate, nodeVariableOnHuman, unknownVariable } from './template-rules.ts';
import { notAList, unquotedTemplate, voidMap } from './void-rules.ts';

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
