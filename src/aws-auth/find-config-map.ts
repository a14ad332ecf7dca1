import { type Failure, type Location, refusal } from '../errors.ts';
import { otherKind } from '../input-kind.ts';
import { listed, printable, quoted } from '../text.ts';
import { type Manifest, manifestsIn } from '../yaml/manifests.ts';
import { type MappingNode, scalarAt, type YamlNode } from '../yaml/node.ts';

const NAME = 'aws-auth';
const NAMESPACE = 'kube-system';

/**
 * Finds the ConfigMap kube-system/aws-auth (the namespace may be missing) in documents and Lists.
 * @returns its manifest, and the names of the others as `ConfigMap kube-system/coredns`
 * @throws Failure if there is no such ConfigMap, or more than one
 */
export function findConfigMap(
  documents: readonly (YamlNode | null)[],
  source: string,
  locationOf: (offset: number) => Location,
): { readonly root: MappingNode; readonly others: readonly string[] } {
  const manifests = manifestsIn(documents);
  if (manifests.length === 0 && documents.some((document) => document?.kind === 'mapping'))
    throw refusal({ message: 'the List is empty', location: locationOf(0), help: NO_AWS_AUTH });
  // Items of a ConfigMapList may omit their kind.
  const kindOf = ({ node }: Manifest) => scalarAt(node, 'kind') ?? 'ConfigMap';
  const named = manifests.filter(({ name }) => name !== undefined);
  const configMaps = named.filter((manifest) => kindOf(manifest) === 'ConfigMap');
  const [found, second] = configMaps.filter(
    ({ name, namespace = '' }) => name === NAME && (namespace === '' || namespace === NAMESPACE),
  );
  if (!found) throw noneFound(configMaps, source, locationOf);
  const { node: root } = found;
  if (second) throw twoFound(second.node, locationOf(root.contentStart), locationOf);
  const others = named.filter((manifest) => manifest !== found);
  return { root, others: others.map((other) => printable(`${kindOf(other)} ${fullName(other)}`)) };
}

function fullName({ name = '', namespace }: Manifest): string {
  return namespace ? `${namespace}/${name}` : name;
}

function noneFound(
  others: readonly Manifest[],
  source: string,
  locationOf: (offset: number) => Location,
): Failure {
  const [other] = others;
  const kind = other ? undefined : otherKind(source, 'awsAuth');
  const get = `kubectl get configmap ${NAME} -n ${NAMESPACE} -o yaml`;
  const next = others.some(({ name }) => /^aws-auth-[a-z0-9]{10}$/.test(name ?? ''))
    ? "Kustomize appended a hash to the name, so the cluster's aws-auth doesn't change. Set generatorOptions: {disableNameSuffixHash: true} in kustomization.yaml."
    : `aws-auth is the ConfigMap ${NAME} in namespace ${NAMESPACE}: ${get}`;
  const names = others.map((manifest) => quoted(fullName(manifest)));
  const message = other
    ? `the ConfigMap is ${listed(names)}, not ${NAMESPACE}/${NAME}`
    : 'no aws-auth ConfigMap found in this file';
  return refusal({
    message: kind?.message ?? message,
    location: locationOf(other?.node.contentStart ?? 0),
    help: kind ? `${kind.help}\nFor FILE, save the ConfigMap: ${get}` : next,
  });
}

function twoFound(second: MappingNode, first: Location, locationOf: (offset: number) => Location): Failure {
  const message = `this is a second aws-auth ConfigMap; the first is on line ${first.line}`;
  return refusal({
    message,
    location: locationOf(second.contentStart),
    help: 'Keep one of them: a cluster has only one aws-auth.',
  });
}

const CREATE =
  '`aws-auth-sso generate --node-role ARN … | kubectl create -f -` creates the first aws-auth. A cluster with authentication mode API ignores aws-auth: use access entries there.';

/** Next step if the cluster has no aws-auth. */
const NO_AWS_AUTH = `The cluster has no aws-auth. ${CREATE}`;

const REPEAT =
  'Repeat `kubectl get configmap aws-auth -n kube-system -o yaml` until it prints the ConfigMap.';

/** kubectl's error output, with log lines before it, if stderr was piped in too. */
const ERROR =
  /^\uFEFF?(?:[EFIW]\d{4} .*\r?\n)*((?:Error from server|error: |Unable to connect to the server|The connection to the server|No resources found).*)/;

const NEXT_STEPS: readonly (readonly [RegExp, string])[] = [
  [/\(NotFound\): configmaps |^No resources found/, NO_AWS_AUTH],
  [
    /namespaces .* not found/,
    'Check the context with `kubectl config current-context`. Every cluster has the namespace kube-system.',
  ],
  [
    /logged in|Unauthorized|credentials/i,
    'Sign in with `aws sso login` and `aws eks update-kubeconfig --name CLUSTER`, until `kubectl get configmap aws-auth -n kube-system` works.',
  ],
  [
    /Forbidden/,
    'This caller needs the verbs get and update on configmaps in kube-system. Check with `kubectl auth can-i get configmap/aws-auth -n kube-system`.',
  ],
];

/**
 * Rejects an empty input or a kubectl error in place of a manifest.
 * @throws Failure (exit 2) with the next step
 */
export function requireSomeManifest(source: string, file: string): void {
  if (source.trim() === '') {
    const next = `Specify FILE, or pipe in the ConfigMap: kubectl get configmap ${NAME} -n ${NAMESPACE} -o yaml | …\nIf kubectl reported (NotFound), the cluster has no aws-auth. ${CREATE}\nIf kubectl reported another error, fix that first.`;
    throw refusal({ message: 'the input is empty', location: { file }, help: next });
  }
  const error = ERROR.exec(source)?.[1];
  if (error === undefined || /^[ \t"]*kind"?:/m.test(source)) return;
  const next = NEXT_STEPS.find(([pattern]) => pattern.test(error))?.[1] ?? REPEAT;
  throw refusal({
    message: `this is a kubectl error, not a ConfigMap: ${quoted(error)}`,
    location: { file },
    help: next,
  });
}
