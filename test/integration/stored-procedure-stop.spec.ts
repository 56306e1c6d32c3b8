import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { createEmptyDatabase, type TestDatabase } from '../support/database.js';
import { failureOf, outputOf, Procedures, until } from './stored-procedure-fixture.js';

const ROLE = `carillon_limited_${process.pid}`;

const ROUTINES = `
  CREATE TABLE counter (id int PRIMARY KEY, value int);
  INSERT INTO counter VALUES (1, 0), (2, 0);
  CREATE FUNCTION nap(seconds float8) RETURNS int LANGUAGE plpgsql AS $$
    BEGIN RAISE NOTICE 'asleep'; PERFORM pg_sleep(seconds); RETURN 1; END $$;
  CREATE PROCEDURE stubborn() LANGUAGE plpgsql AS $$
    BEGIN
      LOOP
        BEGIN PERFORM pg_sleep(600); EXCEPTION WHEN query_canceled THEN RAISE NOTICE 'not now'; END;
      END LOOP;
    END $$;
  CREATE FUNCTION quick() RETURNS int LANGUAGE sql AS 'SELECT 1';
  CREATE FUNCTION backend() RETURNS int LANGUAGE sql AS 'SELECT pg_backend_pid()';
  CREATE FUNCTION die() RETURNS bool LANGUAGE sql AS 'SELECT pg_terminate_backend(pg_backend_pid())';
  CREATE FUNCTION fail(state text) RETURNS int LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'failed with %', state USING ERRCODE = state; END $$;
  CREATE FUNCTION touch_both(first int, second int) RETURNS int LANGUAGE plpgsql AS $$
    BEGIN
      UPDATE counter SET value = value + 1 WHERE id = first;
      PERFORM pg_advisory_lock_shared(99);
      UPDATE counter SET value = value + 1 WHERE id = second;
      RETURN 1;
    END $$;
  CREATE FUNCTION guarded() RETURNS int LANGUAGE sql AS 'SELECT 1';
  REVOKE ALL ON FUNCTION guarded() FROM PUBLIC;
  CREATE FUNCTION reads_counter() RETURNS int LANGUAGE plpgsql AS $$
    BEGIN RETURN (SELECT value FROM counter WHERE id = 1); END $$;
  DROP ROLE IF EXISTS ${ROLE};
  CREATE ROLE ${ROLE} LOGIN;
`;

describe('a stored procedure that is stopped, refused or cut off', () => {
  let database: TestDatabase;
  let admin: pg.Client;
  let procedures: Procedures;

  beforeAll(async () => {
    database = await createEmptyDatabase();
    admin = new pg.Client({ connectionString: database.url });
    await admin.connect();
    await admin.query(ROUTINES);
    procedures = new Procedures({
      main: database.url,
      limited: database.url.replace(/^postgres(ql)?:\/\/[^@/]*@/, `postgres://${ROLE}@`),
      closed: 'postgres://nobody@127.0.0.1:1/none',
      missing: database.url.replace(/\/test_\w+\?/, '/no_such_database?'),
    });
  });
  afterAll(async () => {
    await procedures.executor.close();
    await admin.query(`DROP OWNED BY ${ROLE}; DROP ROLE ${ROLE}`);
    await admin.end();
    await database.drop();
  });

  /** Statements that run in the database beside our own. */
  const running = async (text: string) => {
    const { rows } = await admin.query(
      `SELECT pid FROM pg_stat_activity
        WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid() AND query LIKE $1`,
      [`%${text}%`],
    );
    return rows.length;
  };

  it.each(['cancelled', 'timeout', 'shutdown'])(
    'ends at the server when it is stopped: %s',
    async (reason) => {
      const abort = new AbortController();
      const call = procedures.call('nap', { seconds: 600 }, { signal: abort.signal });
      await until(async () => (await running('"nap"')) === 1, 'the call runs');
      abort.abort(reason);
      expect(await call).toEqual({
        kind: 'cancelled',
        reason,
        output: { notices: [{ severity: 'NOTICE', message: 'asleep' }] },
      });
      await until(async () => (await running('"nap"')) === 0, 'its work ends long before its time');
    },
  );

  it('lets other calls go on, and takes a fresh connection afterwards', async () => {
    const abort = new AbortController();
    const other = procedures.call('nap', { seconds: 1 });
    const call = procedures.call('nap', { seconds: 600 }, { signal: abort.signal });
    await until(async () => (await running('"nap"')) === 2, 'both run');
    abort.abort('cancelled');
    expect((await call).kind).toBe('cancelled');
    outputOf(await other);
    outputOf(await procedures.call('quick'));
  });

  it('answers although the routine refuses to be cancelled, and cuts it off', async () => {
    const abort = new AbortController();
    const call = procedures.call('stubborn', {}, { signal: abort.signal, timeoutMs: 60_000 });
    await until(async () => (await running('"stubborn"')) === 1, 'the call runs');
    abort.abort('cancelled');
    expect((await call).kind).toBe('cancelled');
    await until(async () => (await running('"stubborn"')) === 0, 'its backend is ended');
    outputOf(await procedures.call('quick'));
  });

  it('does not start for an attempt that is over already', async () => {
    const outcome = await procedures.call(
      'nap',
      { seconds: 600 },
      { signal: AbortSignal.abort('lease-lost') },
    );
    expect(outcome).toMatchObject({ kind: 'cancelled', reason: 'lease-lost' });
    expect(await running('"nap"')).toBe(0);
  });

  it('stops while it waits for a connection', async () => {
    const naps = new AbortController();
    const holding = Array.from({ length: 10 }, () =>
      procedures.call('nap', { seconds: 600 }, { signal: naps.signal }),
    );
    await until(async () => (await running('"nap"')) === 10, 'the pool is used up');
    const abort = new AbortController();
    const waiting = procedures.call('quick', {}, { signal: abort.signal });
    abort.abort('cancelled');
    expect((await waiting).kind).toBe('cancelled');
    const patient = procedures.call('quick');
    naps.abort('cancelled');
    outputOf(await patient);
    await Promise.all(holding);
  });

  it('is ended by the database itself at the deadline', async () => {
    const failure = failureOf(await procedures.call('nap', { seconds: 600 }, { timeoutMs: 300 }));
    expect(failure).toMatchObject({ failureKind: 'timeout', retryable: true, error: { code: 'timeout' } });
    await until(async () => (await running('"nap"')) === 0, 'its work ends');
    // The limit was this call's alone.
    outputOf(await procedures.call('nap', { seconds: 0.5 }));
  });

  it('reports a deadlock as worth another try', async () => {
    // Both hold their first row before either asks for its second: the gate opens when both stand at it.
    await admin.query('SELECT pg_advisory_lock(99)');
    const calls = [
      procedures.call('touch_both', { first: 1, second: 2 }),
      procedures.call('touch_both', { first: 2, second: 1 }),
    ];
    await until(
      async () =>
        (await admin.query(`SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`)).rows
          .length === 2,
      'both wait at the gate',
    );
    await admin.query('SELECT pg_advisory_unlock(99)');
    const outcomes = await Promise.all(calls);
    const [victim] = outcomes.filter(({ kind }) => kind === 'failed');
    expect(outcomes.filter(({ kind }) => kind === 'succeeded')).toHaveLength(1);
    expect(victim).toMatchObject({
      retryable: true,
      error: { code: 'sql_error', details: { sqlState: '40P01' } },
    });
  });

  it.each([
    ['40001', true],
    ['55P03', true],
    ['53300', true],
    ['P0001', true],
    ['23505', false],
    ['22023', false],
    ['42P01', false],
  ])('SQLSTATE %s: another try can help: %s', async (state, retryable) => {
    expect(failureOf(await procedures.call('fail', { state }))).toMatchObject({
      failureKind: 'error',
      retryable,
      error: { code: 'sql_error', message: `failed with ${state}`, details: { sqlState: state } },
    });
  });

  it('says that a routine may not be called, or reads what it may not', async () => {
    const limited = { dataSource: 'limited' };
    expect(await procedures.faults('guarded', {}, limited)).toEqual([
      `procedure: may not be called by the data source's user: function public.guarded()`,
    ]);
    expect(failureOf(await procedures.call('guarded', {}, limited))).toMatchObject({
      retryable: false,
      error: { code: 'permission_denied' },
    });
    expect(failureOf(await procedures.call('reads_counter', {}, limited))).toMatchObject({
      retryable: false,
      error: { code: 'permission_denied', details: { sqlState: '42501' } },
    });
  });

  it('survives the death of its connection', async () => {
    const failure = failureOf(await procedures.call('die'));
    expect(failure.retryable).toBe(true);
    expect(['sql_error', 'connection_lost']).toContain(failure.error.code);
    outputOf(await procedures.call('quick'));
    // One that dies while nobody uses it.
    const [row] = outputOf(await procedures.call('backend')).rows as { backend: number }[];
    await admin.query('SELECT pg_terminate_backend($1)', [row?.backend]);
    await until(
      async () => (await procedures.call('quick')).kind === 'succeeded',
      'a fresh connection is used',
    );
  });

  describe('without a server', () => {
    it('says so, worth another try, and takes a new job on trust', async () => {
      const failure = failureOf(await procedures.call('quick', {}, { dataSource: 'closed' }));
      expect(failure).toMatchObject({
        failureKind: 'error',
        retryable: true,
        error: { code: 'connect_failed', details: { reason: 'ECONNREFUSED' } },
      });
      expect(JSON.stringify(failure)).not.toMatch(/127\.0\.0\.1|nobody/);
      expect(await procedures.faults('quick', {}, { dataSource: 'closed' })).toEqual([]);
    });

    it('does not try again where the database does not exist', async () => {
      const failure = failureOf(await procedures.call('quick', {}, { dataSource: 'missing' }));
      expect(failure).toMatchObject({
        retryable: false,
        error: { code: 'connect_failed', details: { reason: '3D000' } },
      });
    });

    it('refuses a source that is not configured, by field', async () => {
      const fault = 'is not a data source of this server; known: main, limited, closed, missing';
      expect(await procedures.faults('quick', {}, { dataSource: 'nope' })).toEqual([`dataSource: ${fault}`]);
      expect(failureOf(await procedures.call('quick', {}, { dataSource: 'nope' }))).toMatchObject({
        retryable: false,
        error: { code: 'configuration_invalid', message: `dataSource ${fault}` },
      });
    });

    it('gives up on a server that accepts and says nothing', async () => {
      const sockets: Socket[] = [];
      const mute: Server = createServer((socket) => sockets.push(socket));
      await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
      const { port } = mute.address() as AddressInfo;
      const silent = new Procedures({
        main: `postgres://a@127.0.0.1:${port}/a`,
        other: `mysql://a@127.0.0.1:${port}/a`,
      });
      try {
        const [faults, ...outcomes] = await Promise.all([
          silent.faults('quick'),
          silent.call('quick'),
          silent.call('quick', {}, { dataSource: 'other' }),
        ]);
        expect(faults).toEqual([]);
        for (const outcome of outcomes) {
          expect(failureOf(outcome)).toMatchObject({ retryable: true, error: { code: 'connect_failed' } });
        }
      } finally {
        for (const socket of sockets) socket.destroy();
        await new Promise((resolve) => mute.close(resolve));
        await silent.executor.close();
      }
    });

    it('does not accept a URL of an unknown kind', () => {
      expect(() => new Procedures({ main: 'oracle://x' })).toThrow('"main"');
    });
  });
});
