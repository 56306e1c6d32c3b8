import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise';
import { failureOf, outputOf, Procedures, until } from './stored-procedure-fixture.js';

/** Where the server's program is; null where the machine has none. */
function findProgram(...names: string[]): string | null {
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter),
    '/usr/sbin',
    '/usr/local/sbin',
    '/usr/libexec',
  ];
  const paths = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return paths.find((path) => existsSync(path)) ?? null;
}

const server = findProgram('mariadbd', 'mysqld');
const installer = findProgram('mariadb-install-db', 'mysql_install_db');
const describeWithServer = server ? describe : describe.skip;
// Jest does not print the titles of skipped suites by itself.
if (!server)
  console.warn(
    'Skipped: stored procedures on MySQL and MariaDB, as no mariadbd or mysqld is on this machine.',
  );

const ROUTINES = [
  'CREATE TABLE log (id INT AUTO_INCREMENT PRIMARY KEY, entry VARCHAR(100))',
  'CREATE TABLE counter (id INT PRIMARY KEY, value INT) ENGINE=InnoDB',
  'INSERT INTO counter VALUES (1, 0), (2, 0)',
  'CREATE FUNCTION add_up(a INT, b INT) RETURNS INT DETERMINISTIC RETURN a + b',
  `CREATE PROCEDURE book(IN entry VARCHAR(100), INOUT counter INT, OUT shout VARCHAR(100))
     BEGIN INSERT INTO log (entry) VALUES (entry); SET counter = counter + 1; SET shout = UPPER(entry); END`,
  `CREATE PROCEDURE numbers(IN upto INT)
     BEGIN
       WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < upto) SELECT i FROM n;
       SELECT 'second' AS word;
     END`,
  `CREATE PROCEDURE kinds(IN doc LONGTEXT, IN price DECIMAL(20,4), IN at DATETIME, IN flag BOOLEAN)
     SELECT doc, price, at, flag, CAST(9007199254740993 AS SIGNED) AS big, x'00ff' AS raw, NULL AS none`,
  `CREATE PROCEDURE warn() BEGIN SIGNAL SQLSTATE '01000' SET MESSAGE_TEXT = 'careful'; END`,
  `CREATE PROCEDURE fail(IN state INT)
     BEGIN
       IF state = 1 THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not today'; END IF;
       INSERT INTO counter VALUES (1, 0);
     END`,
  'CREATE PROCEDURE nap(IN seconds INT) SELECT SLEEP(seconds) AS slept',
  `CREATE PROCEDURE touch_both(IN first INT, IN second INT)
     BEGIN
       START TRANSACTION;
       UPDATE counter SET value = value + 1 WHERE id = first;
       INSERT INTO log (entry) VALUES ('first');
       DO GET_LOCK('gate', 60);
       DO RELEASE_LOCK('gate');
       UPDATE counter SET value = value + 1 WHERE id = second;
       COMMIT;
     END`,
  `CREATE PROCEDURE dirty() BEGIN SET @tenant = 42; SET SESSION group_concat_max_len = 7; END`,
  'CREATE PROCEDURE session() SELECT @tenant AS tenant, @@SESSION.group_concat_max_len AS len',
  'CREATE DATABASE billing',
  'CREATE PROCEDURE billing.close_month() SELECT 1 AS closed',
  `CREATE USER 'limited'@'localhost'`,
  `GRANT SELECT ON main.log TO 'limited'@'localhost'`,
];

describeWithServer('stored procedures on MySQL and MariaDB', () => {
  let folder: string;
  let running: ChildProcess;
  let admin: Connection;
  let procedures: Procedures;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carillon-mysql-'));
    await chmod(folder, 0o700);
    running = startServer(folder);
    const socket = join(folder, 'socket');
    const url = (user: string, database: string) =>
      `mysql://${user}@localhost/${database}?socketPath=${encodeURIComponent(socket)}`;
    await until(() => answers(url('root', 'mysql')), 'the server answers');
    const first = await createConnection(url('root', 'mysql'));
    await first.query('CREATE DATABASE main');
    await first.end();
    admin = await createConnection(url('root', 'main'));
    for (const statement of ROUTINES) await admin.query(statement);
    procedures = new Procedures({
      main: url('root', 'main'),
      limited: url('limited', 'main'),
      gone: url('root', 'gone'),
    });
  }, 120_000);

  afterAll(async () => {
    await procedures.executor.close();
    await admin.end();
    const exited = new Promise((resolve) => running.once('exit', resolve));
    running.kill();
    await exited;
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  /** Statements that run in the server beside our own. */
  const atWork = async (pattern: string) => {
    const [rows] = await admin.query<RowDataPacket[]>(
      'SELECT ID FROM information_schema.PROCESSLIST WHERE INFO LIKE ? AND ID <> CONNECTION_ID()',
      [pattern],
    );
    return rows.length;
  };

  it('calls functions and procedures by the names of their parameters', async () => {
    expect(outputOf(await procedures.call('add_up', { b: 2, a: 1 }))).toEqual({
      rows: [{ add_up: 3 }],
      rowCount: 1,
      truncated: false,
      outParameters: {},
      notices: [],
    });
    const book = await procedures.call('book', { counter: 41, entry: `'); DROP TABLE log; --` });
    expect(outputOf(book)).toMatchObject({
      rows: [],
      outParameters: { counter: 42, shout: `'); DROP TABLE LOG; --` },
    });
    expect((await admin.query<RowDataPacket[]>('SELECT entry FROM log'))[0]).toHaveLength(1);
  });

  it('caps the rows of the first result and says what it left out', async () => {
    expect(outputOf(await procedures.call('numbers', { upto: 500 }, { maxRows: 2 }))).toMatchObject({
      rows: [{ i: 1 }, { i: 2 }],
      truncated: true,
      notices: [{ severity: 'INFO', message: '1 further result sets were left out.' }],
    });
    expect(outputOf(await procedures.call('numbers', { upto: 2 }, { maxRows: 2 }))).toMatchObject({
      truncated: false,
    });
  });

  it('takes and answers every kind of value', async () => {
    const sent = { doc: { a: ['x'] }, price: '1234567890123456.7891', at: '2030-01-02 03:04:05', flag: true };
    const [row] = outputOf(await procedures.call('kinds', sent)).rows as Record<string, unknown>[];
    expect(row).toEqual({
      doc: '{"a":["x"]}',
      price: '1234567890123456.7891',
      at: '2030-01-02 03:04:05',
      flag: 1,
      big: '9007199254740993',
      raw: 'AP8=',
      none: null,
    });
  });

  it('says what does not fit, by field', async () => {
    const signature = 'function main.add_up(a int(11), b int(11))';
    const faults = (await procedures.faults('add_up', { a: 1, c: 1 }))
      .join('\n')
      .replaceAll('int,', 'int(11),');
    expect(faults.replaceAll('int)', 'int(11))')).toBe(
      `parameters.c: is not an input parameter of ${signature}\nparameters.b: is required by ${signature}`,
    );
    expect(await procedures.faults('close_month')).toEqual([
      'procedure: there is no procedure or function "close_month"; there is one in billing: set "schema"',
    ]);
    expect(outputOf(await procedures.call('close_month', {}, { schema: 'billing' })).rows).toEqual([
      { closed: 1 },
    ]);
    expect(failureOf(await procedures.call('add_up', { a: {}, b: 1 })).error.code).toBe('parameter_invalid');
  });

  it('answers warnings as notices', async () => {
    expect(outputOf(await procedures.call('warn')).notices).toEqual([
      { severity: 'WARNING', message: 'careful' },
    ]);
    expect(procedures.logged).toContainEqual({ level: 'warn', message: 'WARNING: careful' });
  });

  it('tells faults that may pass from those that will not', async () => {
    expect(failureOf(await procedures.call('fail', { state: 1 }))).toMatchObject({
      retryable: true,
      error: { code: 'sql_error', message: 'not today', details: { sqlState: '45000' } },
    });
    expect(failureOf(await procedures.call('fail', { state: 2 }))).toMatchObject({
      retryable: false,
      error: { code: 'sql_error', details: { sqlState: '23000', errno: 1062 } },
    });
    expect(failureOf(await procedures.call('add_up', { a: 1, b: 1 }, { dataSource: 'gone' }))).toMatchObject({
      retryable: false,
      error: { code: 'connect_failed' },
    });
    // The catalog shows nothing of what a user may not call.
    expect(failureOf(await procedures.call('warn', {}, { dataSource: 'limited' })).error.code).toBe(
      'routine_not_found',
    );
  });

  it('reports a deadlock as worth another try', async () => {
    // Both hold their first row before either asks for its second: the gate opens when both stand at it.
    await admin.query(`DO GET_LOCK('gate', 10)`);
    const calls = [
      procedures.call('touch_both', { first: 1, second: 2 }),
      procedures.call('touch_both', { first: 2, second: 1 }),
    ];
    await until(async () => (await atWork('%GET_LOCK%')) === 2, 'both wait at the gate');
    await admin.query(`DO RELEASE_LOCK('gate')`);
    const outcomes = await Promise.all(calls);
    expect(outcomes.filter(({ kind }) => kind === 'succeeded')).toHaveLength(1);
    expect(outcomes.find(({ kind }) => kind === 'failed')).toMatchObject({
      retryable: true,
      error: { details: { errno: 1213 } },
    });
  });

  it('hands the next job a clean session', async () => {
    const clean = outputOf(await procedures.call('session')).rows;
    outputOf(await procedures.call('dirty'));
    expect(outputOf(await procedures.call('session')).rows).toEqual(clean);
    expect(clean).toMatchObject([{ tenant: null }]);
  });

  it('ends at the server when it is stopped', async () => {
    const abort = new AbortController();
    const call = procedures.call('nap', { seconds: 600 }, { signal: abort.signal });
    await until(async () => (await atWork('%SLEEP%')) === 1, 'the call runs');
    abort.abort('cancelled');
    expect(await call).toMatchObject({ kind: 'cancelled', reason: 'cancelled' });
    await until(async () => (await atWork('%SLEEP%')) === 0, 'its work ends');
    outputOf(await procedures.call('add_up', { a: 1, b: 1 }));
  });

  it('ends at the server at the deadline', async () => {
    const failure = failureOf(await procedures.call('nap', { seconds: 600 }, { timeoutMs: 500 }));
    expect(failure).toMatchObject({ failureKind: 'timeout', retryable: true, error: { code: 'timeout' } });
    await until(async () => (await atWork('%SLEEP%')) === 0, 'its work ends');
  });

  function startServer(home: string): ChildProcess {
    const user = process.getuid?.() === 0 ? ['--user=root'] : [];
    const data = join(home, 'data');
    const prepared = installer
      ? spawnSync(installer, [
          ...user,
          `--datadir=${data}`,
          '--auth-root-authentication-method=normal',
          '--skip-test-db',
        ])
      : spawnSync(server ?? '', [...user, `--datadir=${data}`, '--initialize-insecure']);
    if (prepared.status !== 0)
      throw new Error(`The database was not prepared: ${prepared.stderr.toString()}`);
    const files = [
      `--datadir=${data}`,
      `--socket=${join(home, 'socket')}`,
      `--pid-file=${join(home, 'pid')}`,
    ];
    return spawn(server ?? '', ['--no-defaults', ...user, ...files, '--skip-networking'], {
      stdio: 'ignore',
    });
  }

  async function answers(url: string): Promise<boolean> {
    try {
      await (await createConnection(url)).end();
      return true;
    } catch {
      return false;
    }
  }
});
