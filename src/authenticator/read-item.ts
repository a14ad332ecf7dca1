import type { MappingNode, YamlNode } from '../yaml/node.ts';
import { describeValue, type Value } from './authenticator-value.ts';
import { fieldsOf } from './item-fields.ts';
import type { FieldName, LoadError, LoadErrorCode, LoadedEntry } from './loaded.ts';
import { type SsoMatcher, ssoProblem } from './sso-matcher.ts';

export type ArnField = 'rolearn' | 'userarn';

const ROLE_FIELDS = ['rolearn', 'sso', 'username', 'groups', 'userid'] as const;
const USER_FIELDS = ['userarn', 'username', 'groups', 'userid'] as const;
const SSO_FIELDS = ['permissionSetName', 'accountID', 'partition'] as const;

/** An entry before it is known what the others of its list make of it. */
export type LoadedItem = Omit<LoadedEntry, 'shadowed' | 'ambiguous'>;

/** Reads one item of a list; null where it is dropped. What is lost is reported to `errors`. */
export function readItem(
  item: Value,
  arnField: ArnField,
  index: number,
  errors: LoadError[],
): LoadedItem | null {
  return new ItemReader(arnField, index, errors).read(item);
}

/** Fills one struct. A field keeps what it has where a later key of the same name is null or of the wrong type. */
class ItemReader {
  private readonly arnField: ArnField;
  private readonly index: number;
  private readonly errors: LoadError[];
  private arn = '';
  private username = '';
  private groups: readonly string[] | null = null;
  private sso: SsoMatcher | null = null;
  private readonly fields: { arn?: YamlNode; username?: YamlNode; groups?: YamlNode } = {};

  constructor(arnField: ArnField, index: number, errors: LoadError[]) {
    this.arnField = arnField;
    this.index = index;
    this.errors = errors;
  }

  read(item: Value): LoadedItem | null {
    if (item.type !== 'map')
      return this.drop('not-a-map', `the item is ${describeValue(item)}, not a map`, item.node);
    const names = this.arnField === 'rolearn' ? ROLE_FIELDS : USER_FIELDS;
    for (const [name, value] of fieldsOf(item, names)) this.take(name, value);
    return this.validated(item.node);
  }

  private take(name: (typeof ROLE_FIELDS | typeof USER_FIELDS)[number], value: Value): void {
    switch (name) {
      case 'rolearn':
      case 'userarn':
        this.arn = this.text(name, 'arn', value, this.arn);
        this.remember('arn', value, 'text');
        break;
      case 'username':
        this.username = this.text(name, name, value, this.username);
        this.remember('username', value, 'text');
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

  /** Keeps the node that a field came from; one that gave nothing only where no other did. */
  private remember(field: 'arn' | 'username' | 'groups', value: Value, wanted: Value['type']): void {
    if (value.type === wanted || !this.fields[field]) this.fields[field] = value.alias ?? value.node;
  }

  private text(name: string, field: FieldName, value: Value, before: string, group?: number): string {
    if (value.type === 'text') return value.text;
    if (value.type !== 'null') this.wrongType(name, field, value, 'a text', group);
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

  private validated(node: MappingNode): LoadedItem | null {
    const { arn, username, groups, sso, index, fields } = this;
    if (arn === '' && !sso) return this.drop('no-arn', `the item has no ${this.arnField}`, node);
    if (arn !== '' && sso) return this.drop('arn-and-sso', 'the item has both rolearn and sso', node);
    const problem = sso && ssoProblem(sso);
    if (problem) return this.drop('invalid-sso', problem, node);
    return { arn, username, groups, sso, index, node, fields };
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
