import { Injectable } from '@nestjs/common';
import type { ErrorObject, ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';
import type { FieldFault } from '../../domain/errors.js';
import type { Json } from '../../domain/execution/outcome.js';
import { linearPatterns } from './linear-pattern.js';
import { withinTime } from './time-limit.js';

type Schema = Record<string, Json>;

/** A payload to check. */
export interface PayloadEntry {
  payload: Json;
  /** How the payload is called in the request. */
  field: string;
}

const SCHEMA_MAX_LENGTH = 65_536;
/** Compiled schemas that are kept. */
const CAPACITY = 200;
/** For all payloads of one request: a schema may ask for work that grows without bounds. */
const CHECK_MS = 250;
const COMPILE_MS = 1_000;

/** Checks payloads against JSON Schemas 2020-12, in bounded time whatever the schema says. */
@Injectable()
export class PayloadSchemas {
  private readonly compiled = new Map<string, ValidateFunction>();

  /** What keeps a schema from being used; null: nothing. */
  schemaFault(schema: Schema): string | null {
    try {
      this.compile(schema);
      return null;
    } catch (error) {
      return `must be a JSON Schema 2020-12: ${(error as Error).message}`;
    }
  }

  /** What is wrong with payloads, each fault under the field of its payload. */
  faults(schema: Schema, entries: readonly PayloadEntry[]): FieldFault[] {
    try {
      const validate = this.compile(schema);
      return withinTime(CHECK_MS, () => entries.flatMap((entry) => faultsOf(validate, entry)));
    } catch (error) {
      // Too long, endless, or a schema from before a rule that it breaks: nothing may pass unchecked.
      const message = `cannot be checked by the payload schema of the job: ${(error as Error).message}`;
      return entries.slice(0, 1).map(({ field }) => ({ field, message }));
    }
  }

  private compile(schema: Schema): ValidateFunction {
    const text = JSON.stringify(schema);
    const known = this.compiled.get(text);
    if (known) return known;
    if (text.length > SCHEMA_MAX_LENGTH) throw new Error(`it is longer than ${SCHEMA_MAX_LENGTH} characters`);
    // One for each: schemas may carry the same $id.
    const ajv = new Ajv2020({ strict: false, logger: false, code: { regExp: linearPatterns } });
    (ajvFormats as unknown as (instance: Ajv2020) => void)(ajv);
    const validate = withinTime(COMPILE_MS, () => ajv.compile(schema));
    const [oldest] = this.compiled.keys();
    if (this.compiled.size >= CAPACITY && oldest !== undefined) this.compiled.delete(oldest);
    this.compiled.set(text, validate);
    return validate;
  }
}

function faultsOf(validate: ValidateFunction, { payload, field }: PayloadEntry): FieldFault[] {
  return validate(payload) ? [] : (validate.errors ?? []).map((error) => faultOf(error, field));
}

function faultOf({ instancePath, message }: ErrorObject, field: string): FieldFault {
  return { field: field + instancePath.replaceAll('/', '.'), message: message ?? 'breaks the schema' };
}
