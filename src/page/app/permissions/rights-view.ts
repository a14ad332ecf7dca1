import { element } from '../dom.ts';
import type { Page } from '../page.ts';
import { personRightsView } from './person-rights.ts';
import { partsText } from './presets.ts';
import { whoCanView } from './who-can.ts';

/** The permissions of a person or group, and who can do something. It is computed only while its tab is open. */
export function rightsView(page: Page): HTMLElement {
  return element(
    'div',
    { class: 'rights-view' },
    ...limits(page).map((text) => element('p', { class: 'notice screen-only' }, text)),
    whoCanView(page),
    personRightsView(page),
  );
}

/** Why people may be missing from this page. */
function limits({ rows }: Page): string[] {
  const { asked, isExpanded, tables } = rows.data;
  const hasGroups = tables.principals.some(({ type }) => type === 'GROUP');
  return [
    ...(asked === null
      ? []
      : [
          `This page was made with --can, so it has only those who can ${partsText(asked)}. To ask about everyone, make it without --can.`,
        ]),
    ...(hasGroups && !isExpanded
      ? ['This page has groups without their members. To see what each person can do, make it with --expand.']
      : []),
  ];
}
