import { describe, expect, test } from 'vitest';
import { readList } from '../../src/aws-auth/document.ts';
import { editEntries } from '../../src/aws-auth/edit-entries.ts';
import { spliceText } from '../../src/aws-auth/file-edits.ts';
import { readMapRoles } from '../../src/aws-auth/load.ts';
import type { DesiredEntry } from '../../src/map-entry.ts';
import { applyEdits } from '../../src/yaml/edit.ts';

const ADDED: DesiredEntry = {
  rolearn: 'arn:n',
  username: 'u',
  usernameStated: true,
  groups: ['g'],
  role: null,
};

/** A bare list without the entries whose indices are in `what`, and with one more entry if `what` has a +. */
function edited(text: string, what: string): string | undefined {
  const document = readList(text, 'f');
  const { list, entries } = readMapRoles(text);
  const additions = what.includes('+') ? [ADDED] : [];
  const removals = entries.filter(({ index }) => what.includes(String(index)));
  const edits = editEntries(
    document.mapRoles,
    list,
    { changes: [], removals, additions },
    { comments: true },
  );
  const after = applyEdits(text, spliceText(document, 'mapRoles', edits));
  const kept = entries.filter(({ index }) => !what.includes(String(index))).map(({ arn }) => arn);
  expect(readMapRoles(after ?? '')).toMatchObject({
    errors: readMapRoles(text).errors,
    entries: [...kept, ...additions.map(({ rolearn }) => rolearn)].map((arn) => ({ arn })),
  });
  return after;
}

describe('an entry is added in the layout of existing entries', () => {
  test.each([
    ['- {rolearn: arn:a\t}\n', '- {rolearn: arn:a\t}\n- {rolearn: arn:n, username: "u", groups: ["g"]\t}\n'],
    [
      '[{\nrolearn: arn:a\n}]\n',
      '[{\nrolearn: arn:a\n}, {\nrolearn: arn:n,\nusername: "u",\ngroups: ["g"]\n}]\n',
    ],
    [
      '- { # c\n   rolearn: arn:a}\n',
      '- { # c\n   rolearn: arn:a}\n- {rolearn: arn:n, username: "u", groups: ["g"]}\n',
    ],
    [
      '- {\r   rolearn: arn:a\r  }\r',
      '- {\r   rolearn: arn:a\r  }\r- {\r   rolearn: arn:n,\r   username: "u",\r   groups: ["g"]\r  }\r',
    ],
    [
      '- {rolearn: arn:a, groups: [\r   a\r  ]}\r',
      '- {rolearn: arn:a, groups: [\r   a\r  ]}\r- {rolearn: arn:n, username: "u", groups: [\r   "g"\r  ]}\r',
    ],
    [
      '- {rolearn: arn:a, groups: [\n   a\n  ]}\n',
      '- {rolearn: arn:a, groups: [\n   a\n  ]}\n- {rolearn: arn:n, username: "u", groups: [\n   "g"\n  ]}\n',
    ],
    [
      '-   rolearn: arn:a\n    groups:\n      - x\n',
      '-   rolearn: arn:a\n    groups:\n      - x\n-   rolearn: arn:n\n    username: "u"\n    groups:\n      - "g"\n',
    ],
    [
      '- rolearn: arn:a\n  groups:\n  - x\n',
      '- rolearn: arn:a\n  groups:\n  - x\n- rolearn: arn:n\n  username: "u"\n  groups:\n  - "g"\n',
    ],
    [
      '- rolearn: arn:a\n  Groups:\n  - x\n',
      '- rolearn: arn:a\n  Groups:\n  - x\n- rolearn: arn:n\n  username: "u"\n  groups:\n  - "g"\n',
    ],
    [
      '- rolearn: arn:a\n  extra:\n  - x\n',
      '- rolearn: arn:a\n  extra:\n  - x\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"\n',
    ],
    [
      '- rolearn: arn:a\n  groups: [x]\n- rolearn: arn:b\n  groups:\n      - x\n- {rolearn: arn:a}\n',
      '- rolearn: arn:a\n  groups: [x]\n- rolearn: arn:b\n  groups:\n      - x\n- {rolearn: arn:a}\n- {rolearn: arn:n, username: "u", groups: ["g"]}\n',
    ],
    [
      '- rolearn: arn:a\n  groups:\n      - x\n- rolearn: arn:b\n',
      '- rolearn: arn:a\n  groups:\n      - x\n- rolearn: arn:b\n- rolearn: arn:n\n  username: "u"\n  groups:\n      - "g"\n',
    ],
    [
      '- rolearn: arn:a\n  groups:\n  - x\n- rolearn: arn:b\n  groups:\n      - x\n',
      '- rolearn: arn:a\n  groups:\n  - x\n- rolearn: arn:b\n  groups:\n      - x\n- rolearn: arn:n\n  username: "u"\n  groups:\n      - "g"\n',
    ],
    [
      '-   rolearn: arn:a\n- rolearn: arn:b\n',
      '-   rolearn: arn:a\n- rolearn: arn:b\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"\n',
    ],
    [
      '- rolearn: arn:a\n-   rolearn: arn:b\n',
      '- rolearn: arn:a\n-   rolearn: arn:b\n-   rolearn: arn:n\n    username: "u"\n    groups:\n      - "g"\n',
    ],
    ['-\n rolearn: arn:a\n', '-\n rolearn: arn:a\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"\n'],
    [
      '-\n      rolearn: arn:a\n',
      '-\n      rolearn: arn:a\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"\n',
    ],
    [
      '-   rolearn: arn:a\n-\n  rolearn: arn:b\n',
      '-   rolearn: arn:a\n-\n  rolearn: arn:b\n-   rolearn: arn:n\n    username: "u"\n    groups:\n      - "g"\n',
    ],
    [
      '- &x\n   rolearn: arn:a\n',
      '- &x\n   rolearn: arn:a\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"\n',
    ],
    [
      '- {rolearn: arn:a}\n-\n   rolearn: arn:b\n',
      '- {rolearn: arn:a}\n-\n   rolearn: arn:b\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"\n',
    ],
    [
      '  - rolearn: arn:a\n',
      '  - rolearn: arn:a\n  - rolearn: arn:n\n    username: "u"\n    groups:\n      - "g"\n',
    ],
    [
      '- rolearn: arn:a\n- x\n',
      '- rolearn: arn:a\n- x\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"\n',
    ],
    [
      '\ufeff- rolearn: arn:a\n',
      '\ufeff- rolearn: arn:a\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"\n',
    ],
    [
      '\ufeff  - rolearn: arn:a\n',
      '\ufeff  - rolearn: arn:a\n  - rolearn: arn:n\n    username: "u"\n    groups:\n      - "g"\n',
    ],
    [
      '- rolearn: arn:a\n\n- rolearn: arn:b\n',
      '- rolearn: arn:a\n\n- rolearn: arn:b\n\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"\n',
    ],
    [
      '- rolearn: arn:a\r\n\r\n- rolearn: arn:b\r\n',
      '- rolearn: arn:a\r\n\r\n- rolearn: arn:b\r\n\r\n- rolearn: arn:n\r\n  username: "u"\r\n  groups:\r\n    - "g"\r\n',
    ],
    [
      '- rolearn: arn:a\r\r- rolearn: arn:b\r',
      '- rolearn: arn:a\r\r- rolearn: arn:b\r\r- rolearn: arn:n\r  username: "u"\r  groups:\r    - "g"\r',
    ],
    [
      '- rolearn: arn:a\n  \n- rolearn: arn:b\n',
      '- rolearn: arn:a\n  \n- rolearn: arn:b\n\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"\n',
    ],
    [
      '- rolearn: arn:a\n- rolearn: arn:b\n\n- rolearn: arn:a\n',
      '- rolearn: arn:a\n- rolearn: arn:b\n\n- rolearn: arn:a\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"\n',
    ],
    [
      '- rolearn: arn:a\n\n- rolearn: arn:b\n- rolearn: arn:a\n',
      '- rolearn: arn:a\n\n- rolearn: arn:b\n- rolearn: arn:a\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"\n',
    ],
    ['- rolearn: arn:a\n\n', '- rolearn: arn:a\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"\n\n'],
    [
      '- rolearn: arn:a\n\n# c\n- rolearn: arn:b\n',
      '- rolearn: arn:a\n\n# c\n- rolearn: arn:b\n\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"\n',
    ],
    [
      '- rolearn: arn:a\r\n- rolearn: arn:b\r\n',
      '- rolearn: arn:a\r\n- rolearn: arn:b\r\n- rolearn: arn:n\r\n  username: "u"\r\n  groups:\r\n    - "g"\r\n',
    ],
    ['  - {rolearn: arn:a}\n', '  - {rolearn: arn:a}\n  - {rolearn: arn:n, username: "u", groups: ["g"]}\n'],
    ['- {rolearn: arn:a}\n', '- {rolearn: arn:a}\n- {rolearn: arn:n, username: "u", groups: ["g"]}\n'],
    [
      '- {rolearn: arn:a,username: u}\n',
      '- {rolearn: arn:a,username: u}\n- {rolearn: arn:n,username: "u",groups: ["g"]}\n',
    ],
    [
      '- { rolearn: arn:a, groups: [ a, b ] }\n',
      '- { rolearn: arn:a, groups: [ a, b ] }\n- { rolearn: arn:n, username: "u", groups: [ "g" ] }\n',
    ],
    [
      '- {rolearn: arn:a, groups: [a,b]}\n',
      '- {rolearn: arn:a, groups: [a,b]}\n- {rolearn: arn:n, username: "u", groups: ["g"]}\n',
    ],
    [
      '- {"rolearn":"arn:a"}\n',
      '- {"rolearn":"arn:a"}\n- {"rolearn":"arn:n", "username":"u", "groups":["g"]}\n',
    ],
    [
      '- {"rolearn": "arn:a","username":"u"}\n',
      '- {"rolearn": "arn:a","username":"u"}\n- {"rolearn": "arn:n","username": "u","groups": ["g"]}\n',
    ],
    [
      '- {"rolearn": # x\n   "arn:a"}\n',
      '- {"rolearn": # x\n   "arn:a"}\n- {"rolearn": "arn:n", "username": "u", "groups": ["g"]}\n',
    ],
    [
      '- {a: , rolearn: arn:a}\n',
      '- {a: , rolearn: arn:a}\n- {rolearn: arn:n, username: "u", groups: ["g"]}\n',
    ],
    [
      '- {a:   b, rolearn: arn:a}\n',
      '- {a:   b, rolearn: arn:a}\n- {rolearn:   arn:n, username:   "u", groups:   ["g"]}\n',
    ],
    [
      '- {a: # c\n   b, rolearn: arn:a}\n',
      '- {a: # c\n   b, rolearn: arn:a}\n- {rolearn: arn:n, username: "u", groups: ["g"]}\n',
    ],
    ['- {}\n', '- {}\n- {rolearn: arn:n, username: "u", groups: ["g"]}\n'],
    [
      '- {\n    rolearn: arn:a,\n    groups: [ x ]\n  }\n',
      '- {\n    rolearn: arn:a,\n    groups: [ x ]\n  }\n- {\n    rolearn: arn:n,\n    username: "u",\n    groups: [ "g" ]\n  }\n',
    ],
    [
      '- {rolearn: arn:a}\n\n- {rolearn: arn:b}\n',
      '- {rolearn: arn:a}\n\n- {rolearn: arn:b}\n\n- {rolearn: arn:n, username: "u", groups: ["g"]}\n',
    ],
    ['[{rolearn: arn:a}]\n', '[{rolearn: arn:a}, {rolearn: arn:n, username: "u", groups: ["g"]}]\n'],
    [
      '[\n  {rolearn: arn:a},\n  {rolearn: arn:b}\n]\n',
      '[\n  {rolearn: arn:a},\n  {rolearn: arn:b},\n  {rolearn: arn:n, username: "u", groups: ["g"]}\n]\n',
    ],
    [
      '[{}, {rolearn: arn:a}, {}]\n',
      '[{}, {rolearn: arn:a}, {}, {rolearn: arn:n, username: "u", groups: ["g"]}]\n',
    ],
    [
      '[{ rolearn: arn:a }, {}]\n',
      '[{ rolearn: arn:a }, {}, { rolearn: arn:n, username: "u", groups: ["g"] }]\n',
    ],
    ['[x]\n', '[x, {rolearn: arn:n, username: "u", groups: ["g"]}]\n'],
    ['[! ]\n', '[! , {rolearn: arn:n, username: "u", groups: ["g"]}]\n'],
    ['[rolearn: arn:a]\n', '[rolearn: arn:a, {rolearn: arn:n, username: "u", groups: ["g"]}]\n'],
    [
      '[{"rolearn":"arn:a","groups":["x","y"]}]\n',
      '[{"rolearn":"arn:a","groups":["x","y"]},{"rolearn":"arn:n","username":"u","groups":["g"]}]\n',
    ],
    ['- rolearn: arn:a', '- rolearn: arn:a\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"'],
    ['- rolearn: arn:a # x', '- rolearn: arn:a # x\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"'],
    [
      '- rolearn: arn:a\n# x',
      '- rolearn: arn:a\n# x\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"',
    ],
    [
      '- rolearn: arn:a\n# x\n\n# y\n\n',
      '- rolearn: arn:a\n# x\n\n# y\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"\n\n',
    ],
    [
      '- rolearn: arn:a\n  # x\n...\n# z\n',
      '- rolearn: arn:a\n  # x\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"\n...\n# z\n',
    ],
    [
      '- rolearn: arn:a\n---\n- rolearn: arn:b\n',
      '- rolearn: arn:a\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"\n---\n- rolearn: arn:b\n',
    ],
    [
      '- rolearn: arn:a\n\n\n...\n',
      '- rolearn: arn:a\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"\n\n\n...\n',
    ],
    [
      '- rolearn: arn:a\n  a: |\n    b',
      '- rolearn: arn:a\n  a: |-\n    b\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"',
    ],
    [
      '- rolearn: arn:a\n  a: |-\n    b',
      '- rolearn: arn:a\n  a: |-\n    b\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"',
    ],
    [
      '- rolearn: arn:a\n  a: |2\n    b',
      '- rolearn: arn:a\n  a: |2-\n    b\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"',
    ],
    [
      '- rolearn: arn:a\n  a: |+\n    b',
      '- rolearn: arn:a\n  a: |-\n    b\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"',
    ],
    [
      '- rolearn: arn:a\n  a: |2+\n    b',
      '- rolearn: arn:a\n  a: |2-\n    b\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"',
    ],
    [
      '- rolearn: arn:a\n  a: |\n    b\n',
      '- rolearn: arn:a\n  a: |\n    b\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"\n',
    ],
    [
      '- rolearn: arn:a\n  a: |+\n    b\n\n\n',
      '- rolearn: arn:a\n  a: |+\n    b\n\n\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"\n',
    ],
    [
      '- rolearn: arn:a\n  a: |+\n    b\n\n# c\n',
      '- rolearn: arn:a\n  a: |+\n    b\n\n# c\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"\n',
    ],
    [
      '- rolearn: arn:a\n  a: |\n    b\n\n# c',
      '- rolearn: arn:a\n  a: |\n    b\n\n# c\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"',
    ],
    [
      '- rolearn: arn:a\n  a: &x !!str >\n    b',
      '- rolearn: arn:a\n  a: &x !!str >-\n    b\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"',
    ],
    [
      '- rolearn: arn:a\n  a: |',
      '- rolearn: arn:a\n  a: |-\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"',
    ],
    [
      '- rolearn: arn:a\n  a: |+\n\n',
      '- rolearn: arn:a\n  a: |+\n\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"\n',
    ],
    [
      '- rolearn: arn:a\n  a: [{b: "|"}]',
      '- rolearn: arn:a\n  a: [{b: "|"}]\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"',
    ],
  ])('%j', (text, after) => expect(edited(text, '+')).toBe(after));
});

describe('entries are removed, and comments stay', () => {
  test.each([
    [
      '[{rolearn: arn:a}, {rolearn: arn:b}]\n',
      '0+',
      '[{rolearn: arn:b}, {rolearn: arn:n, username: "u", groups: ["g"]}]\n',
    ],
    [
      '[{rolearn: arn:a}, {rolearn: arn:b}]\n',
      '1+',
      '[{rolearn: arn:a}, {rolearn: arn:n, username: "u", groups: ["g"]}]\n',
    ],
    ['[{rolearn: arn:a}, {rolearn: arn:b}]\n', '01+', '[{rolearn: arn:n, username: "u", groups: ["g"]}]\n'],
    ['[{rolearn: arn:a}, {rolearn: arn:b}]\n', '01', '[]\n'],
    [
      '- rolearn: arn:a\n- rolearn: arn:b\n  a: |\n    b',
      '1+',
      '- rolearn: arn:a\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"',
    ],
    [
      '- rolearn: arn:a\n- rolearn: arn:b\n  a: |+\n    b\n\n',
      '1+',
      '- rolearn: arn:a\n\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"\n',
    ],
    ['- rolearn: arn:a\n- rolearn: arn:b\n', '0', '- rolearn: arn:b\n'],
    ['- rolearn: arn:a\n- rolearn: arn:b\n', '01', '[]\n'],
    ['# x\n- rolearn: arn:a\n# y\n- rolearn: arn:b\n# z\n', '01', '# x\n[]\n# y\n# z\n'],
    ['# x\n- rolearn: arn:a\n# y\n- rolearn: arn:b\n# z\n', '1', '# x\n- rolearn: arn:a\n# y\n# z\n'],
    ['# x\n- rolearn: arn:a\n# y\n- rolearn: arn:b\n# z\n', '0', '# x\n# y\n- rolearn: arn:b\n# z\n'],
    ['  - rolearn: arn:a', '0', '[]\n'],
    ['\ufeff- rolearn: arn:a\n', '0', '\ufeff[]\n'],
    ['  - rolearn: arn:a\r\n', '0', '[]\r\n'],
    [
      '- rolearn: arn:a\n- rolearn: arn:b\n',
      '01+',
      '- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"\n',
    ],
    [
      '- rolearn: arn:a\n- rolearn: arn:b',
      '1+',
      '- rolearn: arn:a\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"',
    ],
    [
      '- rolearn: arn:a\n\n- rolearn: arn:b\n\n- rolearn: arn:a\n',
      '1',
      '- rolearn: arn:a\n\n\n- rolearn: arn:a\n',
    ],
    [
      '- rolearn: arn:a\n  a: |\n    b\n- rolearn: arn:b\n    # deep\n# not\n- rolearn: arn:a\n',
      '1',
      '- rolearn: arn:a\n  a: |\n    b\n# deep\n# not\n- rolearn: arn:a\n',
    ],
    [
      '- rolearn: arn:a\n  a: |+\n    b\n- rolearn: arn:b\n\n    # deep\n\n# not\n\n- rolearn: arn:a\n',
      '1',
      '- rolearn: arn:a\n  a: |+\n    b\n# deep\n# not\n- rolearn: arn:a\n',
    ],
    [
      '- rolearn: arn:a\n  a: |\n    b\n- rolearn: arn:b\n\n    # deep\n\n# not\n\n- rolearn: arn:a\n',
      '1',
      '- rolearn: arn:a\n  a: |\n    b\n\n# deep\n\n# not\n\n- rolearn: arn:a\n',
    ],
    [
      '- rolearn: arn:a\n  a: |\n    b\n- rolearn: arn:b\n      # deep',
      '1',
      '- rolearn: arn:a\n  a: |\n    b\n# deep',
    ],
    ['- rolearn: arn:a\n  a: |+\n    b\n- rolearn: arn:b\n\n', '1', '- rolearn: arn:a\n  a: |+\n    b\n'],
    [
      '- rolearn: arn:a\n- rolearn: arn:b\n      # deep\n- rolearn: arn:a\n',
      '1',
      '- rolearn: arn:a\n      # deep\n- rolearn: arn:a\n',
    ],
    [
      '- rolearn: arn:a\n  a: |\n    b\n- rolearn: arn:a\n- rolearn: arn:b\n    # deep\n',
      '12',
      '- rolearn: arn:a\n  a: |\n    b\n# deep\n',
    ],
    [
      '  - rolearn: arn:a\n    a: |\n     b\n  - rolearn: arn:b\n     # deep\n  # same\n # less\n',
      '1',
      '  - rolearn: arn:a\n    a: |\n     b\n  # deep\n  # same\n # less\n',
    ],
    [
      '- rolearn: arn:a\n  a: >\n    b\n- rolearn: arn:b\n # deep\n',
      '1',
      '- rolearn: arn:a\n  a: >\n    b\n# deep\n',
    ],
    [
      '- rolearn: arn:a\n  a: {b: c}\n- rolearn: arn:b\n # deep\n',
      '1',
      '- rolearn: arn:a\n  a: {b: c}\n # deep\n',
    ],
    ['- rolearn: arn:a\n  a: [c]\n- rolearn: arn:b\n # deep\n', '1', '- rolearn: arn:a\n  a: [c]\n # deep\n'],
    [
      '- rolearn: arn:a\n  a:\n  - |\n    c\n- rolearn: arn:b\n # deep\n',
      '1',
      '- rolearn: arn:a\n  a:\n  - |\n    c\n# deep\n',
    ],
  ])('%j: %s', (text, what, after) => expect(edited(text, what)).toBe(after));
});

describe('an empty list is filled in place', () => {
  test.each([
    [
      '- {a: [], groups: [ x ]}\n',
      '- {a: [], groups: [ x ]}\n- {rolearn: arn:n, username: "u", groups: [ "g" ]}\n',
    ],
    [
      '- {a: {b: [c]}, groups: [x , y]}\n',
      '- {a: {b: [c]}, groups: [x , y]}\n- {rolearn: arn:n, username: "u", groups: ["g"]}\n',
    ],
    ['', '- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"\n'],
    ['\n', '- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"\n'],
    ['  ', '- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"'],
    [' \r\n', '- rolearn: arn:n\r\n  username: "u"\r\n  groups:\r\n    - "g"\r\n'],
    ['\r', '- rolearn: arn:n\r  username: "u"\r  groups:\r    - "g"\r'],
    ['[]', '- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"'],
    ['[]\n', '- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"\n'],
    ['  []\n', '  - rolearn: arn:n\n    username: "u"\n    groups:\n      - "g"\n'],
    ['[] # x\n', '- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g" # x\n'],
    ['# x\n[]\n# y\n', '# x\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"\n# y\n'],
    ['[ # x\n  # y\n]\n', '# x\n# y\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"\n'],
    [
      '  [ # x\n    # y\n  ]\n',
      '  # x\n  # y\n  - rolearn: arn:n\n    username: "u"\n    groups:\n      - "g"\n',
    ],
    ['[ # x\r\n]\r\n', '# x\r\n- rolearn: arn:n\r\n  username: "u"\r\n  groups:\r\n    - "g"\r\n'],
    ['[\r# x\r]\r', '# x\r- rolearn: arn:n\r  username: "u"\r  groups:\r    - "g"\r'],
    ['[\u2028# x\u2028]', '# x\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"'],
    ['[\u0085# x\u0085]', '# x\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"'],
    ['null\n', '- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"\n'],
    ['~', '- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"'],
    ['--- []\n', '--- \n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"\n'],
    ['--- ~ # x\n', '--- \n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g" # x\n'],
    ['---\n', '---\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"\n'],
    ['---\n# x\n...\n', '---\n# x\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"\n...\n'],
    ['--- # x\n', '--- # x\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"\n'],
    ['# ---\n---\n# a\n', '# ---\n---\n# a\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"\n'],
    ['# x\n', '# x\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"\n'],
    ['# x', '# x\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"'],
    ['\ufeff', '\ufeff\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"'],
    ['\ufeff[]\n', '\ufeff- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"\n'],
    ['\ufeff  []\n', '\ufeff  - rolearn: arn:n\n    username: "u"\n    groups:\n      - "g"\n'],
    ['[]\n...\n', '- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"\n...\n'],
    ['[]\n---\nx\n', '- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"\n---\nx\n'],
    ['&x []\n', '- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"\n'],
    ['!!seq []\n', '- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"\n'],
    ['# x\r\n', '# x\r\n- rolearn: arn:n\r\n  username: "u"\r\n  groups:\r\n    - "g"\r\n'],
    ['---\r\n', '---\r\n- rolearn: arn:n\r\n  username: "u"\r\n  groups:\r\n    - "g"\r\n'],
    ['!!null\n', '- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"\n'],
    ['# a---\n# b\n', '# a---\n# b\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"\n'],
    ['# x\n---\n# y\n', '# x\n---\n# y\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"\n'],
    [
      '# x\n# --- y\n---\n# z\n',
      '# x\n# --- y\n---\n# z\n- rolearn: arn:n\n  username: "u"\n  groups:\n    - "g"\n',
    ],
  ])('%j', (text, after) => expect(edited(text, '+')).toBe(after));

  test.each(['[]\nx\n', '[]\n ---\n'])('unless other text follows: %j', (text) => {
    expect(() => edited(text, '+')).toThrow('the mapRoles list ends here');
  });
});
