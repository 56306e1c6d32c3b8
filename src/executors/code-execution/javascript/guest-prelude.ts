/**
 * Runs inside the script's machine before the script: gives it its globals and answers the functions by which
 * the host speaks to it. Everything it uses later is taken now and bound, so that a script that changes
 * built-in objects changes nothing here. It also cuts texts to size before they are copied to the host.
 *
 * An expression: `(hostLog, hostFetch, globalsJson, limits) => controls`.
 */
export const GUEST_PRELUDE = `(function (hostLog, hostFetch, globalsJson, limits) {
  'use strict';
  const { parse, stringify } = JSON;
  const { freeze, defineProperty, keys, entries } = Object;
  const { maxLine, maxError, maxOutput, maxRequest } = parse(limits);
  const bound = (method) => Function.prototype.call.bind(method);
  const slice = bound(String.prototype.slice);
  const lower = bound(String.prototype.toLowerCase);
  const sourceOf = bound(Function.prototype.toString);
  const describeSymbol = bound(Symbol.prototype.toString);
  const join = bound(Array.prototype.join);
  const map = bound(Array.prototype.map);
  const text = String, ErrorClass = Error, TypeErrorClass = TypeError, PromiseClass = Promise, isArray = Array.isArray;

  const cut = (value, max) => (value.length > max ? slice(value, 0, max + 1) : value);
  const withBigInts = (key, value) => (typeof value === 'bigint' ? text(value) + 'n' : value);

  const show = (value) => {
    switch (typeof value) {
      case 'string': return value;
      case 'function': return '[function]';
      case 'symbol': return describeSymbol(value);
      case 'bigint': return text(value) + 'n';
      case 'object': return value === null ? 'null' : showObject(value);
      default: return text(value);
    }
  };
  const showObject = (value) => {
    try {
      if (value instanceof ErrorClass) return text(value.name) + ': ' + text(value.message) + '\\n' + text(value.stack);
      const json = stringify(value, withBigInts);
      return json === undefined ? '[object]' : json;
    } catch (error) {
      return '[a value that cannot be shown]';
    }
  };

  const console = { __proto__: null };
  const levels = { debug: 'debug', trace: 'debug', log: 'info', info: 'info', warn: 'warn', error: 'error' };
  let logging = true;
  for (const name of keys(levels)) {
    const level = levels[name];
    console[name] = (...values) => {
      if (logging) logging = hostLog(level, cut(join(map(values, show), ' '), maxLine));
    };
  }

  const waiting = { __proto__: null };
  const headersOf = (given) => {
    const headers = { __proto__: null };
    const pairs = given === undefined || given === null ? [] : isArray(given) ? given : entries(given);
    for (let i = 0; i < pairs.length; i++) headers[lower(text(pairs[i][0]))] = text(pairs[i][1]);
    return headers;
  };
  const fetch = (url, init = {}) =>
    new PromiseClass((resolve, reject) => {
      const { method = 'GET', headers, body = null } = init;
      if (body !== null && typeof body !== 'string') {
        throw new TypeErrorClass('fetch: the body must be a string; use JSON.stringify for JSON.');
      }
      const request = stringify({ __proto__: null, url: text(url), method: text(method), headers: headersOf(headers), body });
      if (request.length > maxRequest) {
        throw new TypeErrorClass('fetch: the request is larger than ' + maxRequest + ' characters.');
      }
      waiting[hostFetch(request)] = { resolve, reject };
    });
  const responseOf = ({ status, url, headers, body }) => {
    const all = { __proto__: null };
    for (const name of keys(headers)) all[name] = headers[name];
    return freeze({
      status,
      ok: status >= 200 && status < 300,
      url,
      headers: freeze({
        get: (name) => { const value = all[lower(text(name))]; return value === undefined ? null : value; },
        has: (name) => all[lower(text(name))] !== undefined,
        entries: () => entries(all),
      }),
      text: async () => body,
      json: async () => parse(body),
    });
  };

  const globals = parse(globalsJson);
  freeze(globals.job);
  freeze(globals.execution);
  globals.console = freeze(console);
  globals.fetch = fetch;
  for (const name of keys(globals)) {
    defineProperty(globalThis, name, { value: globals[name], writable: true, configurable: true, enumerable: false });
  }

  return {
    __proto__: null,
    /** 1 where the value is a function whose text has this length, else 0. */
    isFunction: (value, length) => (typeof value === 'function' && sourceOf(value).length === length ? 1 : 0),
    /** JSON of a returned value, or its length where that is too large. */
    encode: (value) => {
      const json = stringify(value);
      if (json === undefined) return 'null';
      return json.length > maxOutput ? json.length : json;
    },
    /** JSON of {name, message, stack} of anything that was thrown. */
    describe: (error) => {
      try {
        if (error instanceof ErrorClass) {
          return stringify({
            __proto__: null,
            name: cut(text(error.name), maxError),
            message: cut(text(error.message), maxError),
            stack: cut(text(error.stack), maxError),
          });
        }
        return stringify({ __proto__: null, name: '', message: cut(show(error), maxError), stack: '' });
      } catch (unreadable) {
        return stringify({ __proto__: null, name: '', message: 'The thrown value cannot be read.', stack: '' });
      }
    },
    settle: (id, json) => {
      const { resolve, reject } = waiting[id];
      delete waiting[id];
      const reply = parse(json);
      if (reply.error === undefined) resolve(responseOf(reply));
      else reject(new TypeErrorClass(reply.error));
    },
  };
})`;
