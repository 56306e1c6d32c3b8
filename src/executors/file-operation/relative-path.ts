const MAX_PATH_BYTES = 4096;
const MAX_NAME_BYTES = 255;

export type ParsedPath =
  | { names: string[]; fault?: undefined }
  | { names?: undefined; fault: { code: 'path_escapes_root' | 'path_invalid'; message: string } };

/**
 * Splits a path that is relative to a root into its names; `.` is the root itself (no names).
 * `..` is refused wherever it stands: with links in play `a/../b` need not be `b`.
 */
export function parseRelativePath(path: string): ParsedPath {
  if (path.startsWith('/') || /^[A-Za-z]:[\\/]/.test(path)) {
    return escapes('must be relative to the root, without a leading "/"');
  }
  if (path.includes('\0')) return unusable('must not contain a NUL character');
  if (path === '' || Buffer.byteLength(path) > MAX_PATH_BYTES) {
    return unusable(`must be 1 to ${MAX_PATH_BYTES} bytes long; "." is the root itself`);
  }
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  if (names.includes('..')) return escapes('must not contain ".."');
  if (names.some((name) => Buffer.byteLength(name) > MAX_NAME_BYTES)) {
    return unusable(`must not contain a name longer than ${MAX_NAME_BYTES} bytes`);
  }
  return { names };
}

/** The path of an entry below `directory`; both relative to the root, which is ''. */
export function joinPath(directory: string, name: string): string {
  return directory === '' ? name : `${directory}/${name}`;
}

function escapes(message: string): ParsedPath {
  return { fault: { code: 'path_escapes_root', message } };
}

function unusable(message: string): ParsedPath {
  return { fault: { code: 'path_invalid', message } };
}
