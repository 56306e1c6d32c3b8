/** A hot statement: its text is parsed and planned once a connection, under its name. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}
