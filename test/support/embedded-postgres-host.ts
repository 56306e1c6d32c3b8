/**
 * A process that runs the embedded PostgreSQL of the data directory in its first argument, for tests that kill
 * it; durable unless the second one is `not-durable`. Prints lines of JSON: `{url}` when it serves, `{log}` for what the manager reports, `{failed}` when the
 * start fails, `{exited}` at the end. Stops when its standard input ends.
 */
import { startEmbeddedPostgres } from '../../src/platform/database/embedded/embedded-postgres.js';

const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
const report = (message: string) => say({ log: message });

try {
  const postgres = await startEmbeddedPostgres({
    dataDir: process.argv[2] ?? '',
    durable: process.argv[3] !== 'not-durable',
    log: { debug: () => undefined, info: report, warn: report, error: report },
  });
  say({ url: postgres.url });
  process.stdin.once('end', () => void postgres.stop()).resume();
  say({ exited: String(await postgres.exited) });
} catch (error) {
  say({ failed: (error as Error).message });
  process.exitCode = 1;
}
process.stdin.destroy();
