/**
 * PostgreSQL's text of an array of ids or numbers. The driver would look at each element for characters to escape;
 * these have none.
 */
export function arrayLiteral(values: readonly (string | number | null)[]): string {
  return `{${values.map((value) => value ?? 'NULL').join(',')}}`;
}

/**
 * A column of an `unnest` over several arrays: where every entry is null it is one null, which unnest reads as a column
 * of nulls.
 */
export function sparseColumn<T>(values: readonly (T | null)[]): readonly (T | null)[] | null {
  return values.some((value) => value !== null) ? values : null;
}
