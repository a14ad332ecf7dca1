import type { MappingNode, YamlNode } from '../yaml/node.ts';
import { type MapValue, offsetOf, type Value } from './authenticator-value.ts';
import type { LoadError, LoadErrorCode, LoadedEntry, LoadedMap } from './loaded.ts';
import { ssoProblem } from './sso-matcher.ts';
import { VoidError } from './void-error.ts';

type ArnField = 'rolearn' | 'userarn';
type Draft = Omit<LoadedEntry, 'shadowed'>;

/**
 * Reads the items of a decoded list into entries, as Go's encoding/json fills the authenticator's structs.
 * @throws VoidError where the value is no list
 */
export function readItems(value: Value, arnField: ArnField): LoadedMap {
  if (value.type !== 'list')
    throw new VoidError('not-a-list', `the text is ${describe(value)}, not a list`, offsetOf(value.node));
  const errors: LoadError[] = [];
  const drafts: Draft[] = [];
  value.items.forEach((item, index) => {
    const draft = new ItemReader(arnField, index, errors).read(item);
    if (draft) drafts.push(draft);
  });
  return { entries: withShadows(drafts), errors, list: value.node };
}

function withShadows(drafts: readonly Draft[]): LoadedEntry[] {
  const last = new Map<string, Draft>();
  for (const draft of drafts) last.set(identity(draft), draft);
  return drafts.map((draft) => ({ ...draft, shadowed: last.get(identity(draft)) !== draft }));
}

function identity({ arn, sso }: Draft): string {
  return sso === null ? arn.toLowerCase() : `sso ${JSON.stringify(sso).toLowerCase()}`;
}

function describe(value: Value): string {
  switch (value.type) {
    case 'map':
    case 'list':
      return `a ${value.type}`;
    case 'null':
      return 'empty';
    default:
      return `the ${value.type} ${JSON.stringify(value.text)}`;
  }
}

const SSO_FIELDS = ['permissionSetName', 'accountID', 'partition'] as const;

/** Fills one struct. Fields keep what they have where a later key of the same name is null or of the wrong type. */
class ItemReader {
  private readonly arnField: ArnField;
  private readonly index: number;
  private readonly errors: LoadError[];
  private arn = '';
  private username = '';
  private groups: string[] | null = null;
  private sso: Record<(typeof SSO_FIELDS)[number], string> | null = null;
  private readonly fields: { arn?: YamlNode; username?: YamlNode; groups?: YamlNode } = {};

  constructor(arnField: ArnField, index: number, errors: LoadError[]) {
    this.arnField = arnField;
    this.index = index;
    this.errors = errors;
  }

  read(item: Value): Draft | null {
    if (item.type !== 'map')
      return this.drop('not-a-map', `the item is ${describe(item)}, not a map`, item.node);
    const names = this.arnField === 'rolearn' ? ROLE_FIELDS : USER_FIELDS;
    for (const [name, value] of fieldsOf(item, names)) this.take(name, value);
    return this.validated(item.node);
  }

  private take(name: string, value: Value): void {
    if (name === 'username') this.username = this.text(name, value, this.username);
    else if (name === 'groups') this.groups = this.texts(value);
    else if (name === 'sso') this.takeSso(value);
    else if (name === 'userid') this.text(name, value, '');
    else this.arn = this.text(name, value, this.arn);
    if (name === 'groups') this.won('groups', value, 'list');
    else if (name === 'username') this.won('username', value, 'text');
    else if (name === this.arnField) this.won('arn', value, 'text');
  }

  private won(field: 'arn' | 'username' | 'groups', value: Value, type: Value['type']): void {
    if (value.type === type || !this.fields[field]) this.fields[field] = value.alias ?? value.node;
  }

  private text(name: string, value: Value, before: string): string {
    if (value.type === 'text') return value.text;
    if (value.type !== 'null') this.wrongType(name, value, 'a text');
    return before;
  }

  private texts(value: Value): string[] | null {
    if (value.type === 'null') return null;
    if (value.type !== 'list') {
      this.wrongType('groups', value, 'a list');
      return this.groups;
    }
    const before = this.groups ?? [];
    return value.items.map((item, index) => this.text('an item of groups', item, before[index] ?? ''));
  }

  private takeSso(value: Value): void {
    if (value.type === 'null') this.sso = null;
    else this.sso ??= { permissionSetName: '', accountID: '', partition: '' };
    if (value.type !== 'map') {
      if (value.type !== 'null') this.wrongType('sso', value, 'a map');
      return;
    }
    const sso = this.sso;
    for (const [name, member] of fieldsOf(value, SSO_FIELDS))
      if (sso) sso[name] = this.text(`sso.${name}`, member, sso[name]);
  }

  private wrongType(name: string, value: Value, wanted: string): void {
    const message = `${name} is ${describe(value)}, not ${wanted}: it is lost`;
    this.report('wrong-type', 'field', message, value.alias ?? value.node);
  }

  private validated(node: MappingNode): Draft | null {
    const { arn, username, groups, sso, index, fields } = this;
    if (arn === '' && !sso) return this.drop('no-arn', `the item has no ${this.arnField}`, node);
    if (arn !== '' && sso) return this.drop('arn-and-sso', 'the item has both rolearn and sso', node);
    const problem = sso && ssoProblem(sso);
    if (problem) return this.drop('invalid-sso', problem, node);
    return { arn, username, groups, sso, index, node, fields };
  }

  private drop(code: LoadErrorCode, message: string, node: YamlNode): null {
    this.report(code, 'dropped', `${message}: it is dropped`, node);
    return null;
  }

  private report(code: LoadErrorCode, loss: LoadError['loss'], message: string, node: YamlNode): void {
    this.errors.push({ code, loss, message, offset: offsetOf(node), index: this.index });
  }
}

const ROLE_FIELDS = ['rolearn', 'sso', 'username', 'groups', 'userid'] as const;
const USER_FIELDS = ['userarn', 'username', 'groups', 'userid'] as const;

/** The members that fill a field, in the order in which they do: sorted by key, as the JSON in between is. */
function fieldsOf<Name extends string>(map: MapValue, names: readonly Name[]): [Name, Value][] {
  const found: [string, Name, Value][] = [];
  let exact = true;
  for (const [key, value] of map.members) {
    const name = names.find((known) => known === key) ?? names.find((known) => fold(known) === fold(key));
    if (name === undefined) continue;
    if (name !== key) exact = false;
    found.push([key, name, value]);
  }
  if (!exact) found.sort(([a], [b]) => (a < b ? -1 : 1));
  return found.map(([, name, value]) => [name, value]);
}

/** Go folds the long s and the Kelvin sign too. */
function fold(key: string): string {
  return key.toLowerCase().replaceAll('\u017F', 's').replaceAll('\u212A', 'k');
}
