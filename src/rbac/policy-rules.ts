import type { PolicyRule } from './model.ts';
import { ALL, blocks, READ, ruleOf, WRITE } from './role-text.ts';

/** When AWS's table looked like this; `npm run compare:policies` compares it with a newer one. */
export const POLICY_RULES_DATE = '2025-11-06';

/**
 * The rules of each access policy that AWS publishes, by the policy's name
 * (https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html).
 */
export function policyRules(): ReadonlyMap<string, readonly PolicyRule[]> {
  return new Map(blocks(POLICIES).map(([name, rules]) => [name, rules.map(ruleOf)]));
}

/** The rules of AmazonEKSViewPolicy, which the next two policies contain. */
const VIEW = `
  ${READ} apps controllerrevisions,daemonsets,daemonsets/status,deployments,deployments/scale,deployments/status,replicasets,replicasets/scale,replicasets/status,statefulsets,statefulsets/scale,statefulsets/status
  ${READ} autoscaling horizontalpodautoscalers,horizontalpodautoscalers/status
  ${READ} batch cronjobs,cronjobs/status,jobs,jobs/status
  ${READ} discovery.k8s.io endpointslices
  ${READ} extensions daemonsets,daemonsets/status,deployments,deployments/scale,deployments/status,ingresses,ingresses/status,networkpolicies,replicasets,replicasets/scale,replicasets/status,replicationcontrollers/scale
  ${READ} networking.k8s.io ingresses,ingresses/status,networkpolicies
  ${READ} policy poddisruptionbudgets,poddisruptionbudgets/status
  ${READ} core configmaps,endpoints,persistentvolumeclaims,persistentvolumeclaims/status,pods,replicationcontrollers,replicationcontrollers/scale,serviceaccounts,services,services/status
  ${READ} core bindings,events,limitranges,namespaces/status,pods/log,pods/status,replicationcontrollers/status,resourcequotas,resourcequotas/status
  ${READ} core namespaces`;

const EDIT = `${VIEW}
  ${WRITE} apps daemonsets,deployments,deployments/rollback,deployments/scale,replicasets,replicasets/scale,statefulsets,statefulsets/scale
  ${WRITE} autoscaling horizontalpodautoscalers
  ${WRITE} batch cronjobs,jobs
  ${WRITE} extensions daemonsets,deployments,deployments/rollback,deployments/scale,ingresses,networkpolicies,replicasets,replicasets/scale,replicationcontrollers/scale
  ${WRITE} networking.k8s.io ingresses,networkpolicies
  ${WRITE} policy poddisruptionbudgets
  ${READ} core pods/attach,pods/exec,pods/portforward,pods/proxy,secrets,services/proxy
  impersonate core serviceaccounts
  ${WRITE} core pods,pods/attach,pods/exec,pods/portforward,pods/proxy
  ${WRITE} core configmaps,events,persistentvolumeclaims,replicationcontrollers,replicationcontrollers/scale,secrets,serviceaccounts,services,services/proxy`;

/** Each policy, followed by its rules. */
const POLICIES = `
AmazonEKSClusterAdminPolicy
  * * *
  * *
AmazonEKSAdminPolicy${EDIT}
  create authorization.k8s.io localsubjectaccessreviews
  ${ALL} rbac.authorization.k8s.io rolebindings,roles
AmazonEKSAdminViewPolicy
  ${READ} * *
AmazonEKSEditPolicy${EDIT}
AmazonEKSViewPolicy${VIEW}
AmazonEKSSecretReaderPolicy
  ${READ} core secrets
AmazonEKSHybridPolicy
  list * nodes`;
