/**
 * Writes down what a reader sees and a screen reader says of an element, as lines: each element with its attributes and its text,
 * below the one that contains it. Leaves out what isn't shown.
 * @param isShown false for an element that is hidden
 */
export function outlineOf(one: Element, isShown: (part: Element) => boolean, indent = ''): string[] {
  if (!isShown(one)) return [];
  const children = [...one.childNodes].filter(
    (child) => isElement(child) || !isSpace(child.textContent ?? ''),
  );
  const attributes = [...one.attributes]
    .filter(({ name }) => name !== 'class')
    .map(({ name, value }) => (value === '' ? `[${name}]` : `[${name}=${value}]`));
  const classes = [...one.classList].map((name) => `.${name}`);
  const head = `${indent}${one.localName}${classes.join('')}${attributes.join('')}${stateOf(one)}`;
  const texts = children.map((child) => (isElement(child) ? null : JSON.stringify(child.textContent)));
  if (texts.length > 0 && texts.every((text) => text !== null)) return [`${head} ${texts.join(' ')}`];
  const below = `${indent}  `;
  return [
    head,
    ...children.flatMap((child) =>
      isElement(child) ? outlineOf(child, isShown, below) : [`${below}${JSON.stringify(child.textContent)}`],
    ),
  ];
}

/** Between the lines of the file. */
function isSpace(text: string): boolean {
  return text === '' || /^\s*\n\s*$/.test(text);
}

function isElement(node: Node): node is Element {
  return node.nodeType === node.ELEMENT_NODE;
}

/** The text and the choice of a reader, which aren't in attributes. */
function stateOf(one: Element): string {
  const { localName } = one;
  if (localName === 'select' || localName === 'input') {
    const { value, checked } = one as HTMLInputElement;
    return `${value === '' || value === 'on' ? '' : ` = ${JSON.stringify(value)}`}${checked ? ' checked' : ''}`;
  }
  return one === one.ownerDocument.activeElement ? ' focused' : '';
}
