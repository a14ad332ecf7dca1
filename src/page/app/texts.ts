const numbers = new Intl.NumberFormat('en-US');

/** `5,000` */
export function count(number: number): string {
  return numbers.format(number);
}

/** `1 row`, `5,000 rows` */
export function rowsText(number: number): string {
  return `${count(number)} ${number === 1 ? 'row' : 'rows'}`;
}

/** `312 of 5,000 rows` */
export function selectedText(selected: number, all: number): string {
  return selected === all ? rowsText(all) : `${count(selected)} of ${rowsText(all)}`;
}
