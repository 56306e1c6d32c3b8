import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import { writeChunk } from '../content.js';
import type { FileMember, Member } from './member.js';

/** Names that zip readers on other systems would take for something else, and yazl refuses. */
export function fitsZip(path: string): boolean {
  return !path.includes('\\') && !/^[A-Za-z]:/.test(path);
}

/** Writes a zip of `members`, one after the other, into an open file; `path` names that file in faults. */
export async function writeZip(
  members: AsyncIterable<Member>,
  sink: FileHandle,
  path: string,
): Promise<void> {
  const zip = new ZipFile();
  const output = zip.outputStream as Readable;
  const failed = new Promise<never>((_resolve, reject) => {
    zip.on('error', reject);
    output.on('error', reject);
  });
  const written = drain(output, sink, path);
  // When one side fails the race is over: the other side's late failure says nothing new.
  written.catch(() => undefined);
  try {
    await Promise.race([failed, Promise.all([addAll(zip, members, failed), written])]);
  } finally {
    output.destroy();
    await Promise.allSettled([written]);
  }
}

async function addAll(zip: ZipFile, members: AsyncIterable<Member>, failed: Promise<never>): Promise<void> {
  for await (const member of members) {
    const options = { mtime: member.modifiedAt, mode: member.mode };
    if (member.type === 'directory') zip.addEmptyDirectory(member.path, options);
    else await Promise.race([addFile(zip, member, options), failed]);
  }
  zip.end();
}

function addFile(zip: ZipFile, member: FileMember, options: { mtime: Date; mode: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    zip.addReadStreamLazy(member.path, options, (callback) => {
      const content = Readable.from(member.content(), { objectMode: false });
      // yazl does not listen for faults of streams that it asked for.
      content.once('error', reject);
      content.once('close', resolve);
      callback(null, content);
    });
  });
}

async function drain(output: Readable, sink: FileHandle, path: string): Promise<void> {
  for await (const chunk of output) await writeChunk(sink, chunk as Buffer, path);
}
