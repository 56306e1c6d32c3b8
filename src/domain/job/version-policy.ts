/**
 * Which version of its job carries out an execution: the one at enqueue (`pin`), the newest at its start (`latest`), or
 * at its start the newest that only backwards compatible changes lead to (`minor`).
 */
export const VERSION_POLICIES = ['pin', 'latest', 'minor'] as const;
export type VersionPolicy = (typeof VERSION_POLICIES)[number];
