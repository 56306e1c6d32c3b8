import { PassThrough } from 'node:stream';
import { once } from 'node:events';
import { levelOf, ServerLog } from './server-log.js';

describe('the level of a line that PostgreSQL writes', () => {
  it.each([
    ['postmaster: LOG:  database system is ready to accept connections', 'debug'],
    ['postmaster: LOG:  client backend (PID 7) was terminated by signal 9: Killed', 'warn'],
    ['postmaster: WARNING:  something odd', 'warn'],
    ['postmaster: FATAL:  lock file "postmaster.pid" already exists', 'error'],
    ['checkpointer: ERROR:  could not write block 1: No space left on device', 'error'],
    ['client backend: ERROR:  duplicate key value violates unique constraint', 'debug'],
    ['client backend: FATAL:  sorry, too many clients already', 'debug'],
    ['client backend: PANIC:  could not write to file', 'error'],
    ['checkpointer: HINT:  Free some space.', null],
    ['\tthe second line of a message', null],
    ['sh: 3: /nowhere/postgres: not found', null],
  ])('%j: %s', (line, level) => {
    expect(levelOf(line)).toBe(level);
  });
});

describe('ServerLog', () => {
  it('keeps the lines of one message together, and the last twenty for an error message', async () => {
    const taken: string[] = [];
    const take = (level: string) => (message: string) => taken.push(`${level} ${message}`);
    const output = new PassThrough();
    const log = new ServerLog(
      { debug: take('debug'), info: take('info'), warn: take('warn'), error: take('error') },
      output,
    );
    output.write('checkpointer: ERROR:  no space\ncheckpointer: HINT:  Free some.\n\tMuch.\n');
    for (let n = 0; n < 18; n++) output.write(`postmaster: LOG:  ${n}\n`);
    output.end();
    await once(output, 'close');
    expect(taken.slice(0, 4)).toEqual([
      'error PostgreSQL: checkpointer: ERROR:  no space',
      'error PostgreSQL: checkpointer: HINT:  Free some.',
      'error PostgreSQL: \tMuch.',
      'debug PostgreSQL: postmaster: LOG:  0',
    ]);
    expect(log.tail.split('\n')).toHaveLength(20);
    expect(log.tail.startsWith('checkpointer: HINT')).toBe(true);
  });
});
