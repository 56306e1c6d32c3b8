import type { ClientBase } from 'pg';
import type { Inspection, RoutineName } from '../driver.js';
import { isInput, type Routine, type RoutineParameter } from '../routine.js';

/**
 * Procedures and plain functions of a name: all parameters with their modes, which ones have a default (always
 * the last of the inputs), and what kind of value each type takes; a domain takes what its base type takes.
 */
const ROUTINES = `
  SELECT n.nspname AS schema, p.proname AS name, p.prokind = 'p' AS is_procedure, p.proretset AS returns_set,
         p.pronargs::int AS inputs, p.pronargdefaults::int AS defaults,
         CASE WHEN result.oid = 'void'::regtype OR p.prokind = 'p' THEN 'nothing'
              WHEN result.oid = 'record'::regtype AND NOT p.proargmodes && ARRAY['o', 'b', 't']::"char"[] IS TRUE
              THEN 'record' ELSE 'value' END AS returns,
         has_function_privilege(p.oid, 'EXECUTE') AND has_schema_privilege(n.oid, 'USAGE') AS executable,
         COALESCE((
           SELECT json_agg(json_build_object(
                    'name', NULLIF(p.proargnames[argument.place], ''),
                    'mode', COALESCE(p.proargmodes[argument.place], 'i'),
                    'type', format_type(argument.type, NULL),
                    'kind', CASE WHEN base.oid IN ('json'::regtype, 'jsonb'::regtype) THEN 'json'
                                 WHEN base.typcategory = 'A' AND base.typelem IN ('json'::regtype, 'jsonb'::regtype)
                                 THEN 'json-array'
                                 WHEN base.typtype = 'p' THEN 'polymorphic'
                                 WHEN base.typcategory = 'A' THEN 'array'
                                 WHEN base.typtype = 'c' THEN 'composite'
                                 ELSE 'scalar' END)
                  ORDER BY argument.place)
             FROM unnest(COALESCE(p.proallargtypes, p.proargtypes::oid[])) WITH ORDINALITY AS argument (type, place)
             JOIN pg_type t ON t.oid = argument.type
             JOIN pg_type base ON base.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
         ), '[]') AS parameters
    FROM pg_proc p
    JOIN pg_namespace n ON n.oid = p.pronamespace
    JOIN pg_type result ON result.oid = p.prorettype
   WHERE p.proname = $1 AND p.prokind IN ('f', 'p')
     AND result.oid NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
     AND CASE WHEN $2::text IS NULL THEN pg_function_is_visible(p.oid) ELSE n.nspname = $2 END
   ORDER BY n.nspname, p.oid`;

const ELSEWHERE = `
  SELECT DISTINCT n.nspname AS schema FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
   WHERE p.proname = $1 AND p.prokind IN ('f', 'p')
     AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
     AND has_schema_privilege(n.oid, 'USAGE') ORDER BY 1 LIMIT 10`;

const SIGNATURE = `
  SELECT format_type(to_regtype(wanted.type), NULL) AS type, to_regtype(wanted.type) IS NULL AS unknown
    FROM unnest($1::text[]) WITH ORDINALITY AS wanted (type, place) ORDER BY wanted.place`;

interface RoutineRow {
  schema: string;
  name: string;
  is_procedure: boolean;
  returns_set: boolean;
  inputs: number;
  defaults: number;
  returns: Routine['returns'];
  executable: boolean;
  parameters: { name: string | null; mode: string; type: string; kind: RoutineParameter['kind'] }[];
}

const MODES: Record<string, RoutineParameter['mode']> = { i: 'in', o: 'out', b: 'inout', v: 'variadic' };

/** Reads what the catalog says about the routines of a name. */
export async function inspectRoutines(
  client: ClientBase,
  { procedure, schema }: RoutineName,
  signature: readonly string[] | undefined,
): Promise<Inspection> {
  const found = await client.query<RoutineRow>(ROUTINES, [procedure, schema ?? null]);
  const elsewhere =
    found.rows.length === 0 ? (await client.query<{ schema: string }>(ELSEWHERE, [procedure])).rows : [];
  return {
    routines: found.rows.map(routineOf),
    elsewhere: elsewhere.map((row) => row.schema),
    signature: signature && (await spell(client, signature)),
  };
}

async function spell(client: ClientBase, signature: readonly string[]): Promise<(string | null)[]> {
  try {
    const { rows } = await client.query<{ type: string; unknown: boolean }>(SIGNATURE, [signature]);
    return rows.map(({ type, unknown }) => (unknown ? null : type));
  } catch (error) {
    // Something that is no type name at all is a syntax error, from PostgreSQL 16 on for some of them only.
    if ((error as { code?: string }).code?.startsWith('42')) return signature.map(() => null);
    throw error;
  }
}

function routineOf(row: RoutineRow): Routine {
  const parameters = parametersOf(row);
  return {
    schema: row.schema,
    name: row.name,
    routineType: row.is_procedure ? 'procedure' : 'function',
    parameters,
    returns: row.returns_set && row.returns === 'value' ? 'rows' : row.returns,
    executable: row.executable,
    inputTypes: parameters.filter(isInput).map(({ type }) => type),
  };
}

function parametersOf({ parameters, inputs, defaults }: RoutineRow): RoutineParameter[] {
  let place = 0;
  return parameters.flatMap(({ name, mode, type, kind }) => {
    const known = MODES[mode];
    // Columns of a result table are listed among the parameters too.
    if (known === undefined) return [];
    const hasDefault = known !== 'out' && ++place > inputs - defaults;
    return [{ name, mode: known, type, kind, hasDefault }];
  });
}
