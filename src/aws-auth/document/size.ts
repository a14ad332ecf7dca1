import { refusal } from '../../errors.ts';
import type { MergeFinding } from '../plan/merge-finding.ts';
import type { AwsAuthDocument } from './document.ts';

/** What etcd and the API server take: 1 MiB of data in a ConfigMap (`MaxSecretSize` in Kubernetes' validation). */
export const MOST_BYTES = 1024 * 1024;
/** A client-side apply keeps a copy in an annotation, and annotations have 256 KiB (`TotalAnnotationSizeLimitB`). */
export const MOST_BYTES_CLIENT_SIDE = 256 * 1024;

/**
 * Measures the data of a ConfigMap in bytes of UTF-8.
 * @throws Failure (exit 2) where no cluster would take it
 */
export function checkSize(
  document: Pick<AwsAuthDocument, 'file' | 'mapRoles' | 'mapUsers' | 'mapAccounts'>,
): MergeFinding[] {
  const { file, mapRoles, mapUsers, mapAccounts } = document;
  const bytes = dataBytes([mapRoles, mapUsers, mapAccounts].map((part) => part?.text ?? ''));
  if (bytes > MOST_BYTES) {
    const message = `the ConfigMap holds ${Math.ceil(bytes / 1024)} KiB, and Kubernetes takes no more than 1024`;
    throw refusal({ message, place: { file }, next: 'Map fewer roles here, or move to access entries.' });
  }
  return bytes > MOST_BYTES_CLIENT_SIDE ? [{ code: 'large-config-map', bytes }] : [];
}

/** The size of texts in bytes of UTF-8. */
export function dataBytes(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + new TextEncoder().encode(text).length, 0);
}
