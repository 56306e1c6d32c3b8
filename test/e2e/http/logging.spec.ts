import { join } from 'node:path';
import { runTypeScript, type TypeScriptProcess } from '../../support/run-typescript.js';
import { SECRET } from './application.js';

interface Line {
  readonly level: string;
  readonly time: string;
  readonly msg?: string;
  readonly requestId?: string;
  readonly [member: string]: unknown;
}

describe('JSON logs', () => {
  const processes: TypeScriptProcess[] = [];

  async function start(level: string): Promise<{ child: TypeScriptProcess; url: string }> {
    const child = runTypeScript(join(import.meta.dirname, 'logging-application.ts'), {
      env: { PORT: '0', HOST: '127.0.0.1', JWT_SECRET: SECRET, JWT_JWKS_URL: undefined, LOG_LEVEL: level },
    });
    processes.push(child);
    const url = await child.nextLine((line) => {
      const { msg, url } = JSON.parse(line) as Line;
      return msg === 'listening' ? String(url) : undefined;
    });
    return { child, url };
  }

  const linesOf = (child: TypeScriptProcess): Line[] => child.lines.map((line) => JSON.parse(line) as Line);

  /** Ends the process, so that all it had to say has been said. */
  async function finish(child: TypeScriptProcess): Promise<Line[]> {
    child.child.stdin.end();
    await child.ended;
    return linesOf(child);
  }

  afterAll(async () => {
    for (const child of processes) child.kill('SIGKILL');
    await Promise.all(processes.map((child) => child.ended));
  });

  const call = async (url: string, id: string): Promise<void> => {
    const response = await fetch(url, {
      headers: {
        'x-request-id': id,
        authorization: 'Bearer hunter2',
        cookie: 'session=hunter2',
        connection: 'close',
      },
    });
    await response.text();
  };

  it('hold one object a line, with the request id in every line of a request, and no secrets', async () => {
    const { child, url } = await start('info');
    await call(`${url}/ring?page=1&access_token=hunter2`, 'ring-1');
    await call(`${url}/crack`, 'crack-1');
    await call(`${url}/health/live`, 'health-1');
    const lines = await finish(child);

    expect(child.lines.join('\n')).not.toContain('hunter2');
    for (const line of lines) expect(Date.parse(line.time)).not.toBeNaN();
    const of = (id: string): Line[] => lines.filter((line) => line.requestId === id);
    expect(of('ring-1')).toEqual([
      expect.objectContaining({
        level: 'info',
        context: 'Bells',
        msg: 'ringing',
        headers: { authorization: '[redacted]', accept: 'all' },
        password: '[redacted]',
      }),
      expect.objectContaining({
        level: 'info',
        msg: 'request completed',
        req: { method: 'GET', url: '/ring?page=1&access_token=[redacted]', remoteAddress: '127.0.0.1' },
        res: { statusCode: 200 },
        durationMs: expect.any(Number) as number,
      }),
    ]);
    expect(of('crack-1').map(({ level }) => level)).toEqual(['error', 'error']);
    expect(of('crack-1')[0]).toMatchObject({
      path: '/crack',
      err: { message: 'the bell cracked', stack: expect.stringContaining('crack') as string },
    });
    expect(of('health-1')).toEqual([]);
  });

  it('follow LOG_LEVEL', async () => {
    const [quiet, loud] = await Promise.all([start('warn'), start('debug')]);
    await Promise.all([call(`${quiet.url}/ring`, 'ring-2'), call(`${loud.url}/health/live`, 'health-2')]);
    expect((await finish(quiet.child)).map(({ msg }) => msg)).toEqual(['listening']);
    expect((await finish(loud.child)).filter(({ requestId }) => requestId === 'health-2')).toMatchObject([
      { level: 'debug', msg: 'request completed' },
    ]);
  });
});
