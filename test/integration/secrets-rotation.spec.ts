import { randomBytes } from 'node:crypto';
import { ConfigurationVault } from '../../src/modules/secrets/configuration-vault.js';
import { EnvelopeError, Keyring } from '../../src/modules/secrets/envelope.js';
import { Rotation } from '../../src/modules/secrets/rotation.js';
import { createQueue, type Queue } from '../support/queue.js';
import { insertJob } from '../support/rows.js';

describe('rotating the master key', () => {
  const [oldKey, newKey] = [randomBytes(32), randomBytes(32)];
  const binding = { scope: 'secret', name: 'A' };
  let queue: Queue;

  beforeAll(async () => {
    queue = await createQueue();
  });
  afterAll(() => queue.drop());

  it('puts secrets, jobs and versions under the new key, and seals what was plain', async () => {
    const before = new Keyring(oldKey);
    const plain = { url: 'http://a.b/?token=in-the-url', headers: { 'X-Api-Key': 'inline' }, n: 1 };
    const sealedId = await insertJob(queue.sql);
    const sealed = new ConfigurationVault(before).sealed(sealedId, plain);
    const webhook = new ConfigurationVault(before).sealed(sealedId, { url: 'http://a.b/', secret: 'signs' });
    await queue.sql.query(
      'UPDATE jobs SET configuration = $2, webhook = $3, webhook_previous = $3 WHERE id = $1',
      [sealedId, sealed, webhook],
    );
    await queue.sql.query(`UPDATE job_versions SET snapshot = $2 WHERE job_id = $1`, [sealedId, { webhook }]);
    const plainId = await insertJob(queue.sql, { configuration: plain });
    await queue.sql.query(
      `INSERT INTO secrets (name, envelope, created_by, updated_by) VALUES ('A', $1, 'me', 'me')`,
      [before.seal('the value', binding)],
    );

    const rotation = new Rotation(queue.sql, new Keyring(newKey, [oldKey]));
    expect(await rotation.run()).toEqual({ secrets: 1, jobs: 2, versions: 2 });
    expect(await rotation.run()).toEqual({ secrets: 0, jobs: 0, versions: 0 });

    const after = new Keyring(newKey);
    const envelope = await queue.value<string>('SELECT envelope FROM secrets');
    expect(after.open(envelope, binding)).toBe('the value');
    const vault = new ConfigurationVault(after);
    for (const id of [sealedId, plainId]) {
      const stored = await queue.value<typeof plain>('SELECT configuration FROM jobs WHERE id = $1', [id]);
      expect(JSON.stringify(stored)).not.toMatch(/inline|in-the-url/);
      expect(vault.openedWith(id, stored).configuration).toEqual(plain);
    }
    for (const of of [
      'webhook',
      'webhook_previous',
      `(SELECT snapshot -> 'webhook' FROM job_versions WHERE job_id = id)`,
    ]) {
      const stored = await queue.value<Record<string, string>>(`SELECT ${of} FROM jobs WHERE id = $1`, [
        sealedId,
      ]);
      expect(vault.openedWith(sealedId, stored).configuration).toEqual({
        url: 'http://a.b/',
        secret: 'signs',
      });
    }
    const version = await queue.value<typeof plain>(
      `SELECT definition -> 'configuration' FROM job_versions WHERE job_id = $1`,
      [plainId],
    );
    expect(vault.openedWith(plainId, version).configuration).toEqual(plain);
  });

  it('opens an envelope with its key and in its place alone', () => {
    const keyring = new Keyring(oldKey);
    const envelope = keyring.seal('the value', binding);
    expect(envelope).toMatch(/^v1\.[0-9a-f]{8}\.[\w-]+\.[\w-]+$/);
    expect(keyring.open(envelope, binding)).toBe('the value');
    expect(() => new Keyring(newKey).open(envelope, binding)).toThrow(EnvelopeError);
    expect(() => keyring.open(envelope, { scope: 'secret', name: 'B' })).toThrow(EnvelopeError);
    const altered = `${envelope.slice(0, -3)}${envelope.endsWith('AAA') ? 'BBB' : 'AAA'}`;
    expect(() => keyring.open(altered, binding)).toThrow(EnvelopeError);
  });

  it('keeps a text that only looks like an envelope', () => {
    const vault = new ConfigurationVault(new Keyring(oldKey));
    const lookalike = new Keyring(newKey).seal('x', binding);
    const sealed = vault.sealed('job', { note: lookalike });
    expect(sealed.note).not.toBe(lookalike);
    expect(vault.opened('job', sealed)).toEqual({ note: lookalike });
  });
});
