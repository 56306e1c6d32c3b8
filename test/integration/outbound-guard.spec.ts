import { AddressPolicy } from '../../src/platform/outbound/address-policy.js';
import { guardedConnector } from '../../src/platform/outbound/guarded-connector.js';
import { OutboundClient } from '../../src/platform/outbound/outbound-client.js';
import { OutboundError } from '../../src/platform/outbound/outbound-error.js';
import { type Endpoint, startEndpoint, startRawEndpoint } from '../support/http-endpoint.js';

/** Names that only this resolver knows: what an attacker's own zone would answer. */
const ZONE: Readonly<Record<string, readonly string[]>> = {
  'loopback.test': ['127.0.0.1'],
  'loopback6.test': ['::1'],
  'private.test': ['10.0.0.1'],
  'mapped.test': ['::ffff:127.0.0.1'],
  'nat64.test': ['64:ff9b::7f00:1'],
  'metadata.test': ['169.254.169.254'],
  'mixed.test': ['93.184.215.14', '127.0.0.1'],
  'mixed6.test': ['2606:4700::1111', 'fd00::1'],
  'compatible.test': ['::127.0.0.1'],
  'link-local.test': ['fe80::1%lo'],
  'garbage.test': ['not-an-address'],
};

const resolve = (hostname: string) => {
  const addresses = ZONE[hostname.replace(/\.$/, '')];
  return addresses
    ? Promise.resolve(addresses)
    : Promise.reject(new Error(`unexpected look-up of ${hostname}`));
};

async function failure(request: Promise<unknown>): Promise<OutboundError> {
  const error: unknown = await request.then(
    () => new Error('the request was answered'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof OutboundError)) throw error;
  return error;
}

const HOSTS: readonly (readonly [string, string, string])[] = [
  ['dotted', '127.0.0.1', 'loopback'],
  ['another loopback address', '127.8.9.10', 'loopback'],
  ['decimal', '2130706433', 'loopback'],
  ['octal', '0177.0.0.1', 'loopback'],
  ['octal with many zeros', '000000177.00.00.01', 'loopback'],
  ['octal in one number', '017700000001', 'loopback'],
  ['hexadecimal parts', '0x7f.0x0.0x0.0x1', 'loopback'],
  ['hexadecimal number', '0x7f000001', 'loopback'],
  ['upper-case hexadecimal', '0X7F000001', 'loopback'],
  ['mixed bases', '0x7f.1', 'loopback'],
  ['two parts', '127.1', 'loopback'],
  ['three parts', '127.0.1', 'loopback'],
  ['trailing dot', '127.0.0.1.', 'loopback'],
  ['full-width digits', '１２７．０．０．１', 'loopback'],
  ['circled digits', '①②⑦.⓪.⓪.①', 'loopback'],
  ['ideographic full stops', '127。0。0。1', 'loopback'],
  ['percent-encoded', '%31%32%37.0.0.1', 'loopback'],
  ['zero', '0', 'unspecified'],
  ['all zeros', '0.0.0.0', 'unspecified'],
  ['hexadecimal zero', '0x0', 'unspecified'],
  ['private as decimal', '167772161', 'private'],
  ['private, 172.16/12', '172.20.1.1', 'private'],
  ['private, 192.168/16', '192.168.0.1', 'private'],
  ['carrier-grade NAT', '100.64.0.1', 'carrier-grade-nat'],
  ['benchmarking', '198.18.0.1', 'reserved'],
  ['benchmarking, upper half', '198.19.0.1', 'reserved'],
  ['multicast', '224.0.0.1', 'multicast'],
  ['broadcast', '255.255.255.255', 'broadcast'],
  ['broadcast as decimal', '4294967295', 'broadcast'],
  ['link-local', '169.254.10.10', 'link-local'],
  ['AWS metadata', '169.254.169.254', 'metadata'],
  ['AWS metadata as decimal', '2852039166', 'metadata'],
  ['AWS metadata as hexadecimal', '0xa9fea9fe', 'metadata'],
  ['AWS metadata, mapped', '[::ffff:169.254.169.254]', 'metadata'],
  ['AWS metadata, IPv6', '[fd00:ec2::254]', 'metadata'],
  ['ECS credentials', '169.254.170.2', 'metadata'],
  ['Alibaba metadata', '100.100.100.200', 'metadata'],
  ['Azure WireServer, a public address', '168.63.129.16', 'metadata'],
  ['Google metadata name', 'metadata.google.internal', 'metadata'],
  ['Google metadata name, upper case and dot', 'METADATA.Google.Internal.', 'metadata'],
  ['metadata short name', 'metadata', 'metadata'],
  ['EC2 instance-data', 'instance-data', 'metadata'],
  ['IPv6 loopback', '[::1]', 'loopback'],
  ['IPv6 loopback, long', '[0000:0000:0000:0000:0000:0000:0000:0001]', 'loopback'],
  ['IPv6 unspecified', '[::]', 'unspecified'],
  ['IPv4-mapped', '[::ffff:127.0.0.1]', 'loopback'],
  ['IPv4-mapped as hexadecimal', '[::ffff:7f00:1]', 'loopback'],
  ['IPv4-mapped private', '[::FFFF:10.0.0.1]', 'private'],
  ['IPv4-compatible', '[::127.0.0.1]', 'ipv4-compatible'],
  ['IPv4-translated', '[::ffff:0:127.0.0.1]', 'ipv4-translated'],
  ['NAT64', '[64:ff9b::127.0.0.1]', 'nat64'],
  ['NAT64, local prefix', '[64:ff9b:1::7f00:1]', 'nat64'],
  ['6to4', '[2002:7f00:1::]', '6to4'],
  ['Teredo', '[2001::7f00:1]', 'teredo'],
  ['ISATAP', '[2606:4700::5efe:127.0.0.1]', 'isatap'],
  ['unique local', '[fd12:3456::1]', 'unique-local'],
  ['IPv6 link-local', '[fe80::1]', 'link-local'],
  ['IPv6 site-local', '[fec0::1]', 'reserved'],
  ['IPv6 multicast', '[ff02::1]', 'multicast'],
  ['documentation', '[2001:db8::1]', 'reserved'],
  ['localhost', 'localhost', 'loopback'],
  ['localhost, mixed case', 'LocalHost', 'loopback'],
  ['localhost with dot', 'localhost.', 'loopback'],
  ['below localhost', 'a.b.localhost', 'loopback'],
  ['below localhost with dot', 'x.localhost.', 'loopback'],
  ['localhost.localdomain', 'localhost.localdomain', 'loopback'],
  ['localhost in full width', 'ｌｏｃａｌｈｏｓｔ', 'loopback'],
  ['ip6-localhost', 'ip6-localhost', 'loopback'],
  ['a name of loopback', 'loopback.test', 'loopback'],
  ['a name of IPv6 loopback', 'loopback6.test', 'loopback'],
  ['a name of a private address', 'private.test', 'private'],
  ['a name with a dot of a private address', 'private.test.', 'private'],
  ['a name of a mapped address', 'mapped.test', 'loopback'],
  ['a name of a NAT64 address', 'nat64.test', 'nat64'],
  ['a name of metadata', 'metadata.test', 'metadata'],
  ['a public and a private answer', 'mixed.test', 'loopback'],
  ['a public and a private IPv6 answer', 'mixed6.test', 'unique-local'],
  ['a dotted IPv4-compatible answer', 'compatible.test', 'ipv4-compatible'],
  ['an answer with a zone', 'link-local.test', 'link-local'],
  ['an answer that is no address', 'garbage.test', 'reserved'],
];

describe('the guard of outbound calls', () => {
  let canary: Endpoint;
  let client: OutboundClient;

  beforeAll(async () => {
    canary = await startEndpoint((_request, response) => response.end('reached'), { host: '0.0.0.0' });
    client = new OutboundClient({ allow: [], resolve });
  });

  afterAll(async () => {
    await client.close();
    await canary.close();
  });

  it.each(HOSTS)('refuses %s (%s) by the rule %s', async (_case, host, rule) => {
    const error = await failure(client.request({ method: 'GET', url: `http://${host}:${canary.port}/` }));
    expect({ code: error.code, rule: error.rule, retryable: error.retryable }).toEqual({
      code: 'outbound_blocked',
      rule,
      retryable: false,
    });
    expect(error.message).toContain(rule);
    expect(canary.connections()).toBe(0);
  });

  it.each([
    ['file:///etc/passwd', 'scheme'],
    ['ftp://93.184.215.14/', 'scheme'],
    ['gopher://127.0.0.1:6379/_INFO', 'scheme'],
    ['data:text/plain,x', 'scheme'],
    ['ws://93.184.215.14/', 'scheme'],
    ['unix:/var/run/docker.sock', 'scheme'],
    ['javascript:alert(1)', 'scheme'],
    ['http://user:secret@93.184.215.14/', 'userinfo'],
    ['http://93.184.215.14@127.0.0.1/', 'userinfo'],
    ['http://:secret@93.184.215.14/', 'userinfo'],
    ['http://93.184.215.14%23@127.0.0.1/', 'userinfo'],
  ])('refuses %s by the rule %s', async (url, rule) => {
    const error = await failure(client.request({ method: 'GET', url }));
    expect(error).toMatchObject({ code: 'outbound_blocked', rule });
    expect(error.message).not.toContain('secret');
  });

  it.each([
    ['a backslash before the at sign', 'http://127.0.0.1\\@93.184.215.14/', 'outbound_blocked'],
    ['line breaks in the host', 'http://127.0\n.0.1/', 'outbound_blocked'],
    ['tabs in the scheme', 'ht\ttp://127.0.0.1/', 'outbound_blocked'],
    ['no slashes', 'http:127.0.0.1', 'outbound_blocked'],
    ['many slashes', 'http:////127.0.0.1/', 'outbound_blocked'],
    ['backslashes', 'http:\\\\127.0.0.1\\', 'outbound_blocked'],
    ['a zone in the literal', 'http://[fe80::1%25eth0]/', 'invalid_url'],
    ['an unclosed bracket', 'http://[::1/', 'invalid_url'],
    ['IPv4 in brackets', 'http://[127.0.0.1]/', 'invalid_url'],
    ['a number beyond IPv4', 'http://127.0.0.256/', 'invalid_url'],
    ['a decimal beyond IPv4', 'http://4294967296/', 'invalid_url'],
    ['a relative URL', '/admin', 'invalid_url'],
    ['nothing', '', 'invalid_url'],
  ])('refuses %s', async (_case, url, code) => {
    expect((await failure(client.request({ method: 'GET', url }))).code).toBe(code);
  });

  it('does not say which address a refused name has', async () => {
    const error = await failure(client.request({ method: 'GET', url: 'http://private.test/' }));
    expect(error.message).not.toContain('10.0.0.1');
  });
});

describe('the allow-list of outbound calls', () => {
  let endpoint: Endpoint;

  beforeAll(async () => {
    endpoint = await startEndpoint((request, response) => response.end(request.headers.host), {
      host: '127.0.0.1',
    });
  });

  afterAll(() => endpoint.close());

  it.each([
    '127.0.0.1',
    '2130706433',
    '0x7f.1',
    'localhost',
    'app.localhost',
    '[::ffff:127.0.0.1]',
    'loopback.test',
  ])('opens %s where it holds the address', async (host) => {
    const client = new OutboundClient({ allow: ['127.0.0.1/32'], resolve });
    try {
      const response = await client.request({ method: 'GET', url: `http://${host}:${endpoint.port}/` });
      expect(response.status).toBe(200);
    } finally {
      await client.close();
    }
  });

  it.each([
    ['another address of the network', '127.0.0.2', 'loopback'],
    ['IPv6 loopback', '[::1]', 'loopback'],
    ['private networks', '10.0.0.1', 'private'],
    ['a name with one answer beyond it', 'mixed6.test', 'unique-local'],
    ['metadata', '169.254.169.254', 'metadata'],
  ])('keeps %s closed', async (_case, host, rule) => {
    const client = new OutboundClient({ allow: ['127.0.0.1/32'], resolve });
    try {
      const error = await failure(client.request({ method: 'GET', url: `http://${host}:${endpoint.port}/` }));
      expect(error).toMatchObject({ code: 'outbound_blocked', rule });
    } finally {
      await client.close();
    }
  });

  it('names an entry that is no network', () => {
    expect(() => new OutboundClient({ allow: ['10.0.0.0/8', '10.0.0'] })).toThrow('"10.0.0"');
  });
});

describe('DNS rebinding', () => {
  it('judges the very answer that the socket connects to, each time anew', async () => {
    const endpoint = await startEndpoint((_request, response) => {
      response.setHeader('connection', 'close').end('ok');
    });
    const answers = [['127.0.0.1'], ['10.0.0.1']];
    let lookups = 0;
    const client = new OutboundClient({
      allow: ['127.0.0.1/32'],
      resolve: () => Promise.resolve(answers[lookups++] ?? []),
    });
    const url = `http://rebinding.test:${endpoint.port}/`;
    try {
      expect((await client.request({ method: 'GET', url })).status).toBe(200);
      expect(await failure(client.request({ method: 'GET', url }))).toMatchObject({
        code: 'outbound_blocked',
        rule: 'private',
      });
      expect(lookups).toBe(2);
    } finally {
      await client.close();
      await endpoint.close();
    }
  });

  it.each(['http:', 'https:'])(
    'refuses a peer that the look-up did not announce, before a byte is sent (%s)',
    async (protocol) => {
      let received = 0;
      const endpoint = await startRawEndpoint((socket) => {
        socket.on('data', (chunk) => (received += chunk.length));
      });
      try {
        // A look-up that checks nothing stands for every way around the checks of the real one.
        const connect = guardedConnector({
          policy: new AddressPolicy([]),
          lookup: (_hostname, _options, callback) => {
            callback(null, [{ address: '127.0.0.1', family: 4 }]);
          },
          timeoutMs: 20_000,
          ca: undefined,
        });
        const error = await new Promise((done) => {
          connect(
            { hostname: 'public.test', protocol, port: String(endpoint.port) },
            null,
            (...[refusal]) => {
              done(refusal);
            },
          );
        });
        expect(error).toMatchObject({ code: 'outbound_blocked', rule: 'loopback' });
        await endpoint.closed(1);
        expect(received).toBe(0);
      } finally {
        await endpoint.close();
      }
    },
  );
});
