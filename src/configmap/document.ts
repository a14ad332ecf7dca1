import { readMapRoles } from '../authenticator/read-map.ts';
import { type Location, refusal } from '../errors.ts';
import { lineIndex } from '../yaml/line-index.ts';
import { type YamlNode, YamlSyntaxError } from '../yaml/node.ts';
import { type ConfigMapNodes, configMapNodes, dataScalar } from './config-map-nodes.ts';
import { EmbeddedText } from './embedded-text.ts';
import { findConfigMap, otherManifests } from './find-config-map.ts';
import { requireSomeManifest } from './kubectl-output.ts';
import { readManifests } from './read-manifests.ts';
import { findTemplate, templateRefusal } from './templates.ts';

/** An aws-auth file: where its parts lie, and the texts that the authenticator reads. */
export interface AwsAuthDocument {
  /** The name of the file, for messages. */
  readonly file: string;
  /** The whole file; it may start with a byte order mark. */
  readonly source: string;
  /** The aws-auth manifest; null where the file is a bare `mapRoles` list. */
  readonly configMap: ConfigMapNodes | null;
  /** Null where the key is missing or null. */
  readonly mapRoles: EmbeddedText | null;
  readonly mapUsers: EmbeddedText | null;
  readonly mapAccounts: EmbeddedText | null;
  /** The manifests beside that of aws-auth, as `ConfigMap kube-system/coredns`. */
  readonly others: readonly string[];
  /** Line and column of an offset in the file. */
  locationOf(offset: number): Location;
}

/**
 * Finds aws-auth in the text of a file: a ConfigMap manifest, alone, among other documents or in a List, as YAML or JSON; or a
 * bare `mapRoles` list, as Kustomize generators use.
 * @throws Failure (exit 2) with its place in the file where there is no aws-auth, or none that kubectl would take
 */
export function readDocument(source: string, file: string): AwsAuthDocument {
  const locationOf = locationsIn(source, file);
  requireSomeManifest(source, file);
  const documents = parse(source, locationOf);
  const list = documents[0];
  if (list?.kind === 'sequence' && documents.slice(1).every((document) => document?.kind !== 'mapping'))
    return bareList(source, file, locationOf);
  const awsAuth = findConfigMap(documents, locationOf);
  const configMap = configMapNodes(awsAuth, locationOf);
  const text = (key: string) => {
    const scalar = dataScalar(configMap, key, locationOf);
    return scalar && new EmbeddedText(source, scalar, locationOf);
  };
  const texts = { mapRoles: text('mapRoles'), mapUsers: text('mapUsers'), mapAccounts: text('mapAccounts') };
  return { file, source, configMap, ...texts, others: otherManifests(documents, awsAuth), locationOf };
}

/**
 * As `readDocument`, for who adds entries: a file that the authenticator would load as an empty mapRoles is an empty bare list.
 * @throws Failure (exit 2) as `readDocument` does
 */
export function readListOrDocument(source: string, file: string): AwsAuthDocument {
  return isEmptyList(source) ? bareList(source, file, locationsIn(source, file)) : readDocument(source, file);
}

/** What is longer without its comments is no way to write nothing. */
function isEmptyList(source: string): boolean {
  if (source.replace(/^[ \t]*#.*$/gm, '').trim().length > 64) return false;
  const { list, errors, ignoredFrom } = readMapRoles(source);
  return list === null && errors.length === 0 && ignoredFrom === null;
}

function bareList(source: string, file: string, locationOf: AwsAuthDocument['locationOf']): AwsAuthDocument {
  const mapRoles = new EmbeddedText(source, null, locationOf);
  return {
    file,
    source,
    configMap: null,
    mapRoles,
    mapUsers: null,
    mapAccounts: null,
    others: [],
    locationOf,
  };
}

/** Finds out where the lines are only once somebody asks. */
function locationsIn(source: string, file: string): (offset: number) => Location {
  let positionOf: ReturnType<typeof lineIndex> | undefined;
  return (offset) => {
    positionOf ??= lineIndex(source);
    return { file, ...positionOf(offset) };
  };
}

function parse(source: string, locationOf: (offset: number) => Location): (YamlNode | null)[] {
  try {
    return readManifests(source);
  } catch (error) {
    if (!(error instanceof YamlSyntaxError)) throw error;
    const template = findTemplate(source, 0, source.length);
    if (template >= 0) throw templateRefusal(source, template, locationOf(template));
    const next = 'Mend the file there; kubectl cannot read it either.';
    throw refusal(
      { message: `this is no YAML: ${error.message}`, location: locationOf(error.offset), help: next },
      error,
    );
  }
}
