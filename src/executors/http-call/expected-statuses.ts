/** An inclusive range of status codes. */
export type StatusRange = readonly [number, number];

const SUCCESS: readonly StatusRange[] = [[200, 299]];

/** Reads `204`, `"204"`, `"2xx"` or `"200-204"`; null where it is none of these or beyond 100–599. */
export function parseStatusRange(value: unknown): StatusRange | null {
  const text = String(typeof value === 'number' || typeof value === 'string' ? value : '').trim();
  const family = /^([1-5])xx$/i.exec(text);
  if (family) return [Number(family[1]) * 100, Number(family[1]) * 100 + 99];
  const range = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(text);
  if (!range) return null;
  const [from, to] = [Number(range[1]), Number(range[2] ?? range[1])];
  return from <= to ? [from, to] : null;
}

/** Whether a status counts as success; without expectations every 2xx does. */
export function isExpected(
  status: number,
  expected: readonly (number | string)[] | null | undefined,
): boolean {
  const ranges = expected?.length ? expected.map(parseStatusRange) : SUCCESS;
  return ranges.some((range) => range !== null && status >= range[0] && status <= range[1]);
}
