import type { Json } from '../../../domain/execution/outcome.js';
import type { Routine, RoutineParameter } from '../routine.js';
import { callStatement } from './call-statement.js';

const parameter = (name: string | null, change: Partial<RoutineParameter> = {}): RoutineParameter => ({
  name,
  mode: 'in',
  type: 'integer',
  kind: 'scalar',
  hasDefault: false,
  ...change,
});

const routine = (parameters: RoutineParameter[], change: Partial<Routine> = {}): Routine => ({
  schema: 's',
  name: 'f',
  routineType: 'function',
  parameters,
  returns: 'rows',
  executable: true,
  inputTypes: [],
  ...change,
});

describe('the statement of a call', () => {
  const statement = (called: Routine, given: [RoutineParameter, Json][]) =>
    callStatement(
      called,
      given.map(([to, value]) => ({ parameter: to, value })),
      10,
    );

  it('quotes names and binds values by name', () => {
    const evil = parameter('a" => 1); --');
    expect(statement(routine([evil], { schema: 'S"', name: 'F"' }), [[evil, 'x']])).toEqual({
      text: 'SELECT * FROM "S"""."F"""("a"" => 1); --" => $1::integer) LIMIT 11',
      values: ['x'],
    });
  });

  it('goes by place up to the last parameter without a name', () => {
    const [first, second, third] = [parameter('a'), parameter(null), parameter('c')];
    const { text } = statement(routine([first, second, third]), [
      [first, 1],
      [second, 2],
      [third, 3],
    ]);
    expect(text).toBe('SELECT * FROM "s"."f"($1::integer, $2::integer, "c" => $3::integer) LIMIT 11');
  });

  it('fills the OUT parameters of a procedure, and leaves those of a function out', () => {
    const [input, output] = [parameter('a'), parameter('o', { mode: 'out', type: 'text' })];
    expect(
      statement(routine([input, output], { routineType: 'procedure', returns: 'nothing' }), [[input, 1]]),
    ).toEqual({
      text: 'CALL "s"."f"("a" => $1::integer, "o" => NULL::text)',
      values: ['1'],
    });
    expect(statement(routine([input, output]), [[input, 1]]).text).toBe(
      'SELECT * FROM "s"."f"("a" => $1::integer) LIMIT 11',
    );
  });

  it.each<[string, Partial<RoutineParameter>, Json, string, string[]]>([
    ['null', {}, null, 'NULL::integer', []],
    [
      'a list',
      { kind: 'array', type: 'text[]' },
      ['a"b', null, ['c']],
      '$1::text[]',
      ['{"a\\"b",NULL,{"c"}}'],
    ],
    ['json', { kind: 'json', type: 'jsonb' }, 'text', '$1::jsonb', ['"text"']],
    [
      'a list of json',
      { kind: 'json-array', type: 'json[]' },
      [[1], 'x'],
      '$1::json[]',
      ['{"[1]","\\"x\\""}'],
    ],
    [
      'a record',
      { kind: 'composite', type: 'place' },
      { zip: 1 },
      'jsonb_populate_record(NULL::place, $1::jsonb)',
      ['{"zip":1}'],
    ],
    ['any number', { kind: 'polymorphic', type: 'anyelement' }, 3e9, '$1::bigint', ['3000000000']],
    ['any list', { kind: 'polymorphic', type: 'anyarray' }, [null, 1.5], '$1::numeric[]', ['{NULL,"1.5"}']],
    ['any list of nothing', { kind: 'polymorphic', type: 'anyarray' }, [], '$1::text[]', ['{}']],
  ])('hands over %s', (_case, change, value, expression, values) => {
    const one = parameter('a', change);
    expect(statement(routine([one]), [[one, value]])).toEqual({
      text: `SELECT * FROM "s"."f"("a" => ${expression}) LIMIT 11`,
      values,
    });
  });
});
