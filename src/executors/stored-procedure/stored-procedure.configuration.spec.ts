import 'reflect-metadata';
import { validate } from 'class-validator';
import { StoredProcedureConfiguration } from './stored-procedure.configuration.js';

describe('the configuration of a stored procedure', () => {
  const faultyFields = async (change: object) => {
    const configuration = Object.assign(
      new StoredProcedureConfiguration(),
      { dataSource: 'main', procedure: 'p', parameters: {} },
      change,
    );
    return (await validate(configuration)).map(({ property }) => property);
  };

  it('is valid with what it needs, and with everything', async () => {
    expect(await faultyFields({})).toEqual([]);
    expect(
      await faultyFields({
        schema: 's',
        signature: ['int'],
        parameters: { a: null, b: [1] },
        maxRows: 10_000,
      }),
    ).toEqual([]);
  });

  it.each([
    ['dataSource', ''],
    ['dataSource', undefined],
    ['procedure', 5],
    ['schema', ''],
    ['signature', 'int'],
    ['signature', [1]],
    ['parameters', [1]],
    ['parameters', undefined],
    ['maxRows', 0],
    ['maxRows', 10_001],
  ])('refuses %s = %j', async (field, value) => {
    expect(await faultyFields({ [field]: value })).toEqual([field]);
  });
});
