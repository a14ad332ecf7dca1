/** A cell of a table or a field of CSV: a number is a count, null is unknown. */
export type Cell = string | number | null;

/** A column of a table or of CSV. */
export interface Column<Row> {
  readonly header: string;
  readonly cell: (row: Row) => Cell;
  /** Default: always. `with-room`: on a terminal with room for it; in a pipe, never, so that columns don't depend on data. */
  readonly shown?: boolean | 'with-room';
}
