import type { Report, Rule } from '../field.ts'
import { isDnsName } from '../hosts.ts'
import { isCidr, isIpAddress } from '../ip-address.ts'
import type { ServiceEntrySpec, ServiceResolution } from '../spec/service-entry.ts'
import type { WorkloadEntrySpec } from '../spec/workload-entry.ts'
import { missing, repeated } from './missing.ts'

/** An entry names hosts, none of them `*`, and ports, none of them twice. */
export function entryIsWhole({ hosts, ports = [] }: ServiceEntrySpec, report: Report): void {
  if (hosts.length === 0) missing(report, ['hosts'], 'a service entry needs a host')
  for (const [index, host] of hosts.entries()) {
    if (host !== '*') continue
    report(['hosts', index], {
      code: 'ERR_CONFIG_VALUE',
      message: 'host * is not allowed in a service entry',
      expected: 'a DNS name, or *. and a DNS name',
      got: '"*"',
    })
  }
  if (ports.length === 0) missing(report, ['ports'], 'a service entry needs a port')
  repeated(
    report,
    ports.map(({ number }) => number),
    {
      path: (index) => ['ports', index, 'number'],
      what: 'port',
    },
  )
  repeated(
    report,
    ports.map(({ name }) => name),
    {
      path: (index) => ['ports', index, 'name'],
      what: 'port name',
    },
  )
}

/** What an entry has must fit how its addresses are found. */
export function resolutionFits(spec: ServiceEntrySpec, report: Report): void {
  fits[spec.resolution ?? 'NONE'](spec, report)
}

const fits: Readonly<Record<ServiceResolution, Rule<ServiceEntrySpec>>> = {
  NONE: noneFits,
  STATIC: staticFits,
  DNS: dnsFits,
  DNS_ROUND_ROBIN: dnsFits,
  DYNAMIC_DNS: (_, report) =>
    report(['resolution'], {
      code: 'ERR_CONFIG_UNSUPPORTED',
      message: 'resolution DYNAMIC_DNS is not supported yet',
      expected: 'NONE, STATIC, DNS or DNS_ROUND_ROBIN',
      got: 'DYNAMIC_DNS',
    }),
}

/** Ports that an endpoint overrides are ports of the entry. */
export function endpointPortsExist(
  { ports = [], endpoints = [] }: ServiceEntrySpec,
  report: Report,
): void {
  const names = ports.map(({ name }) => name)
  for (const [index, endpoint] of endpoints.entries()) {
    for (const name of Object.keys(endpoint.ports ?? {})) {
      if (names.includes(name)) continue
      report(['endpoints', index, 'ports', name], {
        code: 'ERR_CONFIG_REFERENCE',
        message: `the service entry has no port named ${name}`,
        expected: names.join(' or '),
        got: name,
      })
    }
  }
}

/** Without an address of its own, a TCP port cannot be told from those of other services. */
export function tcpHasAddresses(
  { addresses = [], ports = [], hosts }: ServiceEntrySpec,
  report: Report,
): void {
  if (addresses.length > 0 || hosts.length === 0) return
  for (const [index, { protocol = '', number }] of ports.entries()) {
    if (protocol.toUpperCase() !== 'TCP') continue
    report(['ports', index], {
      code: 'WARN_CONFIG_ADDRESS',
      severity: 'warning',
      message: `TCP port ${number} without addresses takes all connections to that port`,
      expected: 'addresses',
    })
  }
}

/** An endpoint has a place, and a socket of the file system has no port. */
export function workloadIsPlaced(
  { address, network, ports = {} }: WorkloadEntrySpec,
  report: Report,
): void {
  if ((address ?? '') === '' && (network ?? '') === '') {
    missing(report, ['address'], 'a workload needs an address, or the network it is in')
  }
  if (address?.startsWith('unix://') === true && Object.keys(ports).length > 0) {
    report(['ports'], {
      code: 'ERR_CONFIG_CONFLICT',
      message: 'a unix socket has no ports',
    })
  }
}

function noneFits({ endpoints = [], workloadSelector }: ServiceEntrySpec, report: Report): void {
  if (endpoints.length === 0 && workloadSelector === undefined) return
  report([endpoints.length > 0 ? 'endpoints' : 'workloadSelector'], {
    code: 'ERR_CONFIG_CONFLICT',
    message: 'with resolution NONE connections go where they were going: there can be no endpoints',
    expected: 'resolution STATIC or DNS',
    got: 'NONE',
  })
}

function staticFits({ endpoints = [], workloadSelector }: ServiceEntrySpec, report: Report): void {
  if (endpoints.length === 0 && workloadSelector === undefined) {
    missing(report, ['resolution'], 'resolution STATIC needs endpoints or a workloadSelector')
  }
  for (const [index, { address = '' }] of endpoints.entries()) {
    if (address === '' || isIpAddress(address) || address.startsWith('unix://')) continue
    report(['endpoints', index, 'address'], {
      code: 'ERR_CONFIG_VALUE',
      message: 'with resolution STATIC an endpoint must be an IP address',
      expected: 'an IP address or unix:///path',
      got: JSON.stringify(address),
    })
  }
}

function dnsFits(spec: ServiceEntrySpec, report: Report): void {
  const { hosts, endpoints = [], addresses = [], resolution, workloadSelector } = spec
  if (endpoints.length === 0 && workloadSelector === undefined) {
    for (const [index, host] of hosts.entries()) {
      if (isDnsName(host)) continue
      report(['hosts', index], {
        code: 'ERR_CONFIG_VALUE',
        message: `resolution ${resolution} without endpoints looks up the host, which ${host} does not allow`,
        expected: 'a DNS name without *',
        got: JSON.stringify(host),
      })
    }
  }
  for (const [index, { address = '' }] of endpoints.entries()) dnsAddress(address, index, report)
  if (resolution === 'DNS_ROUND_ROBIN' && endpoints.length > 1) {
    report(['endpoints', 1], {
      code: 'ERR_CONFIG_CONFLICT',
      message: 'resolution DNS_ROUND_ROBIN takes one endpoint at most',
    })
  }
  for (const [index, address] of addresses.entries()) {
    if (!isCidr(address)) continue
    report(['addresses', index], {
      code: 'ERR_CONFIG_VALUE',
      message: `resolution ${resolution} takes addresses, not ranges`,
      expected: 'an IP address',
      got: JSON.stringify(address),
    })
  }
}

function dnsAddress(address: string, index: number, report: Report): void {
  if (address === '' || isIpAddress(address) || isDnsName(address)) return
  report(['endpoints', index, 'address'], {
    code: 'ERR_CONFIG_VALUE',
    message: 'with DNS an endpoint must be a DNS name or an IP address',
    expected: 'a DNS name or an IP address',
    got: JSON.stringify(address),
  })
}
