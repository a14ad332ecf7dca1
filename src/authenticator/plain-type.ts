/** What a scalar without tag and quotes is to go-yaml v2. `unsigned`: a number from 2^63 up to 2^64, which cannot be a key. */
export type PlainType = 'text' | 'null' | 'boolean' | 'number' | 'unsigned' | 'non-finite';

const WORDS = new Map<string, PlainType>([
  ...spellings('boolean', 'y yes true on n no false off'),
  ...spellings('null', 'null'),
  ['', 'null'],
  ['~', 'null'],
  ...spellings('non-finite', '.inf +.inf -.inf .nan'),
  ['.NaN', 'non-finite'],
]);

/** The words in the spellings that YAML 1.1 knows: lower, capitalized and upper case. */
function spellings(type: PlainType, words: string): [string, PlainType][] {
  const capitalized = (word: string) => word.replace(/[a-z]/, (first) => first.toUpperCase());
  return words.split(' ').flatMap((word) => {
    // There is no .Nan.
    const forms = word === '.nan' ? [word] : [word, capitalized(word)];
    return [...forms, word.toUpperCase()].map((form): [string, PlainType] => [form, type]);
  });
}

const INTEGER = /^[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
/** Go's ParseFloat, which go-yaml asks without taking underscores out: they stand between digits. */
const DOT_FLOAT = /^\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?$/;

const [PLUS, MINUS, DOT, ZERO, NINE] = [0x2b, 0x2d, 0x2e, 0x30, 0x39];

/** Resolves a scalar by its looks. Numbers in sexagesimal and dates are texts. */
export function plainType(text: string): PlainType {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  const first = text.charCodeAt(0);
  if (first === DOT) return DOT_FLOAT.test(text) && isFiniteNumber(text) ? 'number' : 'text';
  const mayBeNumber = (first >= ZERO && first <= NINE) || first === PLUS || first === MINUS;
  return mayBeNumber ? numberType(text.replaceAll('_', '')) : 'text';
}

/** Whether a text is a number without a fraction that go-yaml holds as an integer. */
export function isInteger(text: string): boolean {
  return integerType(text.replaceAll('_', '')) !== null;
}

function numberType(digits: string): PlainType {
  const type = integerType(digits);
  if (type !== null) return type;
  return FLOAT.test(digits) && isFiniteNumber(digits) ? 'number' : 'text';
}

function integerType(digits: string): 'number' | 'unsigned' | null {
  if (!INTEGER.test(digits)) return null;
  const plain = digits.replace(/^[-+]/, '');
  const size = BigInt(/^0[0-7]+$/.test(plain) ? `0o${plain}` : plain);
  if (size < 2n ** 63n || (digits.startsWith('-') && size === 2n ** 63n)) return 'number';
  return size < 2n ** 64n && plain === digits ? 'unsigned' : null;
}

function isFiniteNumber(text: string): boolean {
  return Number.isFinite(Number(text.replaceAll('_', '')));
}
