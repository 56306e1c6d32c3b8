import ipaddr from 'ipaddr.js';
import { type Address, type Cidr, holds, parseAddress, parseCidrs } from './cidr.js';
import type { BlockRule } from './outbound-error.js';

/**
 * Which addresses may be reached: public unicast ones, and those that the allow-list names.
 * Whatever is not known to be public is refused.
 */
export class AddressPolicy {
  private readonly allowed: readonly Cidr[];

  /** @throws Error for an entry that is not a network */
  constructor(allow: readonly string[]) {
    this.allowed = parseCidrs(allow);
  }

  /** The rule that forbids an IP address (as text, without brackets), or null where it may be reached. */
  ruleAgainst(text: string): BlockRule | null {
    const address = parseAddress(text);
    if (address === null) return 'reserved';
    if (METADATA.has(address.toString())) return this.namesExactly(address) ? null : 'metadata';
    const rule =
      address.kind() === 'ipv4' ? ruleOfV4(address as ipaddr.IPv4) : ruleOfV6(address as ipaddr.IPv6);
    if (rule === null) return null;
    return this.allowed.some((network) => holds(network, address)) ? null : rule;
  }

  /**
   * Credentials of the machine can be read at metadata addresses. A wide network in the allow-list, such as
   * 169.254.0.0/16 or 0.0.0.0/0, is no consent to that: the address itself must stand there.
   */
  private namesExactly(address: Address): boolean {
    return this.allowed.some(
      (network) => holds(network, address) && network[1] === (address.kind() === 'ipv4' ? 32 : 128),
    );
  }
}

/** Instance metadata and credential services of cloud providers; 168.63.129.16 is even a public address. */
const METADATA: ReadonlySet<string> = new Set(
  [
    '169.254.169.254', // AWS, Google, Azure, DigitalOcean, OpenStack, Oracle
    '169.254.169.253', // AWS: DNS
    '169.254.169.123', // AWS: time
    '169.254.170.2', // AWS ECS: task credentials
    '169.254.170.23', // AWS EKS: pod identity
    '169.254.0.23', // Tencent
    '168.63.129.16', // Azure WireServer
    '100.100.100.200', // Alibaba
    '192.0.0.192', // Oracle, older
    'fd00:ec2::254', // AWS
    'fd00:ec2::23', // AWS EKS: pod identity
    'fd20:ce::254', // Google
  ].map((text) => ipaddr.parse(text).toString()),
);

const RULE_OF_RANGE: Readonly<Record<string, BlockRule>> = {
  unspecified: 'unspecified',
  broadcast: 'broadcast',
  multicast: 'multicast',
  linkLocal: 'link-local',
  loopback: 'loopback',
  carrierGradeNat: 'carrier-grade-nat',
  private: 'private',
  uniqueLocal: 'unique-local',
};

function ruleOfV4(address: ipaddr.IPv4): BlockRule | null {
  const range: string = address.range();
  return range === 'unicast' ? null : (RULE_OF_RANGE[range] ?? 'reserved');
}

/** Forms of IPv6 that carry an IPv4 address inside, and so could lead to a forbidden one by a gateway. */
const IPV4_CARRIERS: readonly (readonly [BlockRule, Cidr])[] = (
  [
    ['ipv4-compatible', '::/96'],
    ['ipv4-translated', '::ffff:0:0:0/96'],
    ['nat64', '64:ff9b::/96'],
    ['nat64', '64:ff9b:1::/48'],
    ['6to4', '2002::/16'],
    ['teredo', '2001::/32'],
  ] as const
).map(([rule, network]) => [rule, ipaddr.parseCIDR(network)]);

const GLOBAL_UNICAST: Cidr = ipaddr.parseCIDR('2000::/3');

function ruleOfV6(address: ipaddr.IPv6): BlockRule | null {
  const range: string = address.range();
  const named = RULE_OF_RANGE[range];
  if (named !== undefined) return named;
  const carrier = IPV4_CARRIERS.find(([, network]) => holds(network, address));
  if (carrier !== undefined) return carrier[0];
  if (isIsatap(address)) return 'isatap';
  return range === 'unicast' && holds(GLOBAL_UNICAST, address) ? null : 'reserved';
}

/** RFC 5214: the interface identifier is `[02]00:5efe` and an IPv4 address, under any prefix. */
function isIsatap({ parts }: ipaddr.IPv6): boolean {
  return parts[5] === 0x5efe && (parts[4] === 0 || parts[4] === 0x0200);
}
