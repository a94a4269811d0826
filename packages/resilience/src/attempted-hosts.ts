/** The hosts that the tries of one request went to, in order. */
export interface AttemptedHosts {
  readonly hosts: readonly unknown[]
  add(host: unknown): void
  has(host: unknown): boolean
}

/** An empty list. */
export function attemptedHosts(): AttemptedHosts {
  const hosts: unknown[] = []
  return {
    hosts,
    add(host) {
      hosts.push(host)
    },
    has: (host) => hosts.includes(host),
  }
}
