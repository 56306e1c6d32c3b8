import { Body, Controller, Post, UseInterceptors } from '@nestjs/common';
import { IsInt, IsObject, IsOptional, IsString, Max } from 'class-validator';
import { NestedList, NestedObject } from '../../../src/http/shared/validation/nested.decorator.js';
import { NoQueryInterceptor } from '../../../src/http/shared/validation/no-query.interceptor.js';
import { type Application, postJson, startApplication } from './application.js';

class RetryDto {
  @IsInt()
  @Max(10)
  maxAttempts: number;
}

class StepDto {
  @IsString()
  name: string;
}

class ThingDto {
  @IsString()
  name: string;

  @IsOptional()
  @NestedObject(() => RetryDto)
  retry?: RetryDto;

  @IsOptional()
  @NestedList(() => StepDto, { max: 100 })
  steps?: StepDto[];

  @IsOptional()
  @IsObject()
  payload?: Record<string, unknown>;
}

@Controller('things')
@UseInterceptors(NoQueryInterceptor)
class ThingsController {
  @Post()
  create(@Body() thing: ThingDto): unknown {
    return { thing, isRetry: thing.retry instanceof RetryDto, isStep: thing.steps?.[0] instanceof StepDto };
  }
}

const LOST_DIGITS = 'must not be a whole number beyond 2^53, which loses digits; send it as a text';

describe('the shape of a body', () => {
  let application: Application;
  const post = (body: unknown, query = '') =>
    postJson(
      `${application.url}/things${query}`,
      typeof body === 'string' ? body : JSON.stringify({ name: 'x', ...(body as object) }),
    );
  const faultsOf = async (body: unknown, query = '') => {
    const response = await post(body, query);
    const told = (await response.json()) as { errors?: Record<string, string[]> };
    return { status: response.status, errors: told.errors };
  };

  beforeAll(async () => {
    application = await startApplication({ controllers: [ThingsController] });
  });
  afterAll(() => application.close());

  it.each<[string, object, Record<string, string>]>([
    ['a list for an object', { retry: [] }, { retry: 'must be an object' }],
    ['a list with the object in it', { retry: [{ maxAttempts: 1 }] }, { retry: 'must be an object' }],
    [
      'lists among objects',
      { steps: [[], [[]], { name: 'a' }] },
      { 'steps.0': 'must be an object', 'steps.1': 'must be an object' },
    ],
    [
      'unknown fields that every object has',
      { toString: 1, valueOf: null, retry: { maxAttempts: 1, hasOwnProperty: 1 } },
      {
        toString: 'is not a known field',
        valueOf: 'is not a known field',
        'retry.hasOwnProperty': 'is not a known field',
      },
    ],
    [
      'whole numbers that became others',
      { payload: { id: 12345678901234567890n.toString(), n: 2 ** 60, in: [2 ** 53] } },
      { 'payload.n': LOST_DIGITS, 'payload.in.0': LOST_DIGITS },
    ],
    [
      'a list that is too long, without looking into it',
      { steps: Array.from({ length: 101 }, () => ({})) },
      { steps: 'must contain no more than 100 elements' },
    ],
  ])('is told where it is wrong: %s', async (_what, body, errors) => {
    expect(await faultsOf(body)).toEqual({
      status: 400,
      errors: Object.fromEntries(Object.entries(errors).map(([field, message]) => [field, [message]])),
    });
  });

  it('is wrong with a number beyond all', async () => {
    const { status, errors } = await faultsOf('{"name": "x", "payload": {"n": 1e999}}');
    expect([status, Object.keys(errors ?? {})]).toEqual([400, ['payload.n']]);
  });

  it.each<[string, object]>([
    ['the largest whole numbers, and fractions', { n: 2 ** 53 - 1, m: -(2 ** 53 - 1), f: 0.1 }],
    ['members that are named as what every object has', { toString: 'a', valueOf: { hasOwnProperty: [1] } }],
    ['lists in lists', { a: [[], [[{}]]] }],
  ])('leaves what belongs to the user as it is: %s', async (_what, payload) => {
    const response = await post({ payload });
    expect(await response.json()).toMatchObject({ thing: { name: 'x', payload } });
  });

  it('makes nested objects instances of their classes', async () => {
    const response = await post({ retry: { maxAttempts: 1 }, steps: [{ name: 'a' }] });
    expect(await response.json()).toMatchObject({ isRetry: true, isStep: true });
  });

  it('goes with no query where an endpoint takes none', async () => {
    const message = 'is not a known parameter: this endpoint takes no query';
    expect(await faultsOf({}, '?dryRun=true&x=1')).toEqual({
      status: 400,
      errors: { dryRun: [message], x: [message] },
    });
  });
});
