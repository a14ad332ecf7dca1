import { type Failure, type Location, refusal } from '../errors.ts';
import { listed, printable, quoted } from '../text.ts';
import type { MappingNode, YamlNode } from '../yaml/node.ts';
import { mappingAt, pairsNamed, scalarAt } from '../yaml/pairs.ts';
import { NO_AWS_AUTH } from './kubectl-output.ts';

const NAME = 'aws-auth';
const NAMESPACE = 'kube-system';

/**
 * Finds the one manifest of ConfigMap kube-system/aws-auth (the namespace may be missing) in documents and in Lists.
 * @throws Failure where there is none or more than one
 */
export function findConfigMap(
  documents: readonly (YamlNode | null)[],
  locationOf: (offset: number) => Location,
): MappingNode {
  const manifests = documents.flatMap((document) => (document ? manifestsIn(document) : []));
  if (manifests.length === 0 && documents.some((document) => document?.kind === 'mapping'))
    throw refusal({ message: 'the List is empty', location: locationOf(0), help: NO_AWS_AUTH });
  const configMaps = manifests.filter(isConfigMap);
  const found = configMaps.filter(isAwsAuth);
  const [first, second] = found;
  if (!first) throw noneFound(configMaps, locationOf);
  if (second) throw twoFound(second, locationOf(first.start), locationOf);
  return first;
}

/** The manifests beside that of aws-auth, as `ConfigMap kube-system/coredns`. */
export function otherManifests(documents: readonly (YamlNode | null)[], awsAuth: MappingNode): string[] {
  return documents
    .flatMap((document) => (document ? manifestsIn(document) : []))
    .filter((manifest) => manifest !== awsAuth)
    .flatMap((manifest) => {
      const { name } = metadataOf(manifest);
      return name === undefined
        ? []
        : [printable(`${scalarAt(manifest, 'kind') ?? 'ConfigMap'} ${fullName(manifest)}`)];
    });
}

function fullName(manifest: MappingNode): string {
  const { name = '', namespace } = metadataOf(manifest);
  return namespace ? `${namespace}/${name}` : name;
}

function manifestsIn(document: YamlNode): MappingNode[] {
  if (document.kind !== 'mapping') return [];
  const kind = scalarAt(document, 'kind');
  if (kind !== 'List' && kind !== 'ConfigMapList') return [document];
  const items = pairsNamed(document, 'items').at(-1)?.value;
  if (items?.kind !== 'sequence') return [];
  return items.items.filter((item) => item.kind === 'mapping');
}

/** The items of a ConfigMapList may leave their kind out. */
function isConfigMap(manifest: MappingNode): boolean {
  return (
    (scalarAt(manifest, 'kind') ?? 'ConfigMap') === 'ConfigMap' && metadataOf(manifest).name !== undefined
  );
}

function isAwsAuth(manifest: MappingNode): boolean {
  const { name, namespace } = metadataOf(manifest);
  return name === NAME && (namespace === undefined || namespace === '' || namespace === NAMESPACE);
}

function metadataOf(manifest: MappingNode): { name: string | undefined; namespace: string | undefined } {
  const metadata = mappingAt(manifest, 'metadata');
  if (!metadata) return { name: undefined, namespace: undefined };
  return { name: scalarAt(metadata, 'name'), namespace: scalarAt(metadata, 'namespace') };
}

function noneFound(others: readonly MappingNode[], locationOf: (offset: number) => Location): Failure {
  const [other] = others;
  const next = others.some(isHashed)
    ? 'Kustomize appended a hash to the name, so that the aws-auth of the cluster stays as it is: set generatorOptions: {disableNameSuffixHash: true} in kustomization.yaml.'
    : `aws-auth is the ConfigMap ${NAME} in namespace ${NAMESPACE}: kubectl get configmap ${NAME} -n ${NAMESPACE} -o yaml`;
  const names = others.map((manifest) => quoted(fullName(manifest)));
  const message = other
    ? `the ConfigMap is ${listed(names)}, not ${NAMESPACE}/${NAME}`
    : 'there is no aws-auth ConfigMap in this file';
  return refusal({ message, location: locationOf(other?.start ?? 0), help: next });
}

/** A name that Kustomize's configMapGenerator makes of aws-auth. */
function isHashed(manifest: MappingNode): boolean {
  return /^aws-auth-[a-z0-9]{10}$/.test(metadataOf(manifest).name ?? '');
}

function twoFound(second: MappingNode, first: Location, locationOf: (offset: number) => Location): Failure {
  const message = `this is a second aws-auth ConfigMap; the first is in line ${first.line}`;
  return refusal({
    message,
    location: locationOf(second.start),
    help: 'Keep one of them: a cluster has one aws-auth.',
  });
}
