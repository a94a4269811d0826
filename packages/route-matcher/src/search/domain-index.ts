import { asciiLowerCase } from '../predicate/string-matcher.ts'

/**
 * Finds what belongs to a host: an exact domain, else the longest `*.suffix`, else the longest `prefix.*`, else `*`.
 * A wildcard stands for at least one character.
 */
export class DomainIndex<T> {
  readonly #exact = new Map<string, T>()
  readonly #suffixes = new LengthMap<T>()
  readonly #prefixes = new LengthMap<T>()
  #any: T | undefined
  #anyOnly = true

  /** Whether the domain was free. */
  add(domain: string, value: T): boolean {
    const lower = asciiLowerCase(domain)
    if (lower === '*') {
      if (this.#any !== undefined) return false
      this.#any = value
      return true
    }
    this.#anyOnly = false
    if (lower.startsWith('*')) return this.#suffixes.add(lower.slice(1), value)
    if (lower.endsWith('*')) return this.#prefixes.add(lower.slice(0, -1), value)
    if (this.#exact.has(lower)) return false
    this.#exact.set(lower, value)
    return true
  }

  /** Domains without a wildcard, in lower case. */
  get exact(): ReadonlyMap<string, T> {
    return this.#exact
  }

  /** What takes every host, if there is nothing else. */
  get only(): T | undefined {
    return this.#anyOnly ? this.#any : undefined
  }

  /** Undefined: the request has no host. It still goes to `*` where nothing else could take it, as Envoy's fast path does. */
  find(authority: string | undefined, ignorePort: boolean): T | undefined {
    if (this.#anyOnly) return this.#any
    if (authority === undefined) return undefined
    // Most hosts come in lower case and without a port, and most are listed.
    const mayHavePort = ignorePort && authority.includes(':')
    const listed = mayHavePort ? undefined : this.#exact.get(authority)
    if (listed !== undefined) return listed
    const host = asciiLowerCase(ignorePort ? withoutPort(authority) : authority)
    return (
      (host === authority && !mayHavePort ? undefined : this.#exact.get(host)) ??
      this.#suffixes.longest(host, true) ??
      this.#prefixes.longest(host, false) ??
      this.#any
    )
  }
}

/** Strings by their length, the longest first. */
class LengthMap<V> {
  readonly #byLength: SameLength<V>[] = []

  add(key: string, value: V): boolean {
    let same = this.#byLength.find(({ length }) => length === key.length)
    if (same === undefined) {
      same = { length: key.length, first: key.charCodeAt(0), keys: new Map() }
      this.#byLength.push(same)
      this.#byLength.sort((a, b) => b.length - a.length)
    }
    if (same.keys.has(key)) return false
    same.keys.set(key, value)
    if (same.first !== key.charCodeAt(0)) same.first = undefined
    return true
  }

  /** What belongs to the longest string that the host ends with, or begins with; the host is longer than it. */
  longest(host: string, atEnd: boolean): V | undefined {
    for (const { length, first, keys } of this.#byLength) {
      if (length >= host.length) continue
      const start = atEnd ? host.length - length : 0
      if (first !== undefined && host.charCodeAt(start) !== first) continue
      const found = keys.get(host.slice(start, start + length))
      if (found !== undefined) return found
    }
    return undefined
  }
}

interface SameLength<V> {
  readonly length: number
  /** The character that all of them begin with (of suffixes mostly the dot), so that most hosts need no look-up. */
  first: number | undefined
  readonly keys: Map<string, V>
}

/** A host without its port; an IPv6 address keeps its brackets. */
function withoutPort(host: string): string {
  const colon = host.lastIndexOf(':')
  if (colon === -1 || host.lastIndexOf(']') > colon) return host
  return host.slice(0, colon)
}
