import pg from 'pg';
import type { ExecutorFixture } from './fixture.js';

const ROUTINES = `
CREATE SCHEMA conformance;
CREATE FUNCTION conformance.quick() RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION conformance.endless() RETURNS void LANGUAGE sql AS 'SELECT pg_sleep(600)';
CREATE FUNCTION conformance.oversized() RETURNS SETOF text LANGUAGE sql AS
  'SELECT repeat(''x'', 1000) FROM generate_series(1, 100000)';
CREATE FUNCTION conformance.echo(value text) RETURNS text LANGUAGE sql AS 'SELECT value'`;

/** Routines in a real database; `source` is its name in DATA_SOURCES. */
export async function storedProcedure(databaseUrl: string, source: string): Promise<ExecutorFixture> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(ROUTINES);
  await client.end();
  const call = (procedure: string, parameters: object = {}, more: object = {}) => ({
    dataSource: source,
    schema: 'conformance',
    procedure,
    parameters,
    ...more,
  });
  return {
    type: 'stored-procedure',
    jobType: 'StoredProcedure',
    quick: call('quick'),
    endless: call('endless'),
    oversized: { configuration: call('oversized'), ends: 'Succeeded' },
    bad: [
      { configuration: call('quick', {}, { maxRows: 0 }), field: 'maxRows' },
      { configuration: call('nowhere'), field: 'procedure' },
    ],
    echo: (text) => call('echo', { value: text }),
  };
}
