import { type Field, type Report, textOf } from '../field.ts'
import type { IstioEgressListener, SidecarSpec } from '../spec/sidecar.ts'
import { missing, repeated } from './missing.ts'

/** Where the application itself listens. */
export const listenEndpoint: Field<string> = textOf(
  '127.0.0.1:PORT, 0.0.0.0:PORT, [::1]:PORT, [::]:PORT or unix:///path',
  (value) => value === '' || value.startsWith('unix://') || isLocalPort(value),
)

/** Ports of inbound listeners differ, and only one outbound listener takes all ports. */
export function listenersDiffer({ ingress = [], egress = [] }: SidecarSpec, report: Report): void {
  repeated(
    report,
    ingress.map(({ port, bind = '' }) => `${bind}:${port.number}`),
    {
      path: (index) => ['ingress', index, 'port'],
      what: 'listener',
    },
  )
  const open = egress.flatMap(({ port }, index) => (port === undefined ? [index] : []))
  for (const index of open.slice(1)) {
    report(['egress', index], {
      code: 'ERR_CONFIG_CONFLICT',
      message: `egress[${open[0]}] has no port already: only one listener can take all other ports`,
      expected: 'a port',
    })
  }
}

/** An outbound listener sees hosts; an address without a port binds nothing. */
export function egressIsWhole(
  { hosts, port, bind = '' }: IstioEgressListener,
  report: Report,
): void {
  if (hosts.length === 0) missing(report, ['hosts'], 'an egress listener needs hosts')
  if (bind !== '' && port === undefined) missing(report, ['bind'], 'bind needs a port')
}

/** Ports of the addresses that a sidecar may forward to. */
function isLocalPort(value: string): boolean {
  const found = /^(?:127\.0\.0\.1|0\.0\.0\.0|\[::1\]|\[::\]):(\d{1,5})$/.exec(value)
  const port = Number(found?.[1])
  return port >= 1 && port <= 65_535
}
