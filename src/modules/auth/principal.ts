/** What a token may do, weakest first: viewers read, operators read and write, admins do everything. */
export const ACCESS_ROLES = ['viewer', 'operator', 'admin'] as const;
export type AccessRole = (typeof ACCESS_ROLES)[number];

/** Who is calling, as the verified token says. */
export interface Principal {
  /** The token's `sub`: a person or a service. */
  readonly subject: string;
  readonly role: AccessRole;
  /** The only projects that this caller may see and change; null: all of them. */
  readonly projects: readonly string[] | null;
}

/** Whether `role` may do what `needed` may do. */
export function includesRole(role: AccessRole, needed: AccessRole): boolean {
  return ACCESS_ROLES.indexOf(role) >= ACCESS_ROLES.indexOf(needed);
}
