import pg from 'pg';
import { createEmptyDatabase, type TestDatabase } from '../support/database.js';
import { failureOf, outputOf, Procedures } from './stored-procedure-fixture.js';

const ROUTINES = `
  CREATE SCHEMA billing;
  CREATE TYPE mood AS ENUM ('calm', 'wild');
  CREATE TYPE place AS (city text, zip int);
  CREATE DOMAIN positive AS int CHECK (VALUE > 0);
  CREATE TABLE log (id serial, entry text);

  CREATE FUNCTION add(a int, b int DEFAULT 10) RETURNS int LANGUAGE sql AS 'SELECT a + b';
  CREATE FUNCTION nothing(entry text) RETURNS void LANGUAGE sql AS 'INSERT INTO log (entry) VALUES (entry)';
  CREATE FUNCTION numbers(upto int) RETURNS SETOF int LANGUAGE sql AS 'SELECT generate_series(1, upto)';
  CREATE FUNCTION people(youngest int DEFAULT 0) RETURNS TABLE (name text, age int)
    LANGUAGE sql AS $$ SELECT * FROM (VALUES ('Ada', 36), ('Alan', 41)) p (name, age) WHERE p.age >= youngest $$;
  CREATE FUNCTION split(whole text, OUT head text, OUT tail text) LANGUAGE sql AS 'SELECT left(whole, 1), substr(whole, 2)';
  CREATE FUNCTION anonymous(int, text) RETURNS text LANGUAGE sql AS 'SELECT $2 || $1';
  CREATE FUNCTION half_named(int, suffix text DEFAULT '!') RETURNS text LANGUAGE sql AS 'SELECT $1 || suffix';
  CREATE FUNCTION loose() RETURNS record LANGUAGE sql AS $$ SELECT 1 AS one, 'x'::text AS letter $$;
  CREATE FUNCTION total(VARIADIC items int[]) RETURNS bigint LANGUAGE sql AS 'SELECT sum(i) FROM unnest(items) i';
  CREATE FUNCTION first_of(list anyarray) RETURNS anyelement LANGUAGE sql AS 'SELECT list[1]';
  CREATE FUNCTION which(x int) RETURNS text LANGUAGE sql AS $$ SELECT 'int' $$;
  CREATE FUNCTION which(x text) RETURNS text LANGUAGE sql AS $$ SELECT 'text' $$;
  CREATE FUNCTION which(x text, y text) RETURNS text LANGUAGE sql AS $$ SELECT 'both' $$;
  CREATE FUNCTION "Odd ""Name"""("Quo""ted" int) RETURNS int LANGUAGE sql AS 'SELECT "Quo""ted"';
  CREATE FUNCTION echo(j json, jb jsonb, ja jsonb[], ia int[], ta text[], m mood, ms mood[], p place, d positive,
                       n numeric, big bigint, at timestamptz, flag boolean, raw bytea, u uuid, grid int[])
    RETURNS TABLE (j json, jb jsonb, ja jsonb[], ia int[], ta text[], m mood, ms mood[], city text, zip int, d positive,
                   n numeric, big bigint, at timestamptz, flag boolean, raw bytea, u uuid, grid int[])
    LANGUAGE sql AS 'SELECT j, jb, ja, ia, ta, m, ms, (p).city, (p).zip, d, n, big, at, flag, raw, u, grid';
  CREATE FUNCTION specials() RETURNS TABLE (nan float8, safe bigint, huge bigint, days date[], nested text[])
    LANGUAGE sql AS $$ SELECT 'NaN'::float8, 9007199254740991, 9007199254740993,
                              ARRAY['2030-01-02'::date, NULL], ARRAY[['a,"b', 'NULL'], [NULL, '{}']] $$;

  CREATE PROCEDURE book(entry text, INOUT counter int, OUT shout text) LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO log (entry) VALUES (book.entry);
      counter := counter + 1; shout := upper(book.entry);
    END $$;
  CREATE PROCEDURE in_steps(steps int) LANGUAGE plpgsql AS $$
    BEGIN
      FOR i IN 1..steps LOOP INSERT INTO log (entry) VALUES ('step ' || i); COMMIT; END LOOP;
      RAISE EXCEPTION 'after the steps' USING ERRCODE = 'P0042', HINT = 'look there', DETAIL = 'they are committed';
    END $$;
  CREATE PROCEDURE chatty(lines int) LANGUAGE plpgsql AS $$
    BEGIN
      RAISE WARNING 'careful';
      FOR i IN 1..lines LOOP RAISE NOTICE 'line %', i; END LOOP;
    END $$;
  CREATE PROCEDURE dirty() LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM set_config('search_path', 'billing', false), set_config('app.tenant', '42', false);
      PERFORM pg_advisory_lock(4711);
      CREATE TEMP TABLE leftover (x int);
    END $$;
  CREATE FUNCTION session() RETURNS TABLE (path text, tenant text, locks bigint, leftover text) LANGUAGE sql AS $$
    SELECT current_setting('search_path'), NULLIF(current_setting('app.tenant', true), ''),
           (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()),
           to_regclass('pg_temp.leftover')::text $$;
  CREATE FUNCTION billing.close_month(month date) RETURNS date LANGUAGE sql AS 'SELECT month';
  CREATE FUNCTION on_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
  CREATE AGGREGATE product(int) (SFUNC = int4mul, STYPE = int);
`;

describe('stored procedures on PostgreSQL', () => {
  let database: TestDatabase;
  let admin: pg.Client;
  let procedures: Procedures;

  beforeAll(async () => {
    database = await createEmptyDatabase();
    admin = new pg.Client({ connectionString: database.url });
    await admin.connect();
    await admin.query(ROUTINES);
    procedures = new Procedures({ main: database.url });
  });
  afterAll(async () => {
    await procedures.executor.close();
    await admin.end();
    await database.drop();
  });
  beforeEach(async () => {
    procedures.logged.length = 0;
    await admin.query('TRUNCATE log');
  });

  const entries = async () =>
    (await admin.query('SELECT entry FROM log ORDER BY id')).rows.map(({ entry }) => entry);

  describe('functions', () => {
    it('answers a value as a row, with parameters by name and defaults left to the database', async () => {
      expect(outputOf(await procedures.call('add', { a: 1 }))).toEqual({
        rows: [{ add: 11 }],
        rowCount: 1,
        truncated: false,
        outParameters: {},
        notices: [],
      });
      expect(outputOf(await procedures.call('add', { b: 2, a: 1 })).rows).toEqual([{ add: 3 }]);
      expect(outputOf(await procedures.call('add', { a: 1, b: null })).rows).toEqual([{ add: null }]);
    });

    it.each<[string, Parameters<Procedures['call']>[1], object]>([
      ['people', { youngest: 40 }, { rows: [{ name: 'Alan', age: 41 }], rowCount: 1 }],
      ['split', { whole: 'abc' }, { rows: [], outParameters: { head: 'a', tail: 'bc' } }],
      ['anonymous', { $1: 1, $2: 'a' }, { rows: [{ anonymous: 'a1' }] }],
      ['half_named', { $1: 1 }, { rows: [{ half_named: '1!' }] }],
      ['half_named', { $1: 1, suffix: '?' }, { rows: [{ half_named: '1?' }] }],
      ['loose', {}, { rows: [{ loose: { one: 1, letter: 'x' } }] }],
      ['total', { items: [1, 2, 3] }, { rows: [{ total: 6 }] }],
      ['first_of', { list: ['x', 'y'] }, { rows: [{ first_of: 'x' }] }],
      ['first_of', { list: [7] }, { rows: [{ first_of: 7 }] }],
      ['Odd "Name"', { 'Quo"ted': 5 }, { rows: [{ 'Odd "Name"': 5 }] }],
    ])('%s(%j)', async (name, parameters, expected) => {
      expect(outputOf(await procedures.call(name, parameters))).toMatchObject(expected);
    });

    it('has no rows for a function that returns nothing, which did its work', async () => {
      expect(outputOf(await procedures.call('nothing', { entry: 'done' }))).toMatchObject({
        rows: [],
        rowCount: 0,
      });
      expect(await entries()).toEqual(['done']);
    });

    it('caps the rows and says so', async () => {
      const call = async (upto: number) =>
        outputOf(await procedures.call('numbers', { upto }, { maxRows: 3 }));
      expect(await call(3)).toMatchObject({ rowCount: 3, truncated: false });
      expect(await call(100_000)).toMatchObject({
        rows: [{ numbers: 1 }, { numbers: 2 }, { numbers: 3 }],
        rowCount: 3,
        truncated: true,
      });
      expect(outputOf(await procedures.call('numbers', { upto: 2_000 })).rowCount).toBe(1_000);
    });

    it('takes and answers every kind of value', async () => {
      const sent = {
        j: 'a "text"',
        jb: { list: [1, null, 'x'], on: true },
        ja: [{ a: 1 }, [2], 'three', null],
        ia: [1, null, 3],
        ta: ['plain', 'a,b', 'quo"te', 'back\\slash', '', 'NULL', '{}', null],
        m: 'wild',
        ms: ['calm', 'wild'],
        d: 7,
        n: '12345678901234567890.123456789',
        big: '9007199254740993',
        flag: false,
        raw: '\\x00ff',
        u: '00000000-0000-4000-8000-000000000001',
        grid: [
          [1, 2],
          [3, 4],
        ],
      };
      const parameters = { ...sent, p: { city: 'Ulm', zip: 89073 }, at: '2030-01-02T03:04:05.678901Z' };
      const [row] = outputOf(await procedures.call('echo', parameters)).rows as Record<string, string>[];
      expect(row).toMatchObject({ ...sent, city: 'Ulm', zip: 89073 });
      const [same] = (
        await admin.query('SELECT $1::timestamptz = $2::timestamptz AS same', [row?.at, parameters.at])
      ).rows;
      expect(same).toEqual({ same: true });
    });

    it('answers what JSON cannot hold as text', async () => {
      expect(outputOf(await procedures.call('specials')).rows).toEqual([
        {
          nan: 'NaN',
          safe: 9007199254740991,
          huge: '9007199254740993',
          days: ['2030-01-02', null],
          nested: [
            ['a,"b', 'NULL'],
            [null, '{}'],
          ],
        },
      ]);
    });
  });

  describe('procedures', () => {
    it('answers OUT and INOUT parameters', async () => {
      const output = outputOf(await procedures.call('book', { entry: 'hello', counter: 41 }));
      expect(output).toMatchObject({ rows: [], rowCount: 0, outParameters: { counter: 42, shout: 'HELLO' } });
      expect(await entries()).toEqual(['hello']);
    });

    it('runs outside of a transaction, so a procedure may commit; its own fault keeps state, hint and detail', async () => {
      const failure = failureOf(await procedures.call('in_steps', { steps: 2 }));
      expect(failure).toMatchObject({
        failureKind: 'error',
        retryable: true,
        error: {
          code: 'sql_error',
          message: 'after the steps',
          details: { sqlState: 'P0042', hint: 'look there', detail: 'they are committed' },
        },
      });
      expect(await entries()).toEqual(['step 1', 'step 2']);
    });

    it('keeps notices up to a limit, and logs them all', async () => {
      const notices = outputOf(await procedures.call('chatty', { lines: 150 })).notices as {
        message: string;
      }[];
      expect(notices).toHaveLength(101);
      expect(notices[0]).toEqual({ severity: 'WARNING', message: 'careful' });
      expect(notices[1]).toEqual({ severity: 'NOTICE', message: 'line 1' });
      expect(notices[100]?.message).toBe('51 further notices were left out.');
      expect(procedures.logged).toHaveLength(151);
      expect(procedures.logged[0]).toEqual({ level: 'warn', message: 'WARNING: careful' });
    });

    it('hands the next job a clean session', async () => {
      const clean = outputOf(await procedures.call('session')).rows;
      outputOf(await procedures.call('dirty'));
      expect(outputOf(await procedures.call('session')).rows).toEqual(clean);
      expect(clean).toMatchObject([{ locks: 0, leftover: null }]);
    });
  });

  describe('the payload of a trigger', () => {
    it('overrides parameters of the same name and adds none', async () => {
      const call = async (payload: Parameters<Procedures['call']>[1] | string) =>
        outputOf(await procedures.call('add', { a: 1 }, { payload })).rows;
      expect(await call({ a: 5, b: 100, other: 'x' })).toEqual([{ add: 15 }]);
      expect(await call('a')).toEqual([{ add: 11 }]);
    });
  });

  describe('choosing between overloads', () => {
    it('takes the one that the names fit, or that the signature names', async () => {
      expect(outputOf(await procedures.call('which', { x: 'a', y: 'b' })).rows).toEqual([{ which: 'both' }]);
      expect(outputOf(await procedures.call('which', { x: 1 }, { signature: ['int4'] })).rows).toEqual([
        { which: 'int' },
      ]);
      expect(outputOf(await procedures.call('which', { x: 1 }, { signature: ['text'] })).rows).toEqual([
        { which: 'text' },
      ]);
    });

    it('lists them where that leaves a choice', async () => {
      expect(failureOf(await procedures.call('which', { x: 1 }))).toMatchObject({
        error: { code: 'ambiguous_routine' },
        retryable: false,
      });
      expect(await procedures.faults('which', { x: 1 })).toEqual([
        'signature: is required: the parameters fit more than one routine: ' +
          'function public.which(x integer); function public.which(x text)',
      ]);
      expect(await procedures.faults('which', { x: 1, z: 1 })).toEqual([
        expect.stringMatching(
          /^parameters\.z: is not a parameter of any routine of this name: .*which\(x text, y text\)/,
        ),
      ]);
      expect(await procedures.faults('which', { x: 1 }, { signature: ['date'] })).toEqual([
        expect.stringMatching(/^signature: is not that of a routine of this name; there are: /),
      ]);
      expect(await procedures.faults('which', { x: 1 }, { signature: ['strin g('] })).toEqual([
        expect.stringMatching(/^signature: names types that do not exist: strin g\(/),
      ]);
    });
  });

  describe('what does not fit, at creation and at every call', () => {
    it.each<[string, string, Parameters<Procedures['call']>[1], object, string]>([
      ['no such routine', 'gone', {}, {}, 'procedure: there is no procedure or function "gone"'],
      [
        'elsewhere',
        'close_month',
        {},
        {},
        'procedure: there is no procedure or function "close_month"; there is one in billing: set "schema"',
      ],
      [
        'no such routine in the schema',
        'add',
        {},
        { schema: 'billing' },
        'procedure: there is no procedure or function "add" in the schema "billing"; there is one in public: set "schema"',
      ],
      ['a trigger function', 'on_change', {}, {}, 'procedure: there is no procedure or function "on_change"'],
      ['an aggregate', 'product', { $1: 1 }, {}, 'procedure: there is no procedure or function "product"'],
      [
        'a missing parameter',
        'add',
        {},
        {},
        'parameters.a: is required by function public.add(a integer, b integer = default)',
      ],
      [
        'an unknown parameter',
        'add',
        { a: 1, A: 1 },
        {},
        'parameters.A: is not an input parameter of function public.add(a integer, b integer = default)',
      ],
      [
        'an OUT parameter',
        'book',
        { entry: 'x', counter: 1, shout: 'x' },
        {},
        'parameters.shout: is not an input parameter of procedure public.book(entry text, INOUT counter integer, OUT shout text)',
      ],
      [
        'a value of the wrong shape',
        'add',
        { a: [1] },
        {},
        'parameters.a: must be a single value of type integer',
      ],
      ['no list', 'total', { items: 1 }, {}, 'parameters.items: must be a list of values of type integer[]'],
    ])('%s', async (_case, name, parameters, extra, fault) => {
      expect(await procedures.faults(name, parameters, extra)).toEqual([fault]);
      const failure = failureOf(await procedures.call(name, parameters, extra));
      expect(failure.retryable).toBe(false);
      expect(failure.error.message).toBe(fault.replace(': ', ' '));
    });

    it('is nothing for what fits', async () => {
      expect(await procedures.faults('add', { a: 1 })).toEqual([]);
      expect(await procedures.faults('close_month', { month: '2030-01-01' }, { schema: 'billing' })).toEqual(
        [],
      );
      expect(await procedures.faults('which', { x: 1 }, { signature: ['integer'] })).toEqual([]);
    });
  });

  it('never takes a name or a value for SQL', async () => {
    const evil = `add(1); DROP TABLE log; --`;
    expect(failureOf(await procedures.call(evil)).error.code).toBe('routine_not_found');
    expect(failureOf(await procedures.call('add', { 'a" => 1); DROP TABLE log; --': 1 })).error.code).toBe(
      'parameter_unknown',
    );
    outputOf(await procedures.call('nothing', { entry: `'); DROP TABLE log; --` }));
    expect(
      failureOf(await procedures.call('add', { a: '1); DROP TABLE log; --' })).error.details,
    ).toMatchObject({
      sqlState: '22P02',
    });
    expect(await entries()).toEqual([`'); DROP TABLE log; --`]);
  });
});
