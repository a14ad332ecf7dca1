import { MASTERS } from '../authenticator/groups.ts';
import type { SubjectKind } from './authorizer.ts';
import { type RbacRole, SYSTEM } from './model.ts';

/** In place of the name of an account: all of its namespace. */
const EVERY = '*';

/** Whoever becomes administrator by a binding: to act as one of them is a way to become one, too. */
export class Powerful {
  /**
   * Whether to bind a role makes administrators.
   * @param name null: all roles of the kind; @param namespace null: cluster-wide
   */
  readonly isRole: (kind: RbacRole['kind'], name: string | null, namespace: string | null) => boolean;
  private readonly users = new Set<string>();
  private readonly groups = new Set<string>();
  /** The names of the accounts of each namespace. */
  private readonly accounts = new Map<string, string[]>();
  private hasEveryAccount = false;

  constructor(
    isRole: Powerful['isRole'],
    subjects: readonly (readonly [kind: SubjectKind, name: string])[] = [],
  ) {
    this.isRole = isRole;
    for (const [kind, name] of subjects) {
      if (kind === 'User') this.addUser(name);
      else this.addGroup(name);
    }
  }

  isUser(name: string): boolean {
    return this.users.has(name);
  }

  /** @param name null: any, but system:masters */
  isGroup(name: string | null): boolean {
    return name === null ? [...this.groups].some((one) => one !== MASTERS) : this.groups.has(name);
  }

  /** @param name null: all accounts of the namespace; @param namespace null: cluster-wide */
  isAccount(name: string | null, namespace: string | null): boolean {
    if (this.hasEveryAccount || (name === null && (namespace === null || namespace === SYSTEM))) return true;
    const known =
      namespace === null ? [...this.accounts.values()].flat() : (this.accounts.get(namespace) ?? []);
    return name === null ? known.length > 0 : known.includes(name) || known.includes(EVERY);
  }

  /** The first account of a namespace that has one: `payments/argocd` */
  accountIn(namespace: string): string {
    const [first = EVERY] = this.accounts.get(namespace) ?? [];
    return `${namespace}/${first}`;
  }

  /** The API server takes a name of this form for the service account, whatever resource a rule for impersonation names. */
  private addUser(name: string): void {
    const [, namespace, account] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(name) ?? [];
    if (namespace !== undefined && account !== undefined) this.addAccount(namespace, account);
    else this.users.add(name);
  }

  private addGroup(name: string): void {
    const [, namespace] = /^system:serviceaccounts:(.+)$/.exec(name) ?? [];
    this.groups.add(name);
    if (namespace !== undefined) this.addAccount(namespace, EVERY);
    if (name === 'system:serviceaccounts') this.hasEveryAccount = true;
  }

  private addAccount(namespace: string, account: string): void {
    this.accounts.set(namespace, [...(this.accounts.get(namespace) ?? []), account]);
  }
}
