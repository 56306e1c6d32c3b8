const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a text has the form of an id. One that has not can be the id of nothing. */
export function isIdentifier(text: string): boolean {
  return UUID.test(text);
}
