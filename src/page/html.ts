import { withoutCommands } from '../text.ts';
import type { PageData } from './data.ts';
import { PageRows } from './decode.ts';
import { summaryHtml } from './summary/html.ts';
import { html } from './summary/markup.ts';
import { titleOf } from './texts.ts';

/** The page's script and style. `app/build.js` makes them. */
export interface PageApp {
  readonly script: string;
  readonly style: string;
  /** Hashes of both for the Content-Security-Policy: `sha256-…` */
  readonly scriptHash: string;
  readonly styleHash: string;
  /** The licenses of the packages in the script. */
  readonly licenses: string;
}

/** The Content-Security-Policy: the page may run its one script and use its one style, and load nothing. */
function policyOf({ scriptHash, styleHash }: PageApp): string {
  return [
    "default-src 'none'",
    `script-src '${scriptHash}'`,
    `style-src '${styleHash}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}

/**
 * The whole page, in pieces. The summary needs no program, so the preview of a mail shows it; the program
 * comes before the data, to report a file that is cut off.
 */
export function* renderPage(app: PageApp, data: PageData): Generator<string> {
  yield `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policyOf(app)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
${html`<title>${titleOf(data)}</title>`}
<style>${app.style}</style>
</head>
<body>
${summaryHtml(new PageRows(data))}
<main id="app" tabindex="-1">
<p class="loading">Loading…</p>
<p class="loading late">If nothing else appears, this file is incomplete: get it again.</p>
<noscript><p>The table, the graph and the permissions need JavaScript. This page makes no requests.</p></noscript>
</main>
${footer(app)}
<script>${app.script}</script>
<script type="application/json" id="data">`;
  yield inScript(JSON.stringify(data));
  yield `</script>
</body>
</html>
`;
}

/** The licenses of what the page contains; the sources have none. */
function footer({ licenses }: PageApp): string {
  if (licenses === '') return '';
  const lines = licenses.split('\n').map((line) => html`${line}`);
  return `<footer class="screen-only"><details><summary>Licenses</summary>
<pre id="licenses" tabindex="0">${lines.join('\n')}</pre>
</details></footer>`;
}

/**
 * JSON that stays JSON inside of a script element: no `</script>` or `<!--` ends or hides the data
 * (https://html.spec.whatwg.org/multipage/scripting.html#restrictions-for-contents-of-script-elements).
 */
function inScript(json: string): string {
  const escaped = json.replace(/[<>&\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  return withoutCommands(escaped);
}
