import type { Statement } from '../statement.js';

/**
 * Purpose: the sealed values of named secrets, for an attempt that refers to them.
 * Parameters: $1 names. Answers: those that exist. Locks: none. Indexes: secrets_pkey.
 */
export const SECRETS: Statement = {
  name: 'secrets',
  text: `SELECT name, envelope, allowed_hosts AS "allowedHosts" FROM secrets WHERE name = ANY ($1::text[])`,
};
