import { isConnectionError, isValueError } from './connection-error.js';

const withCode = (code: string) => Object.assign(new Error('No.'), { code });

describe('an error of the database', () => {
  it.each([
    [
      'the network',
      ['ECONNREFUSED', 'ENETUNREACH', 'ENETDOWN', 'EHOSTDOWN', 'ECONNABORTED', 'EADDRNOTAVAIL'],
    ],
    ['this machine, which is out of something', ['EMFILE', 'ENFILE', 'ENOBUFS']],
    ['a server that lets nobody in', ['28P01', '28000', '3D000', '53300', '57P03']],
    ['a server that ends the connection', ['57P01', '57P05', '25P03', '25006']],
    ['a server in trouble', ['58030', '53100']],
    ['a lost lock', ['40P01', '40001', '55P03']],
  ])('passes when it comes from %s', (_, codes) => {
    expect(codes.filter((code) => !isConnectionError(withCode(code)))).toEqual([]);
    expect(codes.filter((code) => isValueError(withCode(code)))).toEqual([]);
  });

  it.each([
    'Query read timeout',
    'Connection terminated unexpectedly',
    'timeout exceeded when trying to connect',
  ])('passes when the driver says: %s', (message) =>
    expect(isConnectionError(new Error(message))).toBe(true),
  );

  it('is of the values where these break a rule or no JSON can be made of them', () => {
    const codes = ['21000', '22003', '22P05', '23505', '23514', '54000'];
    expect(codes.filter((code) => !isValueError(withCode(code)))).toEqual([]);
    expect(codes.filter((code) => isConnectionError(withCode(code)))).toEqual([]);
    expect(isValueError(new TypeError('Converting circular structure to JSON'))).toBe(true);
    expect(isValueError(new RangeError('Invalid string length'))).toBe(true);
  });

  it('is neither where nobody can tell', () => {
    const unclear = [withCode('57014'), withCode('XX000'), withCode('42501'), new Error('No.'), 'no', null];
    expect(unclear.filter((error) => isConnectionError(error) || isValueError(error))).toEqual([]);
  });
});
