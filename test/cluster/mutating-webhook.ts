import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { json } from 'node:stream/consumers';
import * as v from 'valibot';
import { inject, onTestFinished } from 'vitest';

const reviewSchema = v.object({ request: v.object({ uid: v.string() }) });

/** Returns the configuration of a webhook that writes this into aws-auth until the test ends. */
export async function answerWebhook(mapRoles: string): Promise<object> {
  // The API server's own certificate is valid for loopback.
  const certificates = join(dirname(inject('cluster').adminKubeconfig), 'certificates');
  const [cert, key] = ['apiserver.crt', 'apiserver.key'].map((name) =>
    readFileSync(join(certificates, name)),
  );
  if (!cert || !key) throw new Error('there are two');
  const patch = JSON.stringify([{ op: 'replace', path: '/data/mapRoles', value: mapRoles }]);
  const server = createServer({ cert, key }, async (call, answer) => {
    const { uid } = v.parse(reviewSchema, await json(call)).request;
    const response = {
      uid,
      allowed: true,
      patchType: 'JSONPatch',
      patch: Buffer.from(patch).toString('base64'),
    };
    answer.setHeader('content-type', 'application/json');
    answer.end(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response }));
  });
  server.listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: 'helper' },
    webhooks: [
      {
        name: 'helper.example.com',
        clientConfig: { url: `https://127.0.0.1:${port}/`, caBundle: cert.toString('base64') },
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['configmaps'] }],
        matchConditions: [{ name: 'aws-auth', expression: "object.metadata.name == 'aws-auth'" }],
        admissionReviewVersions: ['v1'],
        failurePolicy: 'Ignore',
        sideEffects: 'None',
      },
    ],
  };
}
