import type { Located } from '../catalog.ts'
import { nearMiss } from '../near-miss.ts'
import type { MeshService } from '../snapshot.ts'
import type { Destination, HttpRoute, VirtualServiceSpec } from '../spec/virtual-service.ts'
import type { Place, World } from './world.ts'

/** Checks that everything a virtual service sends requests to exists. */
export function checkDestinations(world: World, located: Located<VirtualServiceSpec>): void {
  const checker = new DestinationChecker(world, located)
  for (const [place, destination] of destinationsOf(located.resource.spec)) {
    if (destination?.host !== undefined) checker.check(place, destination)
  }
}

type Found = readonly [Place, Destination | undefined]

/** Gaps are where a document was broken. */
function destinationsOf({ http = [], tls = [], tcp = [] }: VirtualServiceSpec): Found[] {
  return [
    ...http.flatMap((route, index) => httpDestinations(route, ['http', index])),
    ...tls.flatMap((route, index) => weighted(route?.route, ['tls', index, 'route'])),
    ...tcp.flatMap((route, index) => weighted(route?.route, ['tcp', index, 'route'])),
  ]
}

function httpDestinations(route: HttpRoute | undefined, place: Place): Found[] {
  return [
    ...weighted(route?.route, [...place, 'route']),
    [[...place, 'mirror'], route?.mirror],
    ...weighted(route?.mirrors, [...place, 'mirrors']),
  ]
}

function weighted(
  all: readonly ({ readonly destination?: Destination } | undefined)[] | undefined,
  place: Place,
): Found[] {
  return (all ?? []).map((each, at) => [[...place, at, 'destination'], each?.destination])
}

class DestinationChecker {
  readonly #world: World
  readonly #located: Located<VirtualServiceSpec>

  constructor(world: World, located: Located<VirtualServiceSpec>) {
    this.#world = world
    this.#located = located
  }

  check(place: Place, destination: Destination): void {
    const { services } = this.#world
    const { namespace } = this.#located.resource.metadata
    const fullName = services.fullName(destination.host, namespace)
    const found = services.find(fullName)
    if (found.length === 0) {
      this.#unknownHost([...place, 'host'], destination.host)
      return
    }
    this.#port(place, destination, found)
    if ((destination.subset ?? '') !== '') this.#subset(place, destination.subset ?? '', fullName)
  }

  #unknownHost(place: Place, host: string): void {
    const { services, catalog } = this.#world
    if (services.mayExist(host)) return
    const suggestion = services.suggestion(host, this.#located.resource.metadata.namespace)
    catalog.report(this.#located, place, {
      code: 'ERR_CONFIG_REFERENCE',
      message: `no service has the host ${host}${hint(suggestion)}`,
      expected: suggestion ?? 'the host of a Service or a ServiceEntry',
      got: host,
      ...(suggestion !== undefined && { suggestion }),
    })
  }

  #port(place: Place, { host, port }: Destination, found: readonly MeshService[]): void {
    const numbers = [...new Set(found.flatMap(({ ports }) => ports.map(({ number }) => number)))]
    const number = port?.number
    const { catalog } = this.#world
    if (number !== undefined && !numbers.includes(number)) {
      catalog.report(this.#located, [...place, 'port', 'number'], {
        code: 'ERR_CONFIG_REFERENCE',
        message: `service ${host} has no port ${number}`,
        expected: numbers.join(' or ') || 'a service with ports',
        got: String(number),
      })
    }
    const gateways = this.#located.resource.spec.gateways ?? []
    if (number === undefined && numbers.length > 1 && gateways.some((name) => name !== 'mesh')) {
      catalog.report(this.#located, place, {
        code: 'WARN_CONFIG_AMBIGUOUS_PORT',
        severity: 'warning',
        message: `service ${host} has several ports: behind a gateway the destination should name one`,
        expected: `port.number ${numbers.join(' or ')}`,
      })
    }
  }

  #subset(place: Place, subset: string, fullName: string): void {
    const { subsets, catalog } = this.#world
    const names = subsets.of(fullName)
    if (names.includes(subset) || catalog.mayDeclare(subset, ['DestinationRule'])) return
    const suggestion = nearMiss(subset, names)
    catalog.report(this.#located, [...place, 'subset'], {
      code: 'ERR_CONFIG_REFERENCE',
      message: `no DestinationRule gives ${fullName} a subset ${subset}${hint(suggestion)}`,
      expected: names.length === 0 ? 'a DestinationRule with that subset' : names.join(' or '),
      got: subset,
      ...(suggestion !== undefined && { suggestion }),
    })
  }
}

/** The end of a sentence that offers a suggestion, if there is one. */
export function hint(suggestion: string | undefined): string {
  return suggestion === undefined ? '' : `, did you mean ${suggestion}`
}
