import type { AccessPolicy } from '../eks.ts';
import type { Finding } from '../errors.ts';
import type { AwsAuthState, Binding, PolicyRule, RbacRole, Subject } from '../rbac/model.ts';
import type { Rights } from '../who/cluster-rights.ts';
import type { AdminRoute, WhoRow } from '../who/rows.ts';
import type { RowChange } from '../who/since/row-change.ts';

/**
 * The data in a page: the rows of `who` as columns of numbers, and what the numbers stand for. Thousands of people share
 * entries, permissions and reasons, so each of these is stored once. `encode.ts` writes it, `decode.ts` reads it.
 */
export interface PageData {
  /** Raised with each change after which another version can't read the data. */
  readonly format: typeof PAGE_FORMAT;
  /** The program's version. */
  readonly version: string;
  /** The command line, with secrets masked. */
  readonly command: string;
  /** When AWS was read, ISO 8601; null if it wasn't. */
  readonly asOf: string | null;
  /** The RBAC files. */
  readonly rbacFiles: readonly SourceFile[];
  /** The clusters that were read, in the order of the rows; a cluster may have no rows. */
  readonly clusters: readonly PageCluster[];
  /** The options that select accounts and clusters, as `--account prod-*`, sorted. */
  readonly scope: readonly string[];
  /** The actions of --can; null without it. */
  readonly asked: readonly string[] | null;
  /** Other limits of the rows by the options. */
  readonly limits: {
    /** Users and groups. */
    readonly named: readonly Pick<WhoRow['principal'], 'type' | 'name'>[];
    /** Null for all. */
    readonly kubernetesGroups: readonly string[] | null;
    /** The namespace of --can. */
    readonly namespace: string | null;
  };
  /** True if members of groups are listed. */
  readonly isExpanded: boolean;
  /** Warnings of the run, without those that the page counts. */
  readonly warnings: readonly PageWarning[];
  readonly since: Since | null;
  /** Distinct values; a row or another table refers to one by its index. */
  readonly tables: {
    readonly principals: readonly WhoRow['principal'][];
    /** Null: assigned directly. */
    readonly vias: readonly WhoRow['via'][];
    readonly entries: readonly PageEntry[];
    readonly grants: readonly PageGrant[];
    /**
     * As audit logs show them, by the indexes of a start and an end: each person has another one in each cluster, where all
     * that differs may be the role in its start. Null if it depends on the caller.
     */
    readonly usernames: readonly (readonly [start: number, end: number] | null)[];
    readonly usernameStarts: readonly string[];
    readonly usernameEnds: readonly string[];
    readonly changes: readonly (RowChange | null)[];
    /** With indexes in `boundRoles`. */
    readonly rights: readonly (Omit<Rights, 'roles' | 'rolesOfEverybody'> & {
      readonly roles: readonly number[];
      readonly rolesOfEverybody: readonly number[];
    })[];
    readonly routes: readonly (readonly AdminRoute[])[];
    readonly boundRoles: readonly {
      readonly role: number;
      readonly binding: number;
      readonly subject: Subject;
      /** With --can, the actions that it allows. */
      readonly can: readonly string[];
    }[];
    /** With indexes in `rules`. */
    readonly roles: readonly (Omit<RbacRole, 'rules' | 'location'> & { readonly rules: number })[];
    readonly rules: readonly (readonly PolicyRule[])[];
    readonly bindings: readonly Binding[];
    readonly rbac: readonly PageRbac[];
  };
  /** One list of indexes for each table in `ROW_TABLES`, all of the same length. */
  readonly rows: Readonly<Record<RowTable, readonly number[]>>;
}

export const PAGE_FORMAT = 1;

/** The tables that rows refer to: everything that a row shows is in one of them. */
export const ROW_TABLES = ['principals', 'vias', 'entries', 'grants', 'usernames', 'changes'] as const;
export type RowTable = (typeof ROW_TABLES)[number];

export interface PageWarning extends Pick<Finding, 'code' | 'message' | 'help'> {
  /** The file or cluster, and the line; null for the whole run. */
  readonly place: string | null;
}

/** A file that was read, and when it was last modified (ISO 8601; null for stdin). */
export interface SourceFile {
  readonly name: string;
  readonly modifiedAt: string | null;
}

export interface PageCluster {
  readonly name: string | null;
  readonly arn: string | null;
  /** The aws-auth file; null if only access entries were read. */
  readonly file: SourceFile | null;
  /** The setting of EKS; null if EKS wasn't asked. */
  readonly authenticationMode: string | null;
  /** The sources without any entry, in this run's scope or outside; one that wasn't read has none, too. */
  readonly withoutEntries: readonly Exclude<WhoRow['source'], 'binding'>[];
  /** Index in `tables.rbac`; null if nothing is evaluated. */
  readonly rbac: number | null;
}

/** The earlier run that the rows are compared with. */
export interface Since {
  readonly file: string;
  /** When AWS was read for it; null if it wasn't. */
  readonly asOf: string | null;
  /** Clauses about what couldn't be compared, and why: `who has Admin in 111122223333 is unknown now: 1 row isn't compared`. */
  readonly doubts: readonly string[];
  /** Clusters that only this run has, and that only the earlier one has: their rows are new and gone. */
  readonly newClusters: readonly Pick<PageCluster, 'name' | 'arn'>[];
  readonly goneClusters: readonly Pick<PageCluster, 'name' | 'arn'>[];
  /** Clusters of this run that the earlier one may not have read. Missing: none. */
  readonly uncompared?: readonly Pick<PageCluster, 'name' | 'arn'>[];
  /** How many of the last rows are the earlier run's: who had access and has no row now. They count only as gone. */
  readonly earlierRows: number;
}

/** The cells that all rows of an entry share. */
export type PageEntry = Pick<
  WhoRow,
  | 'accountId'
  | 'accountName'
  | 'permissionSet'
  | 'rolearn'
  | 'username'
  | 'groups'
  | 'source'
  | 'policies'
  | 'cluster'
  | 'clusterArn'
  | 'unread'
  | 'asOf'
  | 'knowsBindings'
  | 'kubernetesVersion'
  | 'kubernetesDataDate'
> & {
  /** The ARN that callers are compared with; null if the cluster couldn't be read. */
  readonly arn: string | null;
  readonly isNode: boolean;
  /** Index in `PageData.clusters`; null if the cluster couldn't be read, and for a row of an earlier run. */
  readonly clusterIndex: number | null;
};

/** The access that a row shows, and the permissions behind it. */
export interface PageGrant extends Pick<WhoRow, 'access' | 'reason' | 'note'> {
  /** Index in `tables.rights`; null if nothing is known. */
  readonly rights: number | null;
  /** Index in `tables.routes`. */
  readonly routes: number;
  /** The status before anything else was considered, see `HeldEntry`; null if the cluster couldn't be read. */
  readonly status: 'granted' | 'none' | 'unknown' | null;
  /** False for a provisioned role that nobody is known to have. */
  readonly hasPrincipal: boolean;
}

/** All roles and bindings of a cluster, by index: to answer questions that weren't asked yet. */
export interface PageRbac {
  readonly knowsBindings: boolean;
  readonly awsAuth: AwsAuthState;
  /** The minor version: 36 is Kubernetes 1.36. */
  readonly kubernetesMinor: number;
  readonly roles: readonly number[];
  readonly bindings: readonly number[];
  /** The access policies of the cluster's entries. */
  readonly policies: readonly AccessPolicy[];
}
