import { isAccountId, PARTITIONS } from '../arn.ts';
import { foldKey, GO_SPACES, isAscii, toLower } from '../go-strings.ts';
import { countBy } from '../group-by.ts';
import { callerKey, storedKey } from '../same-arn.ts';
import { compareStrings } from '../text.ts';
import { looksLikeJsonObject } from '../yaml/json.ts';
import type { SequenceNode, YamlNode } from '../yaml/node.ts';
import { readFirstDocument } from '../yaml/parser.ts';
import { type AliasBinding, aliasesIn } from './aliases.ts';
import { AliasBudget, Decoder, describeValue, type MapValue, type Value } from './decode.ts';
import {
  type ListKey,
  type LoadError,
  type LoadErrorCode,
  type LoadedAccounts,
  type LoadedEntry,
  type LoadedMap,
  loadErrorOf,
  type SsoMatcher,
  UnparsableError,
} from './loaded.ts';
import { isNull, scalarType, stringValue, tagMismatch } from './scalar.ts';

/** The field of an entry that holds its ARN. */
export const ARN_FIELDS = { mapRoles: 'rolearn', mapUsers: 'userarn' } as const;

type FieldName = NonNullable<LoadError['field']>;

const ROLE_FIELDS = ['rolearn', 'sso', 'username', 'groups', 'userid'] as const;
const USER_FIELDS = ['userarn', 'username', 'groups', 'userid'] as const;
const SSO_FIELDS = ['permissionSetName', 'accountID', 'partition'] as const;

/** An entry before it is compared with the others of its list. */
type LoadedItem = Omit<LoadedEntry, 'shadowed' | 'ambiguous'>;

/** Reads the text of `mapRoles` as the authenticator loads it. Never throws. */
export function readMapRoles(text: string): LoadedMap {
  return readMap(text, 'mapRoles');
}

/** Reads the text of `mapUsers` as the authenticator loads it. Never throws. */
export function readMapUsers(text: string): LoadedMap {
  return readMap(text, 'mapUsers');
}

const EMPTY: LoadedMap = { entries: [], errors: [], list: null, ignoredFrom: null };

function readMap(text: string, map: ListKey): LoadedMap {
  if (isBlankText(text)) return EMPTY;
  try {
    if (looksLikeJsonObject(text))
      throw new UnparsableError('not-a-list', 'the value is a map, not a list', text.indexOf('{'));
    const { root, rest } = readFirstDocument(text);
    return { ...(root ? readRoot(root, text, map) : EMPTY), ignoredFrom: rest };
  } catch (error) {
    return { ...EMPTY, errors: [loadErrorOf(error)] };
  }
}

/** @throws UnparsableError */
function readRoot(root: YamlNode, text: string, map: ListKey): Omit<LoadedMap, 'ignoredFrom'> {
  const decoder = new Decoder(aliasesIn(text, root));
  if (root.kind !== 'sequence') return requireNull(decoder.decode(root));
  const errors: LoadError[] = [];
  // Item by item, so decoded values can be freed after reading.
  const items = root.items.map((node, index) =>
    new ItemReader(map, index, errors).read(decoder.decode(node)),
  );
  const kept = items.filter((item) => item !== null);
  return { entries: withShadows(kept, map), errors, list: root };
}

/** @throws UnparsableError if the text is neither a list nor empty */
function requireNull(value: Value): LoadedMap {
  if (value.type === 'null') return EMPTY;
  throw new UnparsableError(
    'not-a-list',
    `the value is ${describeValue(value)}, not a list`,
    value.node.start,
  );
}

/**
 * The authenticator stores entries by ARN, in lower case for roles and as written for users, and then takes any that
 * matches the caller ignoring case (its pkg/config and mapper/configmap).
 */
function withShadows(items: readonly LoadedItem[], map: ListKey): LoadedEntry[] {
  const keys = items.map((item) => identity(item, map));
  const winners = new Map(keys.map((key, position) => [key, position]));
  // Two role keys can match one caller only if a letter is not ASCII.
  const mayMatchTwice = map === 'mapUsers' || keys.some((key) => !isAscii(key));
  const matches = countBy(mayMatchTwice ? [...winners.keys()].map(callerKey) : []);
  return items.map((item, position) => {
    const key = keys[position] ?? '';
    const shadowed = winners.get(key) !== position;
    const ambiguous = !shadowed && matches.size > 0 && (matches.get(callerKey(key)) ?? 1) > 1;
    return { ...item, shadowed, ambiguous };
  });
}

/** Key of an entry in its map: if several have the same, the authenticator keeps the last. */
export function identity({ arn, sso }: Pick<LoadedItem, 'arn' | 'sso'>, map: ListKey): string {
  if (sso !== null) return `sso ${toLower(JSON.stringify(sso))}`;
  return map === 'mapRoles' ? storedKey(arn) : arn;
}

const BLANK = new RegExp(`^${GO_SPACES}(?:(?:\`\`|""|'')${GO_SPACES})?$`);

/**
 * True if the authenticator skips a text: white space, or two quotes or backticks, which people write for "nothing".
 */
export function isBlankText(text: string): boolean {
  return BLANK.test(text);
}

/**
 * Fills the struct of one item. A field keeps its value if a later key of the same name is null or of the wrong type.
 */
class ItemReader {
  private readonly map: ListKey;
  private readonly index: number;
  private readonly errors: LoadError[];
  private arn = '';
  private username = '';
  private groups: readonly string[] | null = null;
  private sso: SsoMatcher | null = null;
  private readonly fields: { arn?: YamlNode; username?: YamlNode; groups?: YamlNode } = {};

  constructor(map: ListKey, index: number, errors: LoadError[]) {
    this.map = map;
    this.index = index;
    this.errors = errors;
  }

  /** Null if the item is dropped. */
  read(item: Value): LoadedItem | null {
    if (item.type !== 'map')
      return this.drop('not-a-map', `the item is ${describeValue(item)}, not a map`, item.node);
    const names = this.map === 'mapRoles' ? ROLE_FIELDS : USER_FIELDS;
    for (const [name, value] of fieldsOf(item, names)) this.take(name, value);
    const { map, arn, username, groups, sso, index, fields } = this;
    const { node } = item;
    if (arn === '' && !sso) return this.drop('no-arn', `the item has no ${ARN_FIELDS[map]}`, node);
    if (arn !== '' && sso) return this.drop('arn-and-sso', 'the item has both rolearn and sso', node);
    const problem = sso && ssoProblem(sso);
    if (problem) return this.drop('invalid-sso', problem, node);
    return { map, arn, username, groups, sso, index, node, fields };
  }

  private take(name: (typeof ROLE_FIELDS | typeof USER_FIELDS)[number], value: Value): void {
    switch (name) {
      case 'rolearn':
      case 'userarn':
        this.arn = this.text(name, 'arn', value, this.arn);
        this.remember('arn', value, 'string');
        break;
      case 'username':
        this.username = this.text(name, name, value, this.username);
        this.remember('username', value, 'string');
        break;
      case 'groups':
        this.groups = this.texts(value);
        this.remember('groups', value, 'list');
        break;
      case 'sso':
        this.sso = this.matcher(value);
        break;
      case 'userid':
        this.text(name, name, value, '');
    }
  }

  /** Keeps the node that a field came from; a node without a value counts only if there is no other. */
  private remember(field: 'arn' | 'username' | 'groups', value: Value, wanted: Value['type']): void {
    if (value.type === wanted || !this.fields[field]) this.fields[field] = value.alias ?? value.node;
  }

  private text(name: string, field: FieldName, value: Value, before: string, group?: number): string {
    if (value.type === 'string') return value.text;
    if (value.type !== 'null') this.wrongType(name, field, value, 'a string', group);
    return before;
  }

  private texts(value: Value): readonly string[] | null {
    if (value.type === 'null') return null;
    const before = this.groups ?? [];
    if (value.type === 'list')
      return value.items.map((item, index) =>
        this.text('a group', 'groups', item, before[index] ?? '', index),
      );
    this.wrongType('groups', 'groups', value, 'a list');
    return this.groups;
  }

  private matcher(value: Value): SsoMatcher | null {
    if (value.type === 'null') return null;
    const matcher = { permissionSetName: '', accountID: '', partition: '', ...this.sso };
    if (value.type !== 'map') this.wrongType('sso', 'sso', value, 'a map');
    else
      for (const [name, member] of fieldsOf(value, SSO_FIELDS))
        matcher[name] = this.text(`sso.${name}`, `sso.${name}`, member, matcher[name]);
    return matcher;
  }

  private wrongType(name: string, field: FieldName, value: Value, wanted: string, group?: number): void {
    const message = `${name} is ${describeValue(value)}, not ${wanted}`;
    this.report({ code: 'wrong-type', loss: 'field', message, field, group }, value.alias ?? value.node);
  }

  private drop(code: LoadErrorCode, reason: string, node: YamlNode): null {
    this.report({ code, loss: 'dropped', message: reason }, node);
    return null;
  }

  private report(
    error: Pick<LoadError, 'code' | 'loss' | 'message'> & { field?: FieldName; group?: number | undefined },
    node: YamlNode,
  ): void {
    const { code, loss, message, field = null, group = null } = error;
    this.errors.push({ code, loss, message, field, group, offset: node.start, index: this.index });
  }
}

/**
 * The members of a map that fill the fields of a struct, as in Go's encoding/json: names match in any case, and a
 * later one wins. They come in the order of their keys, since the authenticator writes sorted JSON in between.
 */
function fieldsOf<Name extends string>(map: MapValue, names: readonly Name[]): [Name, Value][] {
  const found: [Name, Value][] = [];
  for (const [key, value] of map.members) {
    const name = names.find((known) => known === key);
    // Exact names are distinct, so their order does not matter.
    if (name === undefined) return foldedFieldsOf(map, names);
    found.push([name, value]);
  }
  return found;
}

function foldedFieldsOf<Name extends string>(map: MapValue, names: readonly Name[]): [Name, Value][] {
  return [...map.members]
    .toSorted(([one], [other]) => compareStrings(one, other))
    .flatMap(([key, value]) => {
      const name = names.find((known) => foldKey(known) === foldKey(key));
      return name === undefined ? [] : [[name, value] satisfies [Name, Value]];
    });
}

/** Why the authenticator rejects the item, or null (its `RoleMapping.Validate`). */
function ssoProblem({ accountID, permissionSetName, partition }: SsoMatcher): string | null {
  if (!isAccountId(accountID)) return `sso.accountID ${JSON.stringify(accountID)} isn't an account ID`;
  if (!/^[\w+=,.@-]{1,32}$/.test(permissionSetName))
    return `sso.permissionSetName ${JSON.stringify(permissionSetName)} isn't a permission set name`;
  if (partition !== '' && !PARTITIONS.includes(partition))
    return `sso.partition ${JSON.stringify(partition)} isn't an AWS partition`;
  return null;
}

/**
 * Reads the text of `mapAccounts` as the authenticator loads it: straight from YAML into strings, so an unquoted ID
 * keeps its leading zero. Never throws.
 */
export function readMapAccounts(text: string): LoadedAccounts {
  const entries: string[] = [];
  const errors: LoadError[] = [];
  let list: SequenceNode | null = null;
  let ignoredFrom: number | null = null;
  try {
    const { root, rest } = isBlankText(text) ? { root: null, rest: null } : readFirstDocument(text);
    if (root?.kind === 'sequence') list = root;
    if (root) readAccounts(root, aliasesIn(text, root), entries, errors);
    ignoredFrom = rest;
  } catch (error) {
    errors.push(loadErrorOf(error));
  }
  return { entries, errors, list, ignoredFrom };
}

function readAccounts(root: YamlNode, aliases: AliasBinding, entries: string[], errors: LoadError[]): void {
  // For go-yaml only null is an empty list; an empty string is not.
  if (isNull(root)) return;
  if (root.kind === 'scalar' && scalarType(root) === 'mismatch') throw tagMismatch(root);
  if (root.kind !== 'sequence') throw new UnparsableError('not-a-list', "the value isn't a list", root.start);
  const budget = new AliasBudget();
  for (const [index, item] of root.items.entries()) {
    const target = item.kind === 'alias' ? aliases.get(item) : item;
    if (item.kind === 'alias' && target?.kind === 'scalar') budget.takeText(target.text, item);
    const type = target?.kind === 'scalar' ? scalarType(target) : undefined;
    if (target?.kind !== 'scalar') {
      const message = `the item is a ${item.kind === 'sequence' ? 'list' : 'map'}, not an account ID`;
      const [field, group] = [null, null];
      const offset = item.start;
      errors.push({ code: 'not-a-string', loss: 'dropped', message, field, group, offset, index });
    } else if (type !== 'mismatch') entries.push(type === 'null' ? '' : stringValue(target));
    else {
      // go-yaml has allocated the whole list when it gives up.
      while (entries.length < root.items.length) entries.push('');
      throw tagMismatch(target);
    }
  }
}
