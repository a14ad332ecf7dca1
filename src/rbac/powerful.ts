import { coversNamespace } from '../access-policy.ts';
import { MASTERS } from '../aws-auth/groups.ts';
import type { SubjectKind } from './authorizer.ts';
import { ACCOUNTS, accountOf, type RbacRole, SYSTEM } from './model.ts';

/** Used as an account name: all accounts of the namespace. */
const EVERY = '*';

/**
 * Subjects that are or can become cluster admin through a binding: acting as one of them is a route to cluster admin,
 * too.
 */
export class Powerful {
  /**
   * True if binding a role makes its holders cluster admin.
   * @param name null: all roles of the kind; @param namespace null: cluster-wide
   */
  readonly isRole: (kind: RbacRole['kind'], name: string | null, namespace: string | null) => boolean;
  private readonly users = new Set<string>();
  private readonly groups = new Set<string>();
  /** The account names of each namespace. */
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

  /**
   * @param name null: all accounts of the namespace; @param namespace null: cluster-wide; it may have `*`
   */
  isAccount(name: string | null, namespace: string | null): boolean {
    const isOfSystem = namespace === null || coversNamespace(namespace, SYSTEM);
    if (this.hasEveryAccount || (name === null && isOfSystem)) return true;
    const known = this.namespacesIn(namespace ?? '*').flatMap((one) => this.accounts.get(one) ?? []);
    return name === null ? known.length > 0 : known.includes(name) || known.includes(EVERY);
  }

  /** The namespaces with a powerful account among those that a name or pattern covers. */
  namespacesIn(pattern: string): string[] {
    if (this.hasEveryAccount) return [pattern];
    if (!pattern.includes('*')) return this.accounts.has(pattern) ? [pattern] : [];
    return [...this.accounts.keys()].filter((one) => coversNamespace(pattern, one));
  }

  /** The first account of a namespace that has one: `payments/argocd` */
  accountIn(namespace: string): string {
    const [first = EVERY] = this.accounts.get(namespace) ?? [];
    return `${namespace}/${first}`;
  }

  /** A service account name is an account to the API server, whatever resource an impersonation rule names. */
  private addUser(name: string): void {
    const account = accountOf(name);
    if (account) this.addAccount(account.namespace, account.name);
    else this.users.add(name);
  }

  private addGroup(name: string): void {
    const [, namespace] = /^system:serviceaccounts:(.+)$/.exec(name) ?? [];
    this.groups.add(name);
    if (namespace !== undefined) this.addAccount(namespace, EVERY);
    if (name === ACCOUNTS) this.hasEveryAccount = true;
  }

  private addAccount(namespace: string, account: string): void {
    this.accounts.set(namespace, [...(this.accounts.get(namespace) ?? []), account]);
  }
}
