/** Documents a field that may be any JSON value, null included; `type: object` would be a promise that generated clients keep. */
export const ANY_JSON = {
  oneOf: [
    { type: 'object', additionalProperties: true, nullable: true },
    { type: 'array', items: {} },
    { type: 'string' },
    { type: 'number' },
    { type: 'boolean' },
  ],
};
