import { Injectable } from '@nestjs/common';
import type { ErrorObject, ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';
import type { FieldFault } from '../../domain/errors.js';
import type { Json } from '../../domain/execution/outcome.js';

type Schema = Record<string, Json>;

const SCHEMA_MAX_LENGTH = 65_536;
/** Compiled schemas that are kept. */
const CAPACITY = 200;

/** Checks payloads against JSON Schemas 2020-12. */
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

  /** What is wrong with a payload, its fields under `field`. */
  faults(schema: Schema, payload: Json, field: string): FieldFault[] {
    const validate = this.compile(schema);
    return validate(payload) ? [] : (validate.errors ?? []).map((error) => faultOf(error, field));
  }

  private compile(schema: Schema): ValidateFunction {
    const text = JSON.stringify(schema);
    const known = this.compiled.get(text);
    if (known) return known;
    if (text.length > SCHEMA_MAX_LENGTH) throw new Error(`it is longer than ${SCHEMA_MAX_LENGTH} characters`);
    // One for each: schemas may carry the same $id.
    const ajv = new Ajv2020({ strict: false, logger: false });
    (ajvFormats as unknown as (instance: Ajv2020) => void)(ajv);
    const validate = ajv.compile(schema);
    const [oldest] = this.compiled.keys();
    if (this.compiled.size >= CAPACITY && oldest !== undefined) this.compiled.delete(oldest);
    this.compiled.set(text, validate);
    return validate;
  }
}

function faultOf({ instancePath, message }: ErrorObject, field: string): FieldFault {
  return { field: field + instancePath.replaceAll('/', '.'), message: message ?? 'breaks the schema' };
}
