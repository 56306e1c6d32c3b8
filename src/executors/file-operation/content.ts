import type { FileHandle } from 'node:fs/promises';
import { asFault } from './file-fault.js';
import type { Run } from './run.js';

const CHUNK_BYTES = 256 * 1024;

/** Reads an open file from its start in chunks, each counted against the run's limits. */
export async function* chunksOf(file: FileHandle, path: string, run: Run): AsyncGenerator<Buffer> {
  let position = 0;
  for (;;) {
    run.checkpoint();
    const chunk = await readChunk(file, position, path);
    if (chunk.length === 0) return;
    position += chunk.length;
    run.countBytes(chunk.length);
    yield chunk;
  }
}

async function readChunk(file: FileHandle, position: number, path: string): Promise<Buffer> {
  try {
    // Fresh each time: consumers keep the chunk while the next one is read.
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES, position);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    throw asFault(error, path);
  }
}

/** Appends all chunks at the file's current position. */
export async function writeChunks(
  file: FileHandle,
  chunks: AsyncIterable<Buffer>,
  path: string,
): Promise<void> {
  for await (const chunk of chunks) await writeChunk(file, chunk, path);
}

/** Appends the whole chunk, in as many writes as the system needs. */
export async function writeChunk(file: FileHandle, chunk: Buffer, path: string): Promise<void> {
  try {
    for (let written = 0; written < chunk.length;) {
      written += (await file.write(chunk, written, chunk.length - written, null)).bytesWritten;
    }
  } catch (error) {
    throw asFault(error, path);
  }
}
