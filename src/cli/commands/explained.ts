import { answersFor, type CallerAnswer } from '../../access/caller-answer.ts';
import { rightsIn } from '../../access/caller-rights.ts';
import { questionFindings } from '../../access/cluster-rights.ts';
import { accessEntryOf } from '../../access/explain-access-entry.ts';
import { type CallerExplanation, explainCaller } from '../../access/explain-caller.ts';
import { clusterArgument } from '../../access/named-caller.ts';
import type { Caller } from '../../authenticator/resolve-caller.ts';
import { AwsAuth } from '../../cluster/aws-auth.ts';
import { Cluster } from '../../cluster/cluster.ts';
import type { AwsAuthDocument } from '../../configmap/document.ts';
import { refusal } from '../../errors.ts';
import { clusterText, type EksCluster, type Inventory } from '../../inventory/model.ts';
import { ReadTime } from '../../inventory/read-time.ts';
import type { Authorizer } from '../../rbac/authorizer.ts';
import { withoutManifests } from '../../rbac/combine.ts';
import { kubernetesMinor, NEWEST } from '../../rbac/kubernetes-version.ts';
import { awsAuthState } from '../../rbac/model.ts';
import { type Asked, namespaceFindings, parseQuestion } from '../../rbac/question.ts';
import { shellWord } from '../../text.ts';
import type { RbacOptions } from '../options.ts';
import type { QuestionOptions } from '../question-options.ts';
import type { Shell } from '../shell.ts';

/** A caller's access, and with a question whether the caller may do what it asks. */
export interface Explained {
  readonly explanation: CallerExplanation;
  /** Null without a question. */
  readonly answers: readonly CallerAnswer[] | null;
  /** If only the permissions in a namespace are shown. */
  readonly namespace: string | null;
}

/** True if the caller has access and, with a question, certainly may do all it asks. */
export function isAllowed({ explanation, answers }: Explained): boolean {
  return answers ? answers.every(({ answer }) => answer === 'yes') : explanation.hasAccess;
}

/** True if it is unknown whether the caller may do all that the question asks. */
export function mayBeAllowed({ answers }: Explained): boolean {
  const all = answers?.map(({ answer }) => answer) ?? [];
  return all.includes('unknown') && !all.includes('no');
}

/** Everything known about one cluster, to explain callers with. */
interface ClusterSources {
  /** Null if not given. */
  readonly document: AwsAuthDocument | null;
  /** Null without RBAC manifests. */
  readonly authorizer: Authorizer | null;
  readonly cluster: EksCluster | null;
}

/** The same before the cluster is read, whose version the authorizer needs. */
export interface GivenSources extends Pick<ClusterSources, 'document'> {
  readonly rbacOf: (cluster: EksCluster | null) => Promise<Authorizer | null>;
}

interface ExplainerOptions extends QuestionOptions, Pick<RbacOptions, 'kubernetesVersion'> {
  readonly user?: string;
}

/** Explains callers of one cluster. */
export class CallerExplainer {
  private readonly sources: ClusterSources;
  private readonly awsAuth: AwsAuth | null;
  private readonly authorizer: Authorizer | null;
  private readonly asked: readonly Asked[] | null;
  /** The namespace whose permissions are asked for; null for all. */
  private readonly namespace: string | null;
  /** The option that names the caller or user, for a command. */
  private readonly who: string;

  /** For what every cluster grants, if its own bindings are unknown. */
  private readonly known: Authorizer;

  private constructor(sources: ClusterSources, known: Authorizer, options: ExplainerOptions, shell: Shell) {
    const { document, authorizer, cluster } = sources;
    const { can, namespace = null, user } = options;
    const state = awsAuthState(document !== null, cluster?.authenticationMode);
    this.authorizer = authorizer?.withAwsAuth(state) ?? null;
    this.sources = sources;
    this.known = known;
    this.who = user === undefined ? '--caller ARN' : `--user ${shellWord(user)}`;
    this.awsAuth = document && new AwsAuth(document);
    this.namespace = can === undefined ? namespace : null;
    const policies = cluster?.accessEntries.flatMap((entry) => entry.policies) ?? [];
    if (can === undefined) {
      this.asked = null;
      if (namespace !== null) shell.report(namespaceFindings(namespace, known, policies));
      return;
    }
    const question = parseQuestion(can, namespace, known, policies);
    shell.report(questionFindings([question]));
    this.asked = question.asked;
  }

  /**
   * Reports names in the question that the cluster doesn't know.
   * @throws Failure (exit 2) for an invalid question
   */
  static async of(
    { document, rbacOf }: GivenSources,
    cluster: EksCluster | null,
    options: ExplainerOptions,
    shell: Shell,
  ): Promise<CallerExplainer> {
    const authorizer = await rbacOf(cluster);
    const version = kubernetesMinor(options.kubernetesVersion ?? cluster?.version) ?? NEWEST;
    const known = authorizer ?? (await withoutManifests(version));
    return new CallerExplainer({ document, authorizer, cluster }, known, options, shell);
  }

  /** All that grants access to the cluster. */
  get cluster(): Cluster {
    return new Cluster(null, this.awsAuth, this.sources.cluster);
  }

  /** @throws Failure (exit 2) if an aws-auth that wasn't given decides */
  explain(caller: Caller, inventory: Inventory | null, isLive: boolean): Explained {
    const { cluster } = this.sources;
    const { authorizer } = this;
    if (cluster && this.needsFile(caller, inventory)) throw this.missingFile(cluster);
    const facts = { inventory, authorizer, cluster, isLive };
    const whole = explainCaller(caller, this.awsAuth, facts);
    const { rights } = whole;
    const explanation =
      rights && this.namespace !== null ? { ...whole, rights: rightsIn(rights, this.namespace) } : whole;
    return {
      explanation,
      namespace: this.namespace,
      answers: this.asked && answersFor(explanation, this.asked, authorizer ?? this.known),
    };
  }

  /** True if an aws-auth decides that wasn't given: without an access entry, unless the authentication mode is API. */
  needsFile(caller: Caller, inventory: Inventory | null): boolean {
    const { cluster } = this.sources;
    if (!cluster || this.awsAuth || cluster.authenticationMode === 'API') return false;
    return accessEntryOf({ caller, inventory }, cluster) === undefined;
  }

  private missingFile(cluster: EksCluster) {
    return refusal({ message: noEntryText(cluster, 'the caller'), help: this.fileHelp(cluster) });
  }

  /** How to pass the aws-auth that decides. */
  fileHelp(cluster: EksCluster): string {
    return `Pass it as FILE: aws-auth-sso explain FILE ${this.who} --cluster ${clusterArgument(cluster)}`;
  }
}

/** Why an aws-auth decides about a caller. */
export function noEntryText(cluster: EksCluster, whom: string): string {
  const missing = ReadTime.of(cluster).dated(`${clusterText(cluster)} has no access entry for ${whom}`);
  return `${missing}: in authentication mode ${cluster.authenticationMode}, its aws-auth ConfigMap decides`;
}
