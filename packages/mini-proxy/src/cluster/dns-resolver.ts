import { lookup } from 'node:dns/promises'

/** Which addresses of a name are wanted. Envoy: dns_lookup_family. */
export type DnsFamily = 'v4' | 'v6' | 'any'

/** Resolves a host name to IP addresses; rejects when it cannot. An empty answer counts as success. */
export type DnsResolver = (hostname: string, family: DnsFamily) => Promise<readonly string[]>

/** The system's resolver, hosts file included. */
export const systemResolver: DnsResolver = async (hostname, family) => {
  const found = await lookup(hostname, { all: true, family: families[family] })
  return found.map((it) => it.address)
}

const families = { v4: 4, v6: 6, any: 0 } as const
