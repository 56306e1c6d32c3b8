import { join } from 'node:path';
import pg from 'pg';

/** What the sample job calls: takes some of an article and answers what is left. */
const ROUTINES = `
CREATE TABLE IF NOT EXISTS stock (article text PRIMARY KEY, amount integer NOT NULL);
INSERT INTO stock VALUES ('bell', 1000), ('rope', 1000) ON CONFLICT DO NOTHING;
CREATE OR REPLACE FUNCTION take_stock(wanted_article text, wanted_amount integer DEFAULT 1)
RETURNS TABLE (article text, amount integer) LANGUAGE plpgsql AS $$
BEGIN
  RAISE NOTICE 'taking % of %', wanted_amount, wanted_article;
  RETURN QUERY UPDATE stock s SET amount = CASE WHEN s.amount < wanted_amount THEN 1000 ELSE s.amount - wanted_amount END
    WHERE s.article = wanted_article RETURNING s.article, s.amount;
END $$`;

const log = { debug: () => undefined, info: () => undefined, warn: console.error, error: console.error };

/**
 * Starts a small PostgreSQL with a stored function, apart from Carillon's own: a data source as a team would have one.
 * @returns null where this machine has no embedded PostgreSQL
 */
export async function startWarehouse(folder) {
  // Not before the build.
  const embedded = await import('../../dist/platform/database/embedded/embedded-postgres.js');
  if (!embedded.isEmbeddedPostgresAvailable()) return null;
  const server = await embedded.startEmbeddedPostgres({ dataDir: join(folder, 'demo-warehouse'), log });
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await client.query(ROUTINES);
  await client.end();
  return { url: server.url, stop: () => server.stop() };
}
