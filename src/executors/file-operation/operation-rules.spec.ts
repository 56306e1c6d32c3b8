import 'reflect-metadata';
import { validate } from 'class-validator';
import { FILE_OPERATIONS, FileOperationConfiguration } from './file-operation.configuration.js';
import { configurationFaults, limitsOf } from './operation-rules.js';

const ROOTS = ['data', 'other'];

function faultsOf(configuration: object) {
  const whole = { root: 'data', path: 'a', ...configuration } as FileOperationConfiguration;
  return configurationFaults(whole, ROOTS).map(({ field, message }) => `${field}: ${message}`);
}

describe('the fields of a file operation', () => {
  const complete: Record<string, object> = {
    copy: { target: 'b', targetRoot: 'other', glob: '*', overwrite: true, maxEntries: 5, maxBytes: 5 },
    move: { target: 'b', targetRoot: 'other', glob: '*', overwrite: true, maxEntries: 5 },
    delete: { glob: '*', recursive: true, maxEntries: 5 },
    write: { content: 'x', encoding: 'utf8', overwrite: true },
    read: { encoding: 'utf8', maxBytes: 5 },
    list: { recursive: true, maxEntries: 5 },
    checksum: { recursive: true, algorithm: 'sha1', maxEntries: 5, maxBytes: 5 },
    compress: {
      target: 'b.zip',
      targetRoot: 'other',
      glob: '*',
      format: 'zip',
      overwrite: true,
      maxEntries: 5,
      maxBytes: 5,
    },
    extract: {
      target: 'b',
      targetRoot: 'other',
      glob: '*',
      format: 'zip',
      overwrite: true,
      maxEntries: 5,
      maxBytes: 5,
    },
  };
  const all = Object.assign({}, ...Object.values(complete)) as object;

  it.each(FILE_OPERATIONS)('%s takes exactly its own', (operation) => {
    const own = complete[operation] ?? {};
    expect(faultsOf({ operation, ...own })).toEqual([]);
    for (const [field, value] of Object.entries(all)) {
      if (field in own || (field === 'glob' && 'recursive' in own)) continue;
      expect(faultsOf({ operation, ...own, [field]: value })).toContain(
        `${field}: has no meaning for "${operation}" and must not be set`,
      );
    }
  });

  it.each(['copy', 'move', 'compress', 'extract'])('%s needs a target', (operation) => {
    expect(faultsOf({ operation, format: undefined, path: 'a.zip' })).toContain(
      `target: is required for "${operation}"`,
    );
  });

  it.each([
    [{ operation: 'read', root: 'nope' }, 'root: is not a root of this server; known: data, other'],
    [
      { operation: 'copy', target: 'b', targetRoot: 'nope' },
      'targetRoot: is not a root of this server; known: data, other',
    ],
    [{ operation: 'read', path: '../a' }, 'path: must not contain ".."'],
    [{ operation: 'copy', target: '/a' }, 'target: must be relative to the root, without a leading "/"'],
    [{ operation: 'delete', path: '.', recursive: true }, 'path: cannot be the root itself for "delete"'],
    [{ operation: 'copy', target: './a' }, 'target: must differ from "path"'],
    [{ operation: 'move', target: 'a/b' }, 'target: must not lie inside "path"'],
    [
      { operation: 'list', glob: '{a' },
      'glob: braces must be closed, hold a comma, and expand to 64 patterns at most',
    ],
    [
      { operation: 'list', glob: '*', recursive: true },
      'recursive: is for whole directories; with a glob use "**" in it',
    ],
    [{ operation: 'list', maxEntries: 10_001 }, 'maxEntries: must be at most 10000 for "list"'],
    [{ operation: 'read', maxBytes: 2 ** 20 + 1 }, 'maxBytes: must be at most 1048576 for "read"'],
    [{ operation: 'write', content: '*', encoding: 'base64' }, 'content: is not base64'],
    [
      { operation: 'compress', target: 'b.rar' },
      'format: is required: the name of the archive does not tell its format',
    ],
    [
      { operation: 'fly' },
      'operation: must be one of copy, move, delete, write, read, list, checksum, compress, extract',
    ],
  ])('%j: %s', (configuration, fault) => {
    expect(faultsOf(configuration)).toEqual([fault]);
  });

  it('takes the limits of the configuration, else those of the operation', () => {
    const base = { operation: 'copy' as const, root: 'data', path: 'a' };
    expect(limitsOf(base)).toEqual({ maxEntries: 10_000, maxBytes: 1024 ** 3 });
    expect(limitsOf({ ...base, maxEntries: 1, maxBytes: 2 })).toEqual({ maxEntries: 1, maxBytes: 2 });
  });
});

describe('the configuration class', () => {
  it.each([
    ['operation', 'fly'],
    ['root', ''],
    ['path', 5],
    ['target', ''],
    ['glob', []],
    ['recursive', 'yes'],
    ['overwrite', 1],
    ['content', {}],
    ['encoding', 'latin1'],
    ['algorithm', 'crc32'],
    ['format', 'rar'],
    ['maxEntries', 0],
    ['maxBytes', 1.5],
  ])('refuses %s = %j', async (field, value) => {
    const configuration = Object.assign(new FileOperationConfiguration(), {
      operation: 'read',
      root: 'data',
      path: 'a',
      [field]: value,
    });
    expect((await validate(configuration)).map(({ property }) => property)).toEqual([field]);
  });
});
