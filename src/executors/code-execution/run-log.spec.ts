import { MAX_LOG_CHARS, MAX_LOG_LINE_CHARS, MAX_LOG_LINES } from './limits.js';
import { LOG_CUT_MARK, RunLog } from './run-log.js';

const kept = (write: (log: RunLog) => void): { lines: string[]; open: boolean } => {
  const lines: string[] = [];
  const log = new RunLog({ write: (_, line) => lines.push(line) });
  write(log);
  return { lines, open: log.open };
};

describe('the log of a run', () => {
  it('keeps as many lines as it may and says that it was cut only then', () => {
    const full = kept((log) => Array.from({ length: MAX_LOG_LINES }).forEach(() => log.write('info', 'x')));
    expect(full.lines).toHaveLength(MAX_LOG_LINES);
    expect(full.open).toBe(true);

    const over = kept((log) =>
      Array.from({ length: MAX_LOG_LINES + 5 }).forEach(() => log.write('info', 'x')),
    );
    expect(over.lines).toHaveLength(MAX_LOG_LINES + 1);
    expect(over.lines.at(-1)).toBe(LOG_CUT_MARK);
    expect(over.open).toBe(false);
  });

  it('cuts long lines, and itself when they are too many', () => {
    const { lines } = kept((log) =>
      Array.from({ length: 30 }).forEach(() => log.write('warn', 'y'.repeat(MAX_LOG_LINE_CHARS + 1))),
    );
    expect(lines[0]).toBe(`${'y'.repeat(MAX_LOG_LINE_CHARS)}… [cut]`);
    expect(lines.at(-1)).toBe(LOG_CUT_MARK);
    expect(lines.join('').length).toBeLessThanOrEqual(MAX_LOG_CHARS + LOG_CUT_MARK.length);
  });
});
