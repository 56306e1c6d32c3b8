import { AddressPolicy } from './address-policy.js';
import { parseCidrs } from './cidr.js';

const PUBLIC = [
  '1.1.1.1',
  '8.8.8.8',
  '93.184.215.14',
  '172.32.0.1',
  '100.128.0.1',
  '192.169.0.1',
  '2606:4700::1111',
];

const FORBIDDEN: readonly (readonly [string, string])[] = [
  ['127.0.0.1', 'loopback'],
  ['127.255.255.254', 'loopback'],
  ['::1', 'loopback'],
  ['0.0.0.0', 'unspecified'],
  ['0.1.2.3', 'unspecified'],
  ['::', 'unspecified'],
  ['10.0.0.1', 'private'],
  ['172.16.0.1', 'private'],
  ['172.31.255.255', 'private'],
  ['192.168.1.1', 'private'],
  ['100.64.0.1', 'carrier-grade-nat'],
  ['100.127.255.255', 'carrier-grade-nat'],
  ['169.254.1.1', 'link-local'],
  ['fe80::1', 'link-local'],
  ['fe80::1%eth0', 'link-local'],
  ['fc00::1', 'unique-local'],
  ['fdff::1', 'unique-local'],
  ['224.0.0.1', 'multicast'],
  ['239.255.255.255', 'multicast'],
  ['ff02::1', 'multicast'],
  ['255.255.255.255', 'broadcast'],
  ['240.0.0.1', 'reserved'],
  ['192.0.0.1', 'reserved'],
  ['192.0.2.1', 'reserved'],
  ['198.18.0.1', 'reserved'],
  ['198.19.255.255', 'reserved'],
  ['198.51.100.1', 'reserved'],
  ['203.0.113.1', 'reserved'],
  ['192.88.99.1', 'reserved'],
  ['fec0::1', 'reserved'],
  ['100::1', 'reserved'],
  ['2001:db8::1', 'reserved'],
  ['2001:10::1', 'reserved'],
  ['3fff::1', 'reserved'],
  ['5f00::1', 'reserved'],
  ['4000::1', 'reserved'],
  ['::ffff:127.0.0.1', 'loopback'],
  ['::ffff:7f00:1', 'loopback'],
  ['::ffff:10.0.0.1', 'private'],
  ['::127.0.0.1', 'ipv4-compatible'],
  ['::8.8.8.8', 'ipv4-compatible'],
  ['::7f00:1', 'ipv4-compatible'],
  ['::808:808', 'ipv4-compatible'],
  ['::ffff:0:7f00:1', 'ipv4-translated'],
  ['64:ff9b::7f00:1', 'nat64'],
  ['64:ff9b:1::7f00:1', 'nat64'],
  ['2002:7f00:1::', '6to4'],
  ['2002:a00:1::1', '6to4'],
  ['2001::1', 'teredo'],
  ['2001:0:4136:e378:8000:63bf:3fff:fdd2', 'teredo'],
  ['2606:4700::5efe:7f00:1', 'isatap'],
  ['2606:4700::200:5efe:a00:1', 'isatap'],
  ['169.254.169.254', 'metadata'],
  ['::ffff:169.254.169.254', 'metadata'],
  ['169.254.170.2', 'metadata'],
  ['100.100.100.200', 'metadata'],
  ['168.63.129.16', 'metadata'],
  ['192.0.0.192', 'metadata'],
  ['fd00:ec2::254', 'metadata'],
  ['FD00:0EC2:0:0:0:0:0:0254', 'metadata'],
  ['not an address', 'reserved'],
  ['', 'reserved'],
];

describe('AddressPolicy without an allow-list', () => {
  const policy = new AddressPolicy([]);

  it.each(PUBLIC)('lets %s pass', (address) => {
    expect(policy.ruleAgainst(address)).toBeNull();
  });

  it.each(FORBIDDEN)('refuses %s as %s', (address, rule) => {
    expect(policy.ruleAgainst(address)).toBe(rule);
  });
});

describe('AddressPolicy with an allow-list', () => {
  it('opens what it names and nothing beside it', () => {
    const policy = new AddressPolicy(['10.1.0.0/16', 'fd12::/32']);
    expect(policy.ruleAgainst('10.1.255.255')).toBeNull();
    expect(policy.ruleAgainst('fd12::5')).toBeNull();
    expect(policy.ruleAgainst('10.2.0.0')).toBe('private');
    expect(policy.ruleAgainst('10.0.255.255')).toBe('private');
    expect(policy.ruleAgainst('fd13::5')).toBe('unique-local');
    expect(policy.ruleAgainst('127.0.0.1')).toBe('loopback');
  });

  it('opens the IPv4-mapped form of an IPv4 network, however the network is written', () => {
    expect(new AddressPolicy(['127.0.0.0/8']).ruleAgainst('::ffff:127.0.0.1')).toBeNull();
    expect(new AddressPolicy(['::ffff:127.0.0.0/104']).ruleAgainst('127.0.0.1')).toBeNull();
    expect(new AddressPolicy(['::ffff:127.0.0.0/104']).ruleAgainst('10.0.0.1')).toBe('private');
  });

  it('opens no IPv6 address for an IPv4 network of the same bits', () => {
    const policy = new AddressPolicy(['0.0.0.0/0']);
    expect(policy.ruleAgainst('10.0.0.1')).toBeNull();
    expect(policy.ruleAgainst('::1')).toBe('loopback');
    expect(policy.ruleAgainst('::7f00:1')).toBe('ipv4-compatible');
  });

  it('opens a metadata address only where it is named itself', () => {
    const wide = new AddressPolicy(['0.0.0.0/0', '::/0', '169.254.169.254/31']);
    expect(wide.ruleAgainst('169.254.169.254')).toBe('metadata');
    expect(wide.ruleAgainst('fd00:ec2::254')).toBe('metadata');
    expect(new AddressPolicy(['169.254.169.254']).ruleAgainst('169.254.169.254')).toBeNull();
    expect(new AddressPolicy(['fd00:ec2::254/128']).ruleAgainst('fd00:ec2::254')).toBeNull();
  });
});

describe('parseCidrs', () => {
  it('reads networks and single addresses of both versions', () => {
    const read = parseCidrs(['10.0.0.0/8', ' 192.168.1.5 ', 'fd00::/8', '::1']);
    expect(read.map(([address, bits]) => `${address.toString()}/${bits}`)).toEqual([
      '10.0.0.0/8',
      '192.168.1.5/32',
      'fd00::/8',
      '::1/128',
    ]);
  });

  it.each([
    '10/8',
    '10.0.0.0/33',
    '10.0.0.0/',
    '0x7f.0.0.1/8',
    '012.0.0.1',
    'fd00::/129',
    '::10.0.0.0/104',
    'localhost',
    '',
    '10.0.0.0/-1',
  ])('refuses %p and names it', (entry) => {
    expect(() => parseCidrs(['10.0.0.0/8', entry])).toThrow(`"${entry}" is not a network`);
  });
});
