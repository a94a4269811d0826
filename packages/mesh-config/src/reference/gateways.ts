import type { Catalog, Located } from '../catalog.ts'
import { compareText } from '../compare-text.ts'
import { hostsOverlap } from '../hosts.ts'
import { nearMiss } from '../near-miss.ts'
import type { GatewaySpec } from '../spec/gateway.ts'
import type { VirtualServiceSpec } from '../spec/virtual-service.ts'
import { hint } from './destinations.ts'
import type { World } from './world.ts'

/** Checks that the gateways of a virtual service exist and serve its hosts. */
export function checkGateways(world: World, located: Located<VirtualServiceSpec>): void {
  const { namespace } = located.resource.metadata
  const { hosts = [], gateways = [] } = located.resource.spec
  for (const [index, name] of gateways.entries()) {
    if (name === undefined || name === 'mesh') continue
    const gateway = world.gateways.find(
      ({ resource }) => gatewayKey(name, namespace) === keyOf(resource),
    )
    if (gateway === undefined) unknownGateway(world, located, { index, name })
    else checkHosts(world, located, { gateway, name, hosts })
  }
}

/** Warns where two gateways of the same workloads serve the same hosts on the same port. */
export function checkGatewayConflicts({ gateways, catalog }: World): void {
  const taken = new Map<string, Located<GatewaySpec>>()
  for (const later of gateways) {
    const claims = claimsOf(later)
    const told = new Set<number>()
    for (const { at, key, host } of claims) {
      const earlier = taken.get(key)
      if (earlier !== undefined && !told.has(at))
        reportConflict(catalog, later, { at, host, earlier })
      if (earlier !== undefined) told.add(at)
    }
    for (const { key } of claims) taken.set(key, taken.get(key) ?? later)
  }
}

/** Warns of servers on one address that speak differently: the first decides, the others are left out. */
export function checkGatewayProtocols({ gateways, catalog }: World): void {
  const decided = new Map<string, string>()
  for (const located of gateways) {
    const { selector, servers = [] } = located.resource.spec
    for (const [at, server] of servers.entries()) {
      const protocol = server?.port?.protocol
      if (protocol === undefined) continue
      const key = JSON.stringify([labelsOf(selector), server.bind ?? '', server.port.number])
      const first = decided.get(key) ?? protocol
      decided.set(key, first)
      if (isHttp(first) === isHttp(protocol)) continue
      catalog.report(located, ['servers', at, 'port', 'protocol'], {
        code: 'WARN_CONFIG_CONFLICT',
        severity: 'warning',
        message: `port ${server.port.number} speaks ${first} already: this server is left out`,
        expected: first,
        got: protocol,
      })
    }
  }
}

function isHttp(protocol: string): boolean {
  return /^(?:http2?|grpc|grpc-web|http_proxy)$/i.test(protocol)
}

interface Claim {
  readonly key: string
  /** The index of the server. */
  readonly at: number
  readonly host: string
}

/** Every host of every server, each with what makes it one with that of another gateway. */
function claimsOf({ resource }: Located<GatewaySpec>): readonly Claim[] {
  const { selector, servers = [] } = resource.spec
  const labels = labelsOf(selector)
  return servers.flatMap((server, at) =>
    (server?.hosts ?? []).map((host) => ({
      key: JSON.stringify([labels, server.bind ?? '', server.port?.number, host]),
      at,
      host,
    })),
  )
}

function labelsOf(selector: GatewaySpec['selector'] = {}): readonly (readonly string[])[] {
  return Object.entries(selector).sort(([a], [b]) => compareText(a, b))
}

function reportConflict(
  catalog: Catalog,
  later: Located<GatewaySpec>,
  found: { readonly at: number; readonly host: string; readonly earlier: Located<GatewaySpec> },
): void {
  const { metadata, source } = found.earlier.resource
  catalog.report(later, ['servers', found.at, 'hosts'], {
    code: 'WARN_CONFIG_CONFLICT',
    severity: 'warning',
    message: `${found.host} is served on the same port by Gateway ${metadata.namespace}/${metadata.name} (${source.file}:${source.line})`,
    got: found.host,
  })
}

/** `namespace/name`; names of an older form carry the namespace at the end. */
export function gatewayKey(name: string, namespace: string): string {
  if (name.includes('/')) return name
  const [first = name, second] = name.split('.')
  return second === undefined ? `${namespace}/${first}` : `${second}/${first}`
}

function keyOf({ metadata }: Located<unknown>['resource']): string {
  return `${metadata.namespace}/${metadata.name}`
}

function unknownGateway(
  { catalog, gateways }: World,
  located: Located<unknown>,
  { index, name }: { index: number; name: string },
): void {
  const { namespace } = located.resource.metadata
  if (catalog.mayDeclare(name.split('/').at(-1) ?? name, ['Gateway'])) return
  const names = gateways.map(({ resource }) =>
    resource.metadata.namespace === namespace && !name.includes('/')
      ? resource.metadata.name
      : keyOf(resource),
  )
  const same = names.find((each) => each.endsWith(`/${name}`))
  const suggestion = same ?? nearMiss(name, [...names, 'mesh'])
  catalog.report(located, ['gateways', index], {
    code: 'ERR_CONFIG_REFERENCE',
    message: `there is no Gateway ${gatewayKey(name, namespace)}${hint(suggestion)}`,
    expected: suggestion ?? 'mesh or the name of a Gateway',
    got: name,
    ...(suggestion !== undefined && { suggestion }),
  })
}

function checkHosts(
  { catalog }: World,
  located: Located<VirtualServiceSpec>,
  facts: { gateway: Located<GatewaySpec>; name: string; hosts: readonly string[] },
): void {
  const { gateway, name, hosts } = facts
  if (gateway.read.broken) return
  const { namespace } = located.resource.metadata
  const served = gateway.resource.spec.servers.flatMap((server) => server.hosts)
  for (const [index, host] of hosts.entries()) {
    const own = gateway.resource.metadata.namespace
    if (host === undefined || served.some((each) => serves(each, { host, namespace, own })))
      continue
    catalog.report(located, ['hosts', index], {
      code: 'WARN_CONFIG_REFERENCE',
      severity: 'warning',
      message: `Gateway ${name} serves no host ${host}`,
      expected: served.join(' or '),
      got: host,
    })
  }
}

/** Whether a gateway's `namespace/host` lets a virtual service of `namespace` serve `host`. */
function serves(entry: string, asked: { host: string; namespace: string; own: string }): boolean {
  const slash = entry.indexOf('/')
  const where = slash === -1 ? '*' : entry.slice(0, slash)
  if (where !== '*' && (where === '.' ? asked.own : where) !== asked.namespace) return false
  return hostsOverlap(entry.slice(slash + 1), asked.host)
}
