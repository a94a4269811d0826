import type { Report } from '../field.ts'
import type { GatewayServer, GatewaySpec, ServerTlsSettings } from '../spec/gateway.ts'
import { missing, repeated } from './missing.ts'

/** Whether settings do more than redirect to HTTPS. */
export function asksForTls(tls: ServerTlsSettings): boolean {
  return Object.keys(tls).some((name) => name !== 'httpsRedirect')
}

/** A gateway has servers, and names of their ports are unique. */
export function gatewayIsWhole({ servers }: GatewaySpec, report: Report): void {
  if (servers.length === 0) missing(report, ['servers'], 'a gateway needs a server')
  repeated(
    report,
    servers.map(({ port }) => port.name),
    {
      path: (index) => ['servers', index, 'port', 'name'],
      what: 'port name',
    },
  )
}

/** No two servers answer for the same hosts on the same port. */
export function serversDiffer({ servers }: GatewaySpec, report: Report): void {
  const seen = new Map<string, number>()
  for (const [index, { port, bind = '', hosts }] of servers.entries()) {
    for (const host of hosts) {
      const key = `${bind}|${port.number}|${host}`
      const first = seen.get(key)
      if (first !== undefined) {
        report(['servers', index, 'hosts'], {
          code: 'ERR_CONFIG_DUPLICATE',
          message: `servers[${first}] serves ${host} on port ${port.number} already`,
          got: host,
        })
      }
      seen.set(key, index)
    }
  }
}

/** A server has hosts, and TLS exactly when its protocol says so. */
export function serverFits({ port, hosts, tls }: GatewayServer, report: Report): void {
  if (hosts.length === 0) missing(report, ['hosts'], 'a server needs a host')
  const protocol = port.protocol.toUpperCase()
  const secure = protocol === 'HTTPS' || protocol === 'TLS'
  if (secure && (tls === undefined || !asksForTls(tls))) {
    missing(report, ['port', 'protocol'], `protocol ${protocol} needs tls settings`)
  }
  if (!secure && tls !== undefined && asksForTls(tls)) {
    report(['tls'], {
      code: 'ERR_CONFIG_CONFLICT',
      message: `protocol ${protocol} has no TLS settings other than httpsRedirect`,
      expected: 'protocol HTTPS or TLS',
      got: protocol,
    })
  }
}
