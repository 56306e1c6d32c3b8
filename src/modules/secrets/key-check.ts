import type { Client } from 'pg';
import { type Binding, EnvelopeError, type Keyring } from './envelope.js';
import { secretBinding } from './secrets.service.js';

const BINDING: Binding = { scope: 'key-check', name: 'secrets_key_check' };
/** What is sealed does not matter; it is no secret. */
const TEXT = 'carillon';

const READ = 'SELECT envelope FROM secrets_key_check';
/** Whoever comes second reads what the first one wrote. */
const WRITE = 'INSERT INTO secrets_key_check (envelope) VALUES ($1) ON CONFLICT DO NOTHING';
/** Of a database that is older than the check. */
const ANY_SECRET = 'SELECT name, envelope FROM secrets LIMIT 1';

/**
 * Makes sure that this process can open what others over the same database have sealed. The first process leaves a
 * mark for all that come.
 * @throws EnvelopeError where its keys are not those of the database
 */
export async function requireSameKey(client: Client, keyring: Keyring): Promise<void> {
  if ((await readMark(client)) === null) {
    const { rows } = await client.query<{ name: string; envelope: string }>(ANY_SECRET);
    for (const { name, envelope } of rows) keyring.open(envelope, secretBinding(name));
    await client.query(WRITE, [keyring.seal(TEXT, BINDING)]);
  }
  const mark = await readMark(client);
  if (mark === null || keyring.open(mark, BINDING) !== TEXT) throw new EnvelopeError('The mark is damaged.');
}

/** Puts the mark under the present key: the end of a rotation, from where the key before it is refused. */
export async function rewrapMark(client: Client, keyring: Keyring): Promise<void> {
  const mark = await readMark(client);
  if (mark === null) return;
  await client.query('UPDATE secrets_key_check SET envelope = $1', [keyring.rewrap(mark, BINDING)]);
}

async function readMark(client: Client): Promise<string | null> {
  const { rows } = await client.query<{ envelope: string }>(READ);
  return rows[0]?.envelope ?? null;
}
