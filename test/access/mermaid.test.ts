import { describe, expect, test } from 'vitest';
import { mermaidLabel } from '../../src/access/mermaid.ts';

describe('labels', () => {
  /** The text that Mermaid shows for a label. */
  function shown(label: string): string {
    return label.slice(1, -1).replace(/#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)));
  }

  test.each([
    ['plain words are unchanged', 'ClusterAdmin @ prod-eks', '"ClusterAdmin @ prod-eks"'],
    ['words with periods and colons are unchanged', 'system:masters v1.2', '"system:masters v1.2"'],
    ['an email address is no link', 'ada@example.com', '"ada#64;example.com"'],
    ['a web address is no link', 'www.example.com http://x', '"www#46;example.com http#58;#47;#47;x"'],
    ['quotes, brackets and pipes', '"]|)}', '"#34;#93;#124;#41;#125;"'],
    ['an entity code is escaped', '#quot;', '"#35;quot#59;"'],
    ['a list marker is escaped', '- a', '"#45; a"'],
    ['a number of a list is escaped', '1. a', '"1#46; a"'],
    ['no icon', 'fa:fa-ban', '"fa:#8203;fa-ban"'],
    [
      'an icon of another style is escaped',
      'fab:fa-a fak:fa-a fal:fa-a far:fa-a fas:fa-a',
      '"fab:#8203;fa-a fak:#8203;fa-a fal:#8203;fa-a far:#8203;fa-a fas:#8203;fa-a"',
    ],
    ['text that only resembles an icon is unchanged', 'sofa-bed fa:b fax:fa-a', '"sofa-bed fa:b fax:fa-a"'],
    ['separate words are unchanged', '9 users: a, b-1 @ 2.x awww.b', '"9 users: a, b-1 @ 2.x awww.b"'],
    ['a period or colon at the end of a word is escaped', 'a. b.', '"a#46; b#46;"'],
    ['punctuation at the start of a word is escaped', '.a :b -c a:', '"#46;a #58;b #45;c a#58;"'],
    ['an @ without space on both sides is escaped', 'a@ b @c', '"a#64; b #64;c"'],
    ['a comma or space after a space or at the start is escaped', ' a ,b  c', '"#32;a #44;b #32;c"'],
    ['a line break does not break the line', 'a\n```\nb', '"a#92;n#96;#96;#96;#92;nb"'],
    ['an escape sequence does not reach a terminal', '\u001b[31m', '"#92;u#123;1b#125;#91;31m"'],
    ['direction marks are visible', 'a\u202eb', '"a#92;u#123;202e#125;b"'],
    ['other scripts are unchanged', 'Ünï 管理 😀', '"Ünï 管理 #128512;"'],
  ])('%s', (_, text, label) => expect(mermaidLabel(text)).toBe(label));

  test('say what the name is', () => {
    for (const text of ['<script>alert(1)</script>', '`**b**` _i_', '%%{init: {}}%%', '$$x^2$$', '  end'])
      expect(shown(mermaidLabel(text))).toBe(text);
  });
});
