import { refusal } from '../errors.ts';
import { quoted } from '../text.ts';

const CREATE =
  'aws-auth-sso generate --node-role ARN … | kubectl create -f - makes the first aws-auth. A cluster whose authentication mode is API ignores aws-auth: use access entries there.';

/** What to do where the cluster has none. */
export const NO_AWS_AUTH = `The cluster has no aws-auth: ${CREATE}`;

/** What kubectl prints instead of a manifest where stderr is piped in too, below the lines of its logger. */
const ERROR =
  /^\uFEFF?(?:[EFIW]\d{4} .*\r?\n)*((?:Error from server|error: |Unable to connect to the server|The connection to the server|No resources found).*)/;

const NEXT_STEPS: readonly (readonly [RegExp, string])[] = [
  [/\(NotFound\): configmaps |^No resources found/, NO_AWS_AUTH],
  [
    /namespaces .* not found/,
    'Look at the context: kubectl config current-context. Every cluster has the namespace kube-system.',
  ],
  [
    /logged in|Unauthorized|credentials/i,
    'Log in first (aws sso login; aws eks update-kubeconfig --name CLUSTER), until kubectl get configmap aws-auth -n kube-system works.',
  ],
  [
    /Forbidden/,
    'This caller needs the verbs get and update on configmaps in kube-system: kubectl auth can-i get configmap/aws-auth -n kube-system.',
  ],
];

/**
 * Tells an empty input, and an error that kubectl printed, from a manifest: both mean that kubectl found none.
 * @throws Failure (exit 2) with what to do about it
 */
export function requireSomeManifest(source: string, file: string): void {
  if (/^[\s\uFEFF]*$/.test(source)) {
    const next = `If kubectl said (NotFound): ${CREATE} After any other error, repeat kubectl get configmap aws-auth -n kube-system -o yaml until it prints the ConfigMap.`;
    throw refusal({
      message: 'the input is empty: kubectl printed no ConfigMap',
      location: { file },
      help: next,
    });
  }
  const error = ERROR.exec(source)?.[1];
  if (error === undefined || /^[\s"]*kind"?:/m.test(source)) return;
  const next =
    NEXT_STEPS.find(([pattern]) => pattern.test(error))?.[1] ??
    'Repeat kubectl get configmap aws-auth -n kube-system -o yaml until it prints the ConfigMap.';
  throw refusal({
    message: `this is an error of kubectl, not a ConfigMap: ${quoted(error)}`,
    location: { file },
    help: next,
  });
}
