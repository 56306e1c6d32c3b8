import pg from 'pg';
import { join } from 'node:path';
import { runTypeScript, type TypeScriptProcess } from './run-typescript.js';

/**
 * Starts a process that runs the embedded PostgreSQL on `dataDir`; see embedded-postgres-host.ts.
 * @param durable as in production; slower, and only needed where rows must survive
 */
export function startHost(dataDir: string, durable = false): TypeScriptProcess {
  const args = [dataDir, ...(durable ? [] : ['not-durable'])];
  return runTypeScript(join(import.meta.dirname, 'embedded-postgres-host.ts'), { args });
}

/** Waits until the host's PostgreSQL serves. Throws with the host's output when it does not start. */
export function urlOf(host: TypeScriptProcess): Promise<string> {
  return host.nextLine((line) => field(line, 'url'));
}

/** Waits for the message with which the host's start failed. */
export function failureOf(host: TypeScriptProcess): Promise<string> {
  return host.nextLine((line) => field(line, 'failed'));
}

/** Waits until the host's manager reports a message that `pattern` matches. */
export function logOf(host: TypeScriptProcess, pattern: RegExp): Promise<string> {
  return host.nextLine((line) => {
    const message = field(line, 'log');
    return message !== undefined && pattern.test(message) ? message : undefined;
  });
}

/** Ends the host in order, and waits until it is gone. */
export async function stopHost(host: TypeScriptProcess): Promise<void> {
  host.child.stdin.end();
  await host.ended;
}

/** The rows of one statement, on a connection of its own. */
export async function query<Row extends object>(
  url: string,
  text: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}

function field(line: string, name: string): string | undefined {
  return (JSON.parse(line) as Record<string, string | undefined>)[name];
}
