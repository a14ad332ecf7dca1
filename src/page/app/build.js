// Bundles the page's program and its styles into strings that a page contains.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';

const HERE = dirname(fileURLToPath(import.meta.url));

/**
 * @param plugins for rolldown, such as one that emits `THIRD-PARTY-LICENSES.txt`
 * @returns a `PageApp`, see `../html.ts`
 */
export async function buildPageApp(plugins = []) {
  const { output } = await build({
    input: join(HERE, 'main.ts'),
    platform: 'browser',
    transform: { target: 'es2022' },
    plugins,
    write: false,
    output: { format: 'iife', minify: true, comments: false, charset: 'ascii' },
  });
  // A script ends at the first `</script`, even in a string.
  const script = output[0].code.replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--');
  const styles = readdirSync(join(HERE, 'styles')).sort();
  const style = styles.map((name) => compact(readFileSync(join(HERE, 'styles', name), 'utf8'))).join('\n');
  const licenses = output.find(({ fileName }) => fileName.endsWith('LICENSES.txt'))?.source ?? '';
  return { script, style, scriptHash: hashOf(script), styleHash: hashOf(style), licenses };
}

/** Styles without comments and indentation. */
function compact(css) {
  return css
    .replace(/\/\*.*?\*\//gs, '')
    .replace(/\s*\n\s*/g, '\n')
    .trim();
}

function hashOf(text) {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
