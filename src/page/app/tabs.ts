import { element } from './dom.ts';
import type { Page } from './page.ts';
import { TABS, type Tab } from './view.ts';

const LABELS: Readonly<Record<Tab, string>> = { table: 'Table', graph: 'Graph', rights: 'Permissions' };

/**
 * The tabs and their panels; arrow keys move between tabs
 * (https://www.w3.org/WAI/ARIA/apg/patterns/tabs/).
 */
export function tabsView(page: Page, panels: Readonly<Record<Tab, HTMLElement>>): HTMLElement {
  const buttons = TABS.map((tab) =>
    element(
      'button',
      {
        type: 'button',
        role: 'tab',
        id: `tab-${tab}`,
        'aria-controls': `panel-${tab}`,
        onclick: () => page.change({ tab }),
      },
      LABELS[tab],
    ),
  );
  const list = element(
    'div',
    { class: 'tabs', role: 'tablist', 'aria-label': 'Views', onkeydown: move },
    ...buttons,
  );
  const framed = TABS.map((tab) =>
    element(
      'section',
      { id: `panel-${tab}`, role: 'tabpanel', 'aria-labelledby': `tab-${tab}`, tabindex: 0 },
      panels[tab],
    ),
  );
  page.follow(({ view }) => {
    for (const [index, tab] of TABS.entries()) {
      const isChosen = tab === view.tab;
      buttons[index]?.setAttribute('aria-selected', String(isChosen));
      buttons[index]?.setAttribute('tabindex', isChosen ? '0' : '-1');
      framed[index]?.toggleAttribute('hidden', !isChosen);
    }
  });
  function move(event: Event): void {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[(event as KeyboardEvent).key];
    if (step === undefined) return;
    const next = (TABS.indexOf(page.view.tab) + step + TABS.length) % TABS.length;
    page.change({ tab: TABS[next] ?? page.view.tab });
    buttons[next]?.focus();
  }
  return element('div', {}, list, ...framed);
}
