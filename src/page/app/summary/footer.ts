import type { PageData } from '../../data.ts';
import { element } from '../dom.ts';

/**
 * The program's version, on paper also its command, and the licenses of what the page contains.
 * @param licenses empty if it contains nothing by others
 */
export function footerView(
  { version, command }: Pick<PageData, 'version' | 'command'>,
  licenses: string,
): HTMLElement {
  return element(
    'footer',
    {},
    element('p', {}, `aws-auth-sso ${version}`),
    element('p', { class: 'print-only name' }, element('code', {}, command)),
    ...(licenses === ''
      ? []
      : [
          element(
            'details',
            { class: 'screen-only' },
            element('summary', {}, 'Licenses'),
            element(
              'pre',
              { tabindex: 0 },
              ...licenses
                .split('\n')
                .map((line) => `${line}\n`)
                .map(textNode),
            ),
          ),
        ]),
  );
}

/** A line as it is: `element` would show its line feed as `\n`. */
function textNode(text: string): Text {
  return document.createTextNode(text);
}
