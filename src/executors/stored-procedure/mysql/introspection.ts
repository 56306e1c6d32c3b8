import type { Connection, RowDataPacket } from 'mysql2/promise';
import type { Inspection, RoutineName } from '../driver.js';
import { isInput, type Routine, type RoutineParameter } from '../routine.js';

/** The catalog shows a user only the routines that it may use in some way. */
const ROUTINES = `
  SELECT ROUTINE_SCHEMA AS routineSchema, ROUTINE_NAME AS routineName, ROUTINE_TYPE AS routineType
    FROM information_schema.ROUTINES
   WHERE ROUTINE_NAME = ? AND ROUTINE_SCHEMA = COALESCE(?, DATABASE()) ORDER BY ROUTINE_TYPE`;

/** The place 0 is what a function returns. */
const PARAMETERS = `
  SELECT ROUTINE_TYPE AS routineType, PARAMETER_NAME AS parameterName, PARAMETER_MODE AS parameterMode,
         DTD_IDENTIFIER AS type, DATA_TYPE AS dataType
    FROM information_schema.PARAMETERS
   WHERE SPECIFIC_NAME = ? AND SPECIFIC_SCHEMA = COALESCE(?, DATABASE()) AND ORDINAL_POSITION > 0
   ORDER BY ROUTINE_TYPE, ORDINAL_POSITION`;

const ELSEWHERE = `
  SELECT DISTINCT ROUTINE_SCHEMA AS routineSchema FROM information_schema.ROUTINES
   WHERE ROUTINE_NAME = ? ORDER BY 1 LIMIT 10`;

interface RoutineRow extends RowDataPacket {
  routineSchema: string;
  routineName: string;
  routineType: 'FUNCTION' | 'PROCEDURE';
}

interface ParameterRow extends RowDataPacket {
  routineType: RoutineRow['routineType'];
  parameterName: string;
  parameterMode: 'IN' | 'OUT' | 'INOUT' | null;
  type: string;
  dataType: string;
}

/** Reads what the catalog says about the routines of a name; there are no overloads, so no signatures. */
export async function inspectRoutines(
  connection: Connection,
  { procedure, schema }: RoutineName,
): Promise<Inspection> {
  const [routines] = await connection.execute<RoutineRow[]>(ROUTINES, [procedure, schema ?? null]);
  const [parameters] = await connection.execute<ParameterRow[]>(PARAMETERS, [procedure, schema ?? null]);
  const [elsewhere] = await connection.execute<RoutineRow[]>(ELSEWHERE, [procedure]);
  return {
    routines: routines.map((row) =>
      routineOf(
        row,
        parameters.filter(({ routineType }) => routineType === row.routineType),
      ),
    ),
    elsewhere: elsewhere.map(({ routineSchema }) => routineSchema),
  };
}

function routineOf(
  { routineSchema, routineName, routineType }: RoutineRow,
  rows: readonly ParameterRow[],
): Routine {
  const parameters = rows.map(parameterOf);
  return {
    schema: routineSchema,
    name: routineName,
    routineType: routineType === 'PROCEDURE' ? 'procedure' : 'function',
    parameters,
    returns: routineType === 'PROCEDURE' ? 'rows' : 'value',
    executable: true,
    inputTypes: parameters.filter(isInput).map(({ type }) => type),
  };
}

function parameterOf({ parameterName, parameterMode, type, dataType }: ParameterRow): RoutineParameter {
  return {
    name: parameterName,
    mode: parameterMode === 'OUT' ? 'out' : parameterMode === 'INOUT' ? 'inout' : 'in',
    type,
    kind: dataType.toLowerCase() === 'json' ? 'json' : 'scalar',
    hasDefault: false,
  };
}
