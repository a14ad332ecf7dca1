import type { PageCluster, PageData, SourceFile } from '../data.ts';
import { clusterTitle } from '../texts.ts';
import { dateMarkup, html, joined, type Markup } from './markup.ts';
import { BLIND_SPOTS, WORDS } from './words.ts';

/** How the page was made, the meaning of its words, and its limits: one menu. */
export function aboutView({ version, command, asOf, rbacFiles, clusters }: PageData): Markup {
  const facts = clusters.map(
    (one) => html`<dt class="name">${clusterTitle(one)}</dt><dd>${clusterView(one)}</dd>`,
  );
  // An option isn't broken at its hyphens.
  const words = joined(
    command.split(' ').map((word) => html`<span>${word}</span>`),
    ' ',
  );
  const meanings = WORDS.map(([word, meaning]) => html`<dt>${word}</dt><dd>${meaning}</dd>`);
  return html`<details class="about"><summary>About this page</summary><div class="opened">
<h2>How it was made</h2>
<p>By aws-auth-sso ${version}, with this command:</p>
<pre tabindex="0"><code>${words}</code></pre>
<dl><dt>AWS</dt><dd>${asOf === null ? 'not read' : dateMarkup(asOf, true)}</dd>
<dt>RBAC</dt><dd>${rbacFiles.length === 0 ? 'not given' : joined(rbacFiles.map(fileView), '; ')}</dd>${facts}</dl>
<p class="muted">The page has everything in this one file and makes no requests.</p>
<h2>What the words mean</h2>
<dl>${meanings}</dl>
<h2>What it can't tell</h2>
<ul>${BLIND_SPOTS.map((text) => html`<li>${text}</li>`)}</ul>
</div></details>`;
}

/** The ARN, the setting of EKS, and the aws-auth file. */
function clusterView({ arn, authenticationMode: mode, file }: PageCluster): ReturnType<typeof joined> {
  return joined(
    [
      arn === null ? [] : [html`<span class="name">${arn}</span>`],
      [mode === null ? html`EKS wasn't asked` : html`mode ${mode}`],
      file ? [fileView(file)] : [],
    ].flat(),
    '; ',
  );
}

/** `rbac.yaml, saved 29 Nov 2026` */
function fileView({ name, modifiedAt }: SourceFile): Markup {
  const saved = modifiedAt === null ? 'date unknown' : html`saved ${dateMarkup(modifiedAt)}`;
  return html`<span class="name">${name}</span>, ${saved}`;
}
