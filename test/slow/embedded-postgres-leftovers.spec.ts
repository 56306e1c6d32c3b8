import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../src/platform/database/embedded/embedded-postgres.js';
import { query } from '../support/postgres-host.js';
import { makeFolder, removeFolder } from '../support/postgres-install.js';

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

describe('what an earlier embedded PostgreSQL left behind', () => {
  let dataDir: string;
  let cluster: string;
  let socketFolder: string;
  const others: ChildProcess[] = [];

  const start = () => startEmbeddedPostgres({ dataDir, log, durable: false });

  /** Makes a data directory with one row in it, and stops. */
  const useOnce = async () => {
    const postgres = await start();
    await query(postgres.url, 'CREATE TABLE kept AS SELECT 1 AS one');
    await postgres.stop();
  };

  const expectKept = async () => {
    const postgres = await start();
    try {
      expect(await query(postgres.url, 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
    } finally {
      await postgres.stop();
    }
  };

  /** A shell command that lives until the test ends; answers the first line that it prints. */
  const startOther = async (script: string, uid?: number): Promise<string> => {
    const child = spawn('/bin/sh', ['-c', script], { stdio: ['pipe', 'pipe', 'ignore'], uid });
    others.push(child);
    return new Promise((resolve) => createInterface({ input: child.stdout }).once('line', resolve));
  };

  /** As a crash leaves them: both lock files, with this process number. */
  const writeLocks = async (pid: string) => {
    const text = `${pid}\n${cluster}\n1700000000\n5432\n${socketFolder}\n\n  12345678         0\nready   \n`;
    await writeFile(join(cluster, 'postmaster.pid'), text);
    await writeFile(join(socketFolder, '.s.PGSQL.5432.lock'), text);
  };

  beforeEach(async () => {
    dataDir = await makeFolder();
    cluster = join(dataDir, 'postgres');
    socketFolder = join(dataDir, 'postgres-socket');
  });

  afterEach(async () => {
    for (const child of others.splice(0)) {
      child.kill('SIGKILL');
      await once(child, 'close');
    }
    await removeFolder(dataDir);
  });

  it('starts over the lock files of a dead process', async () => {
    await useOnce();
    const child = spawn('/bin/sh', ['-c', 'exit 0']);
    await once(child, 'close');
    await writeLocks(String(child.pid));
    await expectKept();
  });

  it('starts over lock files whose number belongs to another program by now', async () => {
    await useOnce();
    const { uid } = await stat(cluster);
    await writeLocks(await startOther('echo $$; read -r line', uid));
    await expectKept();
  });

  it('starts over lock files whose number belongs to a zombie', async () => {
    await useOnce();
    const { uid } = await stat(cluster);
    // The tail never waits for the child that the shell leaves to it.
    const zombie = await startOther('sh -c "echo \\$\\$" & exec tail -f /dev/null', uid);
    await writeLocks(zombie);
    await expectKept();
  });

  it.each(['', 'not a number\n'])('starts over a lock file that reads %j', async (text) => {
    await useOnce();
    await writeFile(join(cluster, 'postmaster.pid'), text);
    await expectKept();
  });

  it('starts over the sockets that a killed process left', async () => {
    await useOnce();
    await writeFile(join(socketFolder, '.s.PGSQL.5432'), '');
    const owner =
      "require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))";
    await once(spawn(process.execPath, ['-e', owner, join(socketFolder, 'owner')]), 'close');
    expect(await readdir(socketFolder)).toContain('owner');
    await expectKept();
  });

  it('removes the drafts of an interrupted initdb', async () => {
    await mkdir(join(dataDir, 'postgres.initdb-0123456789ab', 'base'), { recursive: true });
    await writeFile(join(dataDir, 'postgres.initdb-0123456789ab', 'PG_VERSION'), '18\n');
    await useOnce();
    expect((await readdir(dataDir)).sort()).toEqual(['postgres', 'postgres-socket']);
  });

  it('narrows the mode of a data directory that a volume has widened', async () => {
    await useOnce();
    await chmod(cluster, 0o777);
    await expectKept();
    expect((await stat(cluster)).mode & 0o777).toBe(0o700);
  });

  it('does not touch a folder that is something else', async () => {
    await mkdir(cluster);
    await writeFile(join(cluster, 'thesis.txt'), 'years of work');
    await expect(start()).rejects.toThrow(`${cluster} is not a PostgreSQL data directory`);
    expect(await readFile(join(cluster, 'thesis.txt'), 'utf8')).toBe('years of work');
  });

  it('does not start on the data of another major version', async () => {
    await useOnce();
    await writeFile(join(cluster, 'PG_VERSION'), '16\n');
    await expect(start()).rejects.toThrow(
      /was made by PostgreSQL 16; this Carillon brings PostgreSQL 18\..*Dump/,
    );
  });

  it('tells what the server said when it does not start, and frees the directory', async () => {
    await useOnce();
    const settings = { shared_buffers: 'plenty' };
    const failing = startEmbeddedPostgres({ dataDir, log, settings });
    await expect(failing).rejects.toThrow(
      /did not start on .*\n.*invalid value for parameter "shared_buffers"/,
    );
    await expectKept();
  });
});
