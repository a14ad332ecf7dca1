import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * The tests' private CA, which signed the certificate for `aws.invalid`, `*.aws.invalid`, `localhost` and 127.0.0.1.
 * Valid until 2120.
 */
export const CA_FILE = fileOf('ca.pem');
/** A CA that signed nothing. */
export const OTHER_CA_FILE = fileOf('other-ca.pem');

/** TLS options for a server with these names. */
export const SERVER_TLS = {
  cert: readFileSync(fileOf('server.pem')),
  key: readFileSync(fileOf('server-key.pem')),
};

function fileOf(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
