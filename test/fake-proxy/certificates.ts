import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The private CA of the tests: it signed the certificate of `aws.invalid`, `*.aws.invalid`, `localhost` and 127.0.0.1. Valid until 2120. */
export const CA_FILE = fileOf('ca.pem');
/** A CA that signed nothing. */
export const OTHER_CA_FILE = fileOf('other-ca.pem');

/** What a server under these names needs. */
export const SERVER_TLS = {
  cert: readFileSync(fileOf('server.pem')),
  key: readFileSync(fileOf('server-key.pem')),
};

function fileOf(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
