/** Codes that a failed file operation answers; stable and documented. */
export type FileFaultCode =
  | 'configuration_invalid'
  | 'content_missing'
  | 'content_invalid'
  | 'path_escapes_root'
  | 'path_invalid'
  | 'symlink_refused'
  | 'special_file_refused'
  | 'hard_link_refused'
  | 'not_found'
  | 'not_a_directory'
  | 'is_directory'
  | 'not_empty'
  | 'exists'
  | 'target_inside_source'
  | 'too_large'
  | 'too_many_entries'
  | 'too_deep'
  | 'not_text'
  | 'changed_while_read'
  | 'archive_invalid'
  | 'archive_unsafe_entry'
  | 'archive_too_large'
  | 'permission_denied'
  | 'no_space'
  | 'io_error';

/** A refusal of a file operation. `message` names paths relative to the root only. */
export class FileFault extends Error {
  constructor(
    readonly code: FileFaultCode,
    message: string,
    readonly retryable = false,
  ) {
    super(message);
    this.name = 'FileFault';
  }
}

/** Thrown where the run was told to stop; the executor turns it into the outcome that the reason asks for. */
export class Stopped extends Error {}

interface Meaning {
  code: FileFaultCode;
  says: string;
  retryable?: boolean;
}

const MEANINGS: Record<string, Meaning> = {
  ENOENT: { code: 'not_found', says: 'does not exist' },
  EEXIST: { code: 'exists', says: 'exists already' },
  ELOOP: { code: 'symlink_refused', says: 'is a symbolic link, which is never followed' },
  ENOTDIR: { code: 'not_a_directory', says: 'is not a directory' },
  EISDIR: { code: 'is_directory', says: 'is a directory' },
  ENOTEMPTY: { code: 'not_empty', says: 'is not empty' },
  ENXIO: { code: 'special_file_refused', says: 'is not a regular file' },
  EACCES: { code: 'permission_denied', says: 'may not be accessed by this process' },
  EPERM: { code: 'permission_denied', says: 'may not be changed by this process' },
  EROFS: { code: 'permission_denied', says: 'is on a read-only file system' },
  ENAMETOOLONG: { code: 'path_invalid', says: 'has too long a name' },
  EINVAL: { code: 'path_invalid', says: 'is not a usable name here' },
  ENOSPC: { code: 'no_space', says: 'could not be written: the disk is full', retryable: true },
  EDQUOT: { code: 'no_space', says: 'could not be written: the quota is used up', retryable: true },
  EMFILE: { code: 'io_error', says: 'could not be opened: too many open files', retryable: true },
  ENFILE: { code: 'io_error', says: 'could not be opened: too many open files', retryable: true },
};

/** The `code` of a system error such as `ENOENT`, or null for anything else. */
export function systemCode(error: unknown): string | null {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : null;
}

/**
 * Puts a system error into words that name `path`, relative to the root: the message of the original
 * holds machine paths. Anything else comes back as it is.
 */
export function asFault(error: unknown, path: string): unknown {
  const code = systemCode(error);
  if (code === null) return error;
  const shown = path === '' ? 'The root' : `"${path}"`;
  const meaning = MEANINGS[code];
  if (meaning) return new FileFault(meaning.code, `${shown} ${meaning.says}.`, meaning.retryable);
  return new FileFault('io_error', `${shown} could not be worked on (${code}).`, true);
}
