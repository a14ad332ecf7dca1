import { questionText } from '../../rbac/request.ts';
import { element } from './dom.ts';
import type { Page } from './page.ts';
import { personRightsView } from './person-rights.ts';
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
  const { asked, tables } = rows.data;
  const hasGroups = tables.principals.some(({ type }) => type === 'GROUP');
  const isExpanded = tables.vias.some((via) => via !== null);
  return [
    ...(asked === null
      ? []
      : [
          `This page has only people and groups who can ${questionText(asked)}: it was made with --can. To ask about everyone, make it without --can.`,
        ]),
    ...(hasGroups && !isExpanded
      ? [
          'This page lists groups without their members. To see what each member can do, make it with --expand.',
        ]
      : []),
  ];
}
