import type { ExecutorFixture } from './fixture.js';

const script = (source: string, more: object = {}) => ({ language: 'javascript', source, ...more });

/** Scripts in real threads. */
export const codeExecution: ExecutorFixture = {
  type: 'code-execution',
  jobType: 'CodeExecution',
  quick: script('return 1'),
  endless: script('while (true) {}'),
  oversized: { configuration: script('return "x".repeat(4 * 1024 * 1024)'), ends: 'Failed' },
  bad: [
    { configuration: script('return 1', { language: 'cobol' }), field: 'language' },
    { configuration: script('return ('), field: 'source' },
  ],
  echo: (text) => script('console.log(input); return input', { input: { text } }),
};
