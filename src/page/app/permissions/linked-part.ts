/** Scrolls to a section, and on to its part if that is too far down. */
export function showLinked(section: HTMLElement, part = section): void {
  section.scrollIntoView();
  if (part.getBoundingClientRect().top > innerHeight * 0.6) part.scrollIntoView();
}
