import { answersFor, type CallerAnswer, rightsIn } from '../../access/caller-rights.ts';
import { questionFindings } from '../../access/cluster-rights.ts';
import { accessEntryOf } from '../../access/explain-access-entry.ts';
import { type CallerExplanation, explainCaller } from '../../access/explain-caller.ts';
import type { Caller } from '../../authenticator/resolve-caller.ts';
import { AwsAuth } from '../../cluster/aws-auth.ts';
import { Cluster, clusterArgument } from '../../cluster/cluster.ts';
import type { AwsAuthDocument } from '../../configmap/document.ts';
import { refusal } from '../../errors.ts';
import { clusterText, type EksCluster, type Inventory } from '../../inventory/model.ts';
import { ReadTime } from '../../inventory/read-time.ts';
import type { Authorizer } from '../../rbac/authorizer.ts';
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

/** A question, and who has which permissions as far as the cluster's bindings are known. */
interface OpenQuestion {
  readonly asked: readonly Asked[];
  readonly authorizer: Authorizer;
}

/**
 * Reports names in the question, or in a namespace alone, that the cluster doesn't know.
 * @returns null without a question
 * @throws Failure (exit 2) for an invalid question
 */
async function openQuestion(
  options: ExplainerOptions,
  { authorizer, cluster }: ClusterSources,
  shell: Shell,
): Promise<OpenQuestion | null> {
  const { can, namespace = null, kubernetesVersion } = options;
  if (can === undefined && namespace === null) return null;
  const known = authorizer ?? (await knownOfEveryCluster(kubernetesVersion ?? cluster?.version));
  const policies = cluster?.accessEntries.flatMap((entry) => entry.policies) ?? [];
  if (can === undefined) {
    shell.report(namespaceFindings(namespace ?? '', known, policies));
    return null;
  }
  const question = parseQuestion(can, namespace, known, policies);
  shell.report(questionFindings([question]));
  return { asked: question.asked, authorizer: known };
}

/** Default permissions in every cluster. The data is loaded only for a question. */
async function knownOfEveryCluster(version: string | undefined): Promise<Authorizer> {
  const { withoutManifests } = await import('../../rbac/combine.ts');
  return withoutManifests(kubernetesMinor(version) ?? NEWEST);
}

/** Explains callers of one cluster. */
export class CallerExplainer {
  private readonly sources: ClusterSources;
  private readonly awsAuth: AwsAuth | null;
  private readonly question: OpenQuestion | null;
  /** The namespace whose permissions are asked for; null for all. */
  private readonly namespace: string | null;
  /** The option that names the caller or user, for a command. */
  private readonly who: string;

  private constructor(sources: ClusterSources, question: OpenQuestion | null, options: ExplainerOptions) {
    const { namespace = null, user } = options;
    this.sources = sources;
    this.question = question;
    this.who = user === undefined ? '--caller ARN' : `--user ${shellWord(user)}`;
    this.awsAuth = sources.document && new AwsAuth(sources.document);
    this.namespace = question ? null : namespace;
  }

  /** @throws Failure (exit 2) for an invalid question */
  static async of(
    { document, rbacOf }: GivenSources,
    cluster: EksCluster | null,
    options: ExplainerOptions,
    shell: Shell,
  ): Promise<CallerExplainer> {
    const state = awsAuthState(document !== null, cluster?.authenticationMode);
    const authorizer = (await rbacOf(cluster))?.withAwsAuth(state) ?? null;
    const sources = { document, authorizer, cluster };
    return new CallerExplainer(sources, await openQuestion(options, sources, shell), options);
  }

  /** All that grants access to the cluster. */
  get cluster(): Cluster {
    return new Cluster(null, this.awsAuth, this.sources.cluster);
  }

  /** @throws Failure (exit 2) if an aws-auth that wasn't given decides */
  explain(caller: Caller, inventory: Inventory | null, isLive: boolean): Explained {
    const { authorizer, cluster } = this.sources;
    const { question } = this;
    if (cluster && this.needsFile(caller, inventory)) throw this.missingFile(cluster);
    const facts = { inventory, authorizer, cluster, isLive };
    const whole = explainCaller(caller, this.awsAuth, facts);
    const { rights } = whole;
    const explanation =
      rights && this.namespace !== null ? { ...whole, rights: rightsIn(rights, this.namespace) } : whole;
    return {
      explanation,
      namespace: this.namespace,
      answers: question && answersFor(explanation, question.asked, question.authorizer),
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
