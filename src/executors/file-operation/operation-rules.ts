import type { FieldFault } from '../../domain/errors.js';
import {
  MOST_BYTES,
  MOST_CONTENT,
  MOST_ENTRIES,
  type ArchiveFormat,
  type FileOperationConfiguration,
  type FileOperationName,
} from './file-operation.configuration.js';
import { compileGlob } from './glob.js';
import { parseRelativePath } from './relative-path.js';
import type { Limits } from './run.js';

type Field = Exclude<keyof FileOperationConfiguration, 'operation' | 'root' | 'path'>;

interface Rules {
  needs: readonly Field[];
  takes: readonly Field[];
  /** Whether `path` may be the root itself. */
  onRoot: boolean;
  entries: { default: number; most: number };
  bytes: { default: number; most: number };
}

const ENTRIES = { default: 10_000, most: MOST_ENTRIES };
const BYTES = { default: 1024 ** 3, most: MOST_BYTES };
/** For operations that move names, or whose content has its own bound; they do not take `maxBytes`. */
const UNLIMITED = { default: Number.MAX_SAFE_INTEGER, most: Number.MAX_SAFE_INTEGER };

const RULES: Record<FileOperationName, Rules> = {
  copy: {
    needs: ['target'],
    takes: ['targetRoot', 'glob', 'overwrite', 'maxEntries', 'maxBytes'],
    onRoot: true,
    entries: ENTRIES,
    bytes: BYTES,
  },
  move: {
    needs: ['target'],
    takes: ['targetRoot', 'glob', 'overwrite', 'maxEntries'],
    onRoot: false,
    entries: ENTRIES,
    bytes: UNLIMITED,
  },
  delete: {
    needs: [],
    takes: ['glob', 'recursive', 'maxEntries'],
    onRoot: false,
    entries: ENTRIES,
    bytes: UNLIMITED,
  },
  write: {
    needs: [],
    takes: ['content', 'encoding', 'overwrite'],
    onRoot: false,
    entries: ENTRIES,
    bytes: UNLIMITED,
  },
  read: {
    needs: [],
    takes: ['encoding', 'maxBytes'],
    onRoot: false,
    entries: ENTRIES,
    bytes: { default: MOST_CONTENT, most: MOST_CONTENT },
  },
  list: {
    needs: [],
    takes: ['glob', 'recursive', 'maxEntries'],
    onRoot: true,
    entries: { default: 1_000, most: 10_000 },
    bytes: BYTES,
  },
  checksum: {
    needs: [],
    takes: ['glob', 'recursive', 'algorithm', 'maxEntries', 'maxBytes'],
    onRoot: true,
    entries: { default: 10_000, most: 10_000 },
    bytes: BYTES,
  },
  compress: {
    needs: ['target'],
    takes: ['targetRoot', 'glob', 'format', 'overwrite', 'maxEntries', 'maxBytes'],
    onRoot: true,
    entries: ENTRIES,
    bytes: BYTES,
  },
  extract: {
    needs: ['target'],
    takes: ['targetRoot', 'glob', 'format', 'overwrite', 'maxEntries', 'maxBytes'],
    onRoot: false,
    entries: ENTRIES,
    bytes: BYTES,
  },
};

const CONDITIONAL: readonly Field[] = [
  'target',
  'targetRoot',
  'glob',
  'recursive',
  'overwrite',
  'content',
  'encoding',
  'algorithm',
  'format',
  'maxEntries',
  'maxBytes',
];

/** The limits of a run: the configuration's, or the operation's defaults. */
export function limitsOf({ operation, maxEntries, maxBytes }: FileOperationConfiguration): Limits {
  const { entries, bytes } = RULES[operation];
  return { maxEntries: maxEntries ?? entries.default, maxBytes: maxBytes ?? bytes.default };
}

/** The format of the archive that is read or written; null where its name does not tell and nothing is set. */
export function formatOf(configuration: FileOperationConfiguration): ArchiveFormat | null {
  if (configuration.format) return configuration.format;
  const name = (configuration.operation === 'compress' ? configuration.target : configuration.path) ?? '';
  if (/\.zip$/i.test(name)) return 'zip';
  return /\.(tar\.gz|tgz)$/i.test(name) ? 'tar.gz' : null;
}

/** Everything about a configuration that can be judged without touching a disk. */
export function configurationFaults(
  configuration: FileOperationConfiguration,
  rootNames: readonly string[],
): FieldFault[] {
  if (!Object.hasOwn(RULES, configuration.operation)) {
    return [{ field: 'operation', message: `must be one of ${Object.keys(RULES).join(', ')}` }];
  }
  const rules = RULES[configuration.operation];
  return [
    ...fieldFaults(configuration, rules),
    ...rootFaults(configuration, rootNames),
    ...pathFaults(configuration, rules),
    ...valueFaults(configuration, rules),
  ];
}

const isSet = (value: unknown): boolean => value !== undefined && value !== null;

function fieldFaults(configuration: FileOperationConfiguration, rules: Rules): FieldFault[] {
  const { operation } = configuration;
  return CONDITIONAL.flatMap((field) => {
    if (rules.needs.includes(field)) {
      return isSet(configuration[field]) ? [] : [{ field, message: `is required for "${operation}"` }];
    }
    if (rules.takes.includes(field) || !isSet(configuration[field])) return [];
    return [{ field, message: `has no meaning for "${operation}" and must not be set` }];
  });
}

function rootFaults(configuration: FileOperationConfiguration, rootNames: readonly string[]): FieldFault[] {
  const known = rootNames.length > 0 ? `known: ${rootNames.join(', ')}` : 'none is configured (FILE_ROOTS)';
  return (['root', 'targetRoot'] as const).flatMap((field) => {
    const name = configuration[field];
    if (!isSet(name) || rootNames.includes(name as string)) return [];
    return [{ field, message: `is not a root of this server; ${known}` }];
  });
}

function pathFaults(configuration: FileOperationConfiguration, rules: Rules): FieldFault[] {
  const { path, target, root, targetRoot, glob } = configuration;
  const faults: FieldFault[] = [];
  const from = parseRelativePath(path);
  if (from.fault) faults.push({ field: 'path', message: from.fault.message });
  else if (from.names.length === 0 && !rules.onRoot && !isSet(glob)) {
    faults.push({ field: 'path', message: `cannot be the root itself for "${configuration.operation}"` });
  }
  if (typeof target !== 'string') return faults;
  const to = parseRelativePath(target);
  if (to.fault) faults.push({ field: 'target', message: to.fault.message });
  if (!from.names || !to.names || (targetRoot ?? root) !== root || configuration.operation === 'extract')
    return faults;
  const same = from.names.join('/') === to.names.join('/');
  const inside = from.names.every((name, index) => to.names[index] === name);
  if (same) faults.push({ field: 'target', message: 'must differ from "path"' });
  else if (inside && !isSet(glob) && configuration.operation !== 'compress') {
    faults.push({ field: 'target', message: 'must not lie inside "path"' });
  }
  return faults;
}

function valueFaults(configuration: FileOperationConfiguration, rules: Rules): FieldFault[] {
  const { operation, glob, maxEntries, maxBytes, content, encoding } = configuration;
  const faults: FieldFault[] = [];
  if (typeof glob === 'string') {
    const { fault } = compileGlob(glob);
    if (fault !== undefined) faults.push({ field: 'glob', message: fault });
    if (isSet(configuration.recursive) && operation !== 'delete') {
      faults.push({ field: 'recursive', message: 'is for whole directories; with a glob use "**" in it' });
    }
  }
  if (rules.takes.includes('maxEntries') && (maxEntries ?? 0) > rules.entries.most) {
    faults.push({ field: 'maxEntries', message: `must be at most ${rules.entries.most} for "${operation}"` });
  }
  if (rules.takes.includes('maxBytes') && (maxBytes ?? 0) > rules.bytes.most) {
    faults.push({ field: 'maxBytes', message: `must be at most ${rules.bytes.most} for "${operation}"` });
  }
  if (typeof content === 'string' && encoding === 'base64' && !isBase64(content)) {
    faults.push({ field: 'content', message: 'is not base64' });
  }
  if ((operation === 'compress' || operation === 'extract') && formatOf(configuration) === null) {
    faults.push({
      field: 'format',
      message: 'is required: the name of the archive does not tell its format',
    });
  }
  return faults;
}

export function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}
