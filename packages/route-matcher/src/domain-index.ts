import { asciiLowerCase } from './string-matcher.ts'

/**
 * Finds what belongs to a host: an exact domain, else the longest `*.suffix`, else the longest `prefix.*`, else `*`.
 * A wildcard stands for at least one character.
 */
export class DomainIndex<T> {
  readonly #exact = new Map<string, Found<T>>()
  readonly #suffixes = new LengthMap<Found<T>>()
  readonly #prefixes = new LengthMap<Found<T>>()
  #any: Found<T> | undefined

  /** Whether the domain was free. */
  add(domain: string, value: T): boolean {
    const lower = asciiLowerCase(domain)
    const found = { domain, value }
    if (lower === '*') {
      if (this.#any !== undefined) return false
      this.#any = found
      return true
    }
    if (lower.startsWith('*')) return this.#suffixes.add(lower.slice(1), found)
    if (lower.endsWith('*')) return this.#prefixes.add(lower.slice(0, -1), found)
    if (this.#exact.has(lower)) return false
    this.#exact.set(lower, found)
    return true
  }

  /** Undefined: the request has no host. It still goes to `*` where nothing else could take it, as Envoy's fast path does. */
  find(authority: string | undefined, ignorePort: boolean): Found<T> | undefined {
    if (this.#anyOnly()) return this.#any
    if (authority === undefined) return undefined
    // Most hosts come in lower case and without a port, and most are listed.
    const listed = ignorePort && authority.includes(':') ? undefined : this.#exact.get(authority)
    if (listed !== undefined) return listed
    const host = asciiLowerCase(ignorePort ? withoutPort(authority) : authority)
    return (
      this.#exact.get(host) ??
      this.#suffixes.longest(host, (length) => host.slice(host.length - length)) ??
      this.#prefixes.longest(host, (length) => host.slice(0, length)) ??
      this.#any
    )
  }

  #anyOnly(): boolean {
    return this.#exact.size === 0 && this.#suffixes.size === 0 && this.#prefixes.size === 0
  }
}

interface Found<T> {
  /** As the configuration writes it. */
  readonly domain: string
  readonly value: T
}

/** Strings by their length, the longest first. */
class LengthMap<V> {
  readonly #byLength = new Map<number, Map<string, V>>()
  #lengths: number[] = []

  get size(): number {
    return this.#lengths.length
  }

  add(key: string, value: V): boolean {
    let keys = this.#byLength.get(key.length)
    if (keys === undefined) {
      keys = new Map()
      this.#byLength.set(key.length, keys)
      this.#lengths = [...this.#byLength.keys()].sort((a, b) => b - a)
    }
    if (keys.has(key)) return false
    keys.set(key, value)
    return true
  }

  longest(host: string, part: (length: number) => string): V | undefined {
    for (const length of this.#lengths) {
      if (length >= host.length) continue
      const found = this.#byLength.get(length)?.get(part(length))
      if (found !== undefined) return found
    }
    return undefined
  }
}

/** A host without its port; an IPv6 address keeps its brackets. */
function withoutPort(host: string): string {
  const colon = host.lastIndexOf(':')
  if (colon === -1 || host.lastIndexOf(']') > colon) return host
  return host.slice(0, colon)
}
