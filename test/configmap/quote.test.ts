import { describe, expect, test } from 'vitest';
import { literalOf } from '../../src/configmap/quote.ts';
import { scalarAt } from '../../src/yaml/node.ts';
import { parseYaml } from '../../src/yaml/parser.ts';

describe('a literal', () => {
  test.each(['a', 'a\n', '- a\n  b\n', '  a\nb\n', '\n a\n', 'a  \n', 'a\n  \n'])(
    'holds %j to the letter',
    (text) => {
      const literal = literalOf(text, 0, '\n');
      const [root] = parseYaml(`key: ${literal?.header}\n${literal?.lines}\nother: |\n  x\n`);
      expect(root?.kind === 'mapping' && scalarAt(root, 'key')).toBe(text);
    },
  );

  test.each([
    '',
    ' \n',
    'a\n\n',
    'a\n\n\n',
    'a\u0085b\n',
    'a\u0007\n',
    'a\u2028b\n',
    '\ufeffa\n',
    'a\uffff\n',
  ])('cannot hold %j', (text) => {
    expect(literalOf(text, 0, '\n')).toBeNull();
  });
});
