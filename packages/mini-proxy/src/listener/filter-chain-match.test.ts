import { expect, test } from 'vitest'
import {
  type ConnectionTraits,
  compileFilterChainMatch,
  type FilterChainMatchJson,
} from './filter-chain-match.ts'

const plain: ConnectionTraits = {
  destinationAddress: '10.0.0.1',
  destinationPort: 80,
  serverName: undefined,
  transportProtocol: 'raw_buffer',
  applicationProtocols: [],
  sourceAddress: '192.168.1.2',
  sourcePort: 40_000,
  directSourceAddress: '192.168.1.2',
}

interface Case {
  readonly says: string
  readonly chains: Readonly<Record<string, FilterChainMatchJson | undefined>>
  readonly traits?: Partial<ConnectionTraits>
  readonly expected: string | undefined
}

const cidr = (addressPrefix: string, prefixLen: number): object => ({ addressPrefix, prefixLen })

const cases: readonly Case[] = [
  { says: 'a chain without rules takes all', chains: { any: undefined }, expected: 'any' },
  { says: 'nothing fits', chains: { a: { destinationPort: 81 } }, expected: undefined },
  {
    says: 'a named port beats none',
    chains: { any: {}, port: { destinationPort: 80 } },
    expected: 'port',
  },
  {
    says: 'there is no way back from a port that was named',
    chains: { any: {}, port: { destinationPort: 80, transportProtocol: 'tls' } },
    expected: undefined,
  },
  {
    says: 'the port counts before the address',
    chains: {
      address: { prefixRanges: [cidr('10.0.0.1', 32)] },
      port: { destinationPort: 80 },
    },
    expected: 'port',
  },
  {
    says: 'the longest range wins',
    chains: {
      wide: { prefixRanges: [cidr('10.0.0.0', 8)] },
      narrow: { prefixRanges: [cidr('10.0.0.0', 24), cidr('172.16.0.0', 12)] },
      other: { prefixRanges: [cidr('10.0.1.0', 25)] },
    },
    expected: 'narrow',
  },
  {
    says: 'a range that holds everything is as good as none',
    chains: {
      all: { prefixRanges: [cidr('0.0.0.0', 0)], transportProtocol: 'tls' },
      none: { transportProtocol: 'raw_buffer' },
    },
    expected: 'none',
  },
  {
    says: 'IPv6 ranges match IPv6 addresses',
    chains: {
      v4: { prefixRanges: [cidr('10.0.0.0', 8)] },
      v6: { prefixRanges: [cidr('fd00::', 8)] },
    },
    traits: { destinationAddress: 'fd12::1' },
    expected: 'v6',
  },
  {
    says: 'an exact server name beats a wildcard',
    chains: {
      wild: { serverNames: ['*.example.com'] },
      exact: { serverNames: ['a.example.com'] },
      any: {},
    },
    traits: { serverName: 'a.example.com' },
    expected: 'exact',
  },
  {
    says: 'the longer wildcard beats the shorter',
    chains: { short: { serverNames: ['*.com'] }, long: { serverNames: ['*.example.com'] } },
    traits: { serverName: 'a.b.example.com' },
    expected: 'long',
  },
  {
    says: 'a wildcard does not match its bare domain',
    chains: { wild: { serverNames: ['*.example.com'] }, any: {} },
    traits: { serverName: 'example.com' },
    expected: 'any',
  },
  {
    says: 'a wildcard does not match within a label',
    chains: { wild: { serverNames: ['*.example.com'] } },
    traits: { serverName: 'badexample.com' },
    expected: undefined,
  },
  {
    says: "the client's first protocol that is named decides",
    chains: {
      one: { applicationProtocols: ['http/1.1'] },
      two: { applicationProtocols: ['h2c', 'h2'] },
    },
    traits: { applicationProtocols: ['unknown', 'h2', 'http/1.1'] },
    expected: 'two',
  },
  {
    says: 'the local source counts',
    chains: { local: { sourceType: 'SAME_IP_OR_LOOPBACK' }, external: { sourceType: 'EXTERNAL' } },
    traits: { sourceAddress: '127.0.0.9' },
    expected: 'local',
  },
  {
    says: 'the same address is local',
    chains: { local: { sourceType: 'SAME_IP_OR_LOOPBACK' }, external: { sourceType: 'EXTERNAL' } },
    traits: { sourceAddress: '10.0.0.1' },
    expected: 'local',
  },
  {
    says: 'the direct source counts before the source',
    chains: {
      direct: { directSourcePrefixRanges: [cidr('192.168.0.0', 16)] },
      source: { sourcePrefixRanges: [cidr('192.168.1.2', 32)] },
    },
    expected: 'direct',
  },
  {
    says: 'a source port counts last',
    chains: { any: {}, port: { sourcePorts: [1, 40_000] } },
    expected: 'port',
  },
  {
    // What istiod sends for a permissive port of unknown protocol.
    says: 'mutual TLS with a protocol of the mesh is told from TLS of the application',
    chains: {
      meshHttp: { transportProtocol: 'tls', applicationProtocols: ['istio-http/1.1', 'istio-h2'] },
      plainHttp: { transportProtocol: 'raw_buffer', applicationProtocols: ['http/1.1', 'h2c'] },
      meshTcp: { transportProtocol: 'tls', applicationProtocols: ['istio-peer-exchange', 'istio'] },
      plainTcp: { transportProtocol: 'raw_buffer' },
      tls: { transportProtocol: 'tls' },
    },
    traits: { transportProtocol: 'tls', applicationProtocols: ['h2', 'http/1.1'] },
    expected: 'tls',
  },
]

test.each(cases)('$says', ({ chains, traits, expected }) => {
  const match = compileFilterChainMatch(
    Object.entries(chains).map(([chain, rule]) => ({ match: rule, chain })),
  )

  expect(match({ ...plain, ...traits })).toBe(expected)
})
