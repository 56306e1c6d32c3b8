import { DomainError } from '../../domain/errors.js';

export type AuthenticationErrorCode =
  'token_missing' | 'token_expired' | 'token_not_yet_valid' | 'token_invalid';

/** The caller is not known: 401 in every dialect. */
export class AuthenticationError extends Error {
  constructor(
    readonly code: AuthenticationErrorCode,
    message: string,
  ) {
    super(message);
    this.name = 'AuthenticationError';
  }

  /** The `WWW-Authenticate` header (RFC 6750): a missing token gets no error, a bad one `invalid_token`. */
  get challenge(): string {
    if (this.code === 'token_missing') return 'Bearer realm="carillon"';
    const description = this.message.replace(/[^\x20-\x7e]|["\\]/g, ' ');
    return `Bearer realm="carillon", error="invalid_token", error_description="${description}"`;
  }
}

/** What the token library says about a refused token, in our words. */
export function authenticationErrorFrom(reason: unknown): AuthenticationError {
  if (reason instanceof AuthenticationError) return reason;
  const { name, message } = nameAndMessage(reason);
  if (name === 'TokenExpiredError') return new AuthenticationError('token_expired', 'The token has expired.');
  if (name === 'NotBeforeError') {
    return new AuthenticationError('token_not_yet_valid', 'The token is not valid yet.');
  }
  if (message === 'No auth token') {
    return new AuthenticationError(
      'token_missing',
      'A bearer token is needed: send the header "Authorization: Bearer <token>".',
    );
  }
  if (name !== 'JsonWebTokenError')
    return new AuthenticationError('token_invalid', 'The token is not valid.');
  // What would have been right (an issuer, an audience) is not for a stranger.
  const told = message.replace(/\. expected:.*$/s, '');
  return new AuthenticationError('token_invalid', `The token is not valid: ${told}.`);
}

/**
 * What passport found about a token: an error of our own, a principal, or the library's reason for refusing it.
 * @throws AuthenticationError (401), or DomainError (403 for an unknown role, 503 for missing keys)
 */
export function principalFound<TUser>(
  error: unknown,
  principal: TUser | false | null,
  reason: unknown,
): TUser {
  if (error instanceof Error) throw error;
  if (reason instanceof DomainError) throw reason;
  if (principal) return principal;
  throw authenticationErrorFrom(reason);
}

function nameAndMessage(reason: unknown): { name: string; message: string } {
  if (typeof reason !== 'object' || reason === null) return { name: '', message: '' };
  const { name, message } = reason as { name?: unknown; message?: unknown };
  return { name: String(name), message: String(message) };
}
