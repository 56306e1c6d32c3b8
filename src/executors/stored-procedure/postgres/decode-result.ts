import pg, { type ClientBase, type FieldDef, type QueryArrayResult } from 'pg';
import type { Json } from '../../../domain/execution/outcome.js';

const BOOLEAN = 16;
const BIGINT = 20;
const NUMBERS = new Set([21, 23, 26, 700, 701]);
const JSONS = new Set([114, 3802]);
const TEXT_ARRAY: number = 1009;

/** Result types that are lists, and of what; asked of the catalog once and kept, since types do not change. */
export class ResultDecoder {
  private readonly elements = new Map<number, number | null>();

  /**
   * Rows of text into values for JSON: booleans, numbers and json as themselves, lists as lists, an integer
   * beyond exact numbers and everything else (numeric, dates, uuids) as the database writes it.
   */
  async decode(
    client: ClientBase,
    { fields, rows }: QueryArrayResult<(string | null)[]>,
  ): Promise<Record<string, Json>[]> {
    await this.learn(client, fields);
    return rows.map((row) =>
      Object.fromEntries(
        fields.map(({ name, dataTypeID }, index) => [name, this.valueOf(row[index] ?? null, dataTypeID)]),
      ),
    );
  }

  private async learn(client: ClientBase, fields: readonly FieldDef[]): Promise<void> {
    const unknown = fields.map(({ dataTypeID }) => dataTypeID).filter((oid) => !this.elements.has(oid));
    if (unknown.length === 0) return;
    const { rows } = await client.query<{ oid: number; element: number | null }>(
      `SELECT oid::int AS oid, CASE WHEN typcategory = 'A' AND typelem <> 0 THEN typelem::int END AS element
         FROM pg_type WHERE oid = ANY ($1::oid[])`,
      [unknown],
    );
    for (const oid of unknown) this.elements.set(oid, null);
    for (const { oid, element } of rows) this.elements.set(oid, element);
  }

  private valueOf(text: string | null, oid: number): Json {
    if (text === null) return null;
    const element = this.elements.get(oid);
    if (element === null || element === undefined) return scalarOf(text, oid);
    const parseList = pg.types.getTypeParser(TEXT_ARRAY) as (text: string) => ListOfText;
    return mapList(parseList(text), (item) => scalarOf(item, element));
  }
}

type ListOfText = (string | null | ListOfText)[];

function mapList(list: ListOfText, convert: (text: string) => Json): Json[] {
  return list.map((item) => {
    if (item === null) return null;
    return typeof item === 'string' ? convert(item) : mapList(item, convert);
  });
}

function scalarOf(text: string, oid: number): Json {
  if (oid === BOOLEAN) return text === 't';
  if (JSONS.has(oid)) return JSON.parse(text) as Json;
  if (!NUMBERS.has(oid) && oid !== BIGINT) return text;
  const number = Number(text);
  // NaN and Infinity are no JSON.
  return Number.isFinite(number) && (oid !== BIGINT || Number.isSafeInteger(number)) ? number : text;
}
