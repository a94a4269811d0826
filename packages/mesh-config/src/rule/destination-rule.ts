import type { Report } from '../field.ts'
import type {
  ClientTlsSettings,
  ConsistentHashLb,
  DestinationRuleSpec,
  LoadBalancerSettings,
  LocalityLoadBalancerSetting,
  TrafficPolicy,
} from '../spec/destination-rule.ts'
import { missing, repeated } from './missing.ts'

/** No subset twice. */
export function subsetsDiffer({ subsets = [] }: DestinationRuleSpec, report: Report): void {
  repeated(
    report,
    subsets.map(({ name }) => name),
    {
      path: (index) => ['subsets', index, 'name'],
      what: 'subset',
    },
  )
}

/** No port twice. */
export function portsDiffer({ portLevelSettings = [] }: TrafficPolicy, report: Report): void {
  repeated(
    report,
    portLevelSettings.map(({ port }) => port?.number),
    {
      path: (index) => ['portLevelSettings', index, 'port'],
      what: 'port',
    },
  )
}

/** TLS towards a destination is refused until it is done; only switching it off is accepted. */
export function clientTlsIsOff(tls: ClientTlsSettings, report: Report): void {
  if (tls.mode === 'DISABLE' || Object.keys(tls).length === 0) return
  report(tls.mode === undefined ? [] : ['mode'], {
    code: 'ERR_CONFIG_NOT_ENFORCED',
    message: `tls ${tls.mode ?? 'settings'} would protect connections, which is not done yet`,
    expected: 'mode DISABLE',
    ...(tls.mode !== undefined && { got: tls.mode }),
  })
}

/** A hash is made of something. */
export function hashHasKey(hash: ConsistentHashLb, report: Report): void {
  const { httpHeaderName, httpCookie, useSourceIp, httpQueryParameterName } = hash
  const keys = [httpHeaderName, httpCookie, useSourceIp, httpQueryParameterName]
  if (keys.every((key) => key === undefined)) {
    missing(
      report,
      [],
      'consistentHash needs httpHeaderName, httpCookie, useSourceIp or httpQueryParameterName',
    )
  }
}

/** The old name of a policy still works. */
export function balancerIsCurrent({ simple }: LoadBalancerSettings, report: Report): void {
  if (simple !== 'LEAST_CONN') return
  report(['simple'], {
    code: 'WARN_CONFIG_DEPRECATED',
    severity: 'warning',
    message: 'LEAST_CONN is deprecated, use LEAST_REQUEST',
    suggestion: 'LEAST_REQUEST',
  })
}

/** Shares of a distribution make a hundred. */
export function distributionSums(
  { distribute = [] }: LocalityLoadBalancerSetting,
  report: Report,
): void {
  for (const [index, { to = {} }] of distribute.entries()) {
    const total = Object.values(to).reduce((sum, share) => sum + share, 0)
    if (total === 100) continue
    report(['distribute', index, 'to'], {
      code: 'ERR_CONFIG_WEIGHTS',
      message: `the shares of a distribution must sum to 100, these sum to ${total}`,
      expected: '100',
      got: String(total),
    })
  }
}
