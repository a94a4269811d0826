/** The domains of a configuration, to find the virtual host of an authority as the matcher does. */
export interface Domains {
  /** Lower-case domains without wildcard, and their virtual hosts. */
  readonly exact: ReadonlyMap<string, number>
  /** What follows the `*`, the longest first. */
  readonly suffixes: readonly (readonly [suffix: string, virtualHost: number])[]
  /** What precedes the `*`, the longest first. */
  readonly prefixes: readonly (readonly [prefix: string, virtualHost: number])[]
  /** The virtual host of `*`; -1 if there is none. */
  readonly any: number
  readonly ignorePort: boolean
}

/** Reads the domains of virtual hosts. */
export function readDomains(
  virtualHosts: readonly { readonly domains?: readonly string[] }[],
  ignorePort: boolean,
): Domains {
  const exact = new Map<string, number>()
  const suffixes: [string, number][] = []
  const prefixes: [string, number][] = []
  let any = -1
  for (const [index, { domains = [] }] of virtualHosts.entries()) {
    for (const domain of domains) {
      const lower = lowerCase(domain)
      if (lower === '*') any = index
      else if (lower.startsWith('*')) suffixes.push([lower.slice(1), index])
      else if (lower.endsWith('*')) prefixes.push([lower.slice(0, -1), index])
      else exact.set(lower, index)
    }
  }
  suffixes.sort(longestFirst)
  prefixes.sort(longestFirst)
  return { exact, suffixes, prefixes, any, ignorePort }
}

/** The virtual host of a lower-case authority; -1 if there is none. Linear in the wildcards. */
export function findDomain(domains: Domains, authority: string): number {
  const host = domains.ignorePort ? withoutPort(authority) : authority
  const exact = domains.exact.get(host)
  if (exact !== undefined) return exact
  const suffix = domains.suffixes.find(([text]) => text.length < host.length && host.endsWith(text))
  if (suffix !== undefined) return suffix[1]
  const prefix = domains.prefixes.find(
    ([text]) => text.length < host.length && host.startsWith(text),
  )
  return prefix === undefined ? domains.any : prefix[1]
}

/** A host without its port; an IPv6 address keeps its brackets. */
function withoutPort(host: string): string {
  const colon = host.lastIndexOf(':')
  return colon === -1 || host.lastIndexOf(']') > colon ? host : host.slice(0, colon)
}

function lowerCase(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}

function longestFirst(a: readonly [string, number], b: readonly [string, number]): number {
  return b[0].length - a[0].length
}
