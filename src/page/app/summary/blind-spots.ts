import { element } from '../dom.ts';

/** Limits of every page; docs/audit.md has more of them. */
const BLIND_SPOTS = [
  "Who can change the access in AWS: administrators of Identity Center, and anyone who can edit the cluster's access entries, the trust policies of its IAM roles or the keys of its IAM users.",
  'Ways in without IAM: client certificates, tokens of programs, another identity provider, Argo CD with its own list of people.',
  'What programs in the cluster can do. Who can change or enter one has its permissions.',
  'Kyverno, Gatekeeper and webhooks, which can still refuse or allow a request.',
  'What was changed after the dates above, and roles and bindings that the files leave out.',
];

/** Says what the page can't tell, so that nobody takes it for everything. */
export function blindSpots(): HTMLElement {
  return element(
    'details',
    { class: 'blind-spots' },
    element('summary', {}, "What this page can't tell"),
    element('ul', {}, ...BLIND_SPOTS.map((text) => element('li', {}, text))),
  );
}
