import { Buffer } from 'node:buffer';
import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';

/** A private key (PEM) and its certificate request (PKCS #10, RFC 2986), in the API server's form. */
export interface CertificateRequest {
  readonly key: string;
  readonly request: string;
}

/** Requests a certificate for a user in a group. */
export function requestCertificate(user: string, group: string): CertificateRequest {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  const name = sequence(attribute(ORGANIZATION, group), attribute(COMMON_NAME, user));
  const asked = sequence(der(0x02, Buffer.from([0])), name, publicKey, der(0xa0));
  const signature = sign('sha256', asked, privateKey);
  const signed = sequence(
    asked,
    sequence(SHA256_WITH_RSA, der(0x05)),
    der(0x03, Buffer.from([0]), signature),
  );
  const lines = signed.toString('base64').match(/.{1,64}/g) ?? [];
  const pem = ['-----BEGIN CERTIFICATE REQUEST-----', ...lines, '-----END CERTIFICATE REQUEST-----', ''].join(
    '\n',
  );
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    request: Buffer.from(pem).toString('base64'),
  };
}

const ORGANIZATION = der(0x06, Buffer.from([0x55, 0x04, 0x0a]));
const COMMON_NAME = der(0x06, Buffer.from([0x55, 0x04, 0x03]));
const SHA256_WITH_RSA = der(0x06, Buffer.from([0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b]));

function attribute(type: Buffer, value: string): Buffer {
  return der(0x31, sequence(type, der(0x0c, Buffer.from(value))));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, ...parts);
}

/** A DER value with its tag and length. */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
