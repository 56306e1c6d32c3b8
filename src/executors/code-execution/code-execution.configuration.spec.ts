import { plainToInstance } from 'class-transformer';
import { validate } from 'class-validator';
import { CodeExecutionConfiguration } from './code-execution.configuration.js';

const faultyFields = async (values: object): Promise<string[]> => {
  const configuration = plainToInstance(CodeExecutionConfiguration, {
    language: 'javascript',
    source: 'return 1',
    ...values,
  });
  const errors = await validate(configuration, { whitelist: true, forbidNonWhitelisted: true });
  return errors.map(({ property }) => property);
};

describe('the configuration of code execution', () => {
  it.each([
    {},
    { language: 'shell' },
    { source: 'x'.repeat(256 * 1024) },
    ...[null, 0, false, 'text', [1], { a: 1 }].map((input) => ({ input })),
    { memoryMb: 8 },
    { memoryMb: 256 },
    { allowHttp: [] },
    { allowHttp: ['https://api.example.com', 'http://10.0.0.1:8080', 'https://[::1]/'] },
  ])('accepts %.80j', async (values) => {
    expect(await faultyFields(values)).toEqual([]);
  });

  it.each([
    [{ language: 'ruby' }, 'language'],
    [{ source: '' }, 'source'],
    [{ source: 5 }, 'source'],
    [{ source: 'x'.repeat(256 * 1024 + 1) }, 'source'],
    [{ source: 'é'.repeat(200_000) }, 'source'],
    [{ memoryMb: 7 }, 'memoryMb'],
    [{ memoryMb: 257 }, 'memoryMb'],
    [{ memoryMb: 8.5 }, 'memoryMb'],
    [{ allowHttp: 'https://a.example' }, 'allowHttp'],
    [{ allowHttp: ['a.example'] }, 'allowHttp'],
    [{ allowHttp: ['https://a.example/path'] }, 'allowHttp'],
    [{ allowHttp: ['https://a.example?'] }, 'allowHttp'],
    [{ allowHttp: ['https://user@a.example'] }, 'allowHttp'],
    [{ allowHttp: ['ftp://a.example'] }, 'allowHttp'],
    [{ allowHttp: ['https://*.example'] }, 'allowHttp'],
    [{ allowHttp: [5] }, 'allowHttp'],
    [{ allowHttp: Array.from({ length: 51 }, () => 'https://a.example') }, 'allowHttp'],
    [{ timeout: 5 }, 'timeout'],
  ])('refuses %.80j', async (values, field) => {
    expect(await faultyFields(values)).toEqual([field]);
  });
});
