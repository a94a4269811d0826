import type { Catalog } from '../catalog.ts'
import { hostCovers, resolveHost } from '../hosts.ts'
import { nearMiss } from '../near-miss.ts'
import type { MeshService } from '../snapshot.ts'

/** Finds services by the names that resources use for them. */
export class ServiceIndex {
  readonly #catalog: Catalog
  readonly #domain: string
  readonly #byHost = new Map<string, MeshService[]>()
  readonly #wildcards: MeshService[] = []

  constructor(catalog: Catalog, services: readonly MeshService[], domain: string) {
    this.#catalog = catalog
    this.#domain = domain
    for (const service of services) {
      const same = this.#byHost.get(service.hostname)
      if (same === undefined) this.#byHost.set(service.hostname, [service])
      else same.push(service)
      if (service.hostname.startsWith('*')) this.#wildcards.push(service)
    }
  }

  /** The full name of a host that a resource of `namespace` mentions. */
  fullName(host: string, namespace: string): string {
    return resolveHost(host, namespace, this.#domain)
  }

  /** The services of that full name, or else those whose wildcard covers it. */
  find(fullName: string): readonly MeshService[] {
    const exact = this.#byHost.get(fullName)
    if (exact !== undefined) return exact
    return this.#wildcards.filter(({ hostname }) => hostCovers(hostname, fullName))
  }

  /** The services that fall under a name that may be a wildcard. */
  under(pattern: string): readonly MeshService[] {
    if (!pattern.startsWith('*')) return this.find(pattern)
    return [...this.#byHost.values()].flat().filter(({ hostname }) => hostCovers(pattern, hostname))
  }

  /** Whether a document that could not be read may declare the host. */
  mayExist(host: string): boolean {
    const name = host.split('.', 1)[0] ?? host
    return this.#catalog.mayDeclare(name, ['Service', 'ServiceEntry'])
  }

  /** The host, in the words of a resource of `namespace`, that was most likely meant. */
  suggestion(host: string, namespace: string): string | undefined {
    const names = [...this.#byHost.keys()]
    const short = host.includes('.') ? [] : names.flatMap((name) => shortName(name, namespace))
    return longer(host, names) ?? nearMiss(host, short) ?? nearMiss(host, names)
  }
}

function shortName(name: string, namespace: string): string[] {
  const [first = '', second, third] = name.split('.')
  return second === namespace && third === 'svc' ? [first] : []
}

/** `reviews.default` is no short form, nor is `reviews` in another namespace, but both are clear. */
function longer(host: string, names: readonly string[]): string | undefined {
  return names.find((name) => name.startsWith(`${host}.`))
}
