import type { ClusterTarget } from '../cluster-name.ts'
import type { Share } from '../outcome.ts'
import type { RoutedRequest } from '../routed-request.ts'
import { routedFrom, type Verdict, verdict } from './verdict.ts'
import { outcomeWords, percentWords, targetWords } from './words.ts'

/** Which part of a service. */
export interface RouteToOptions {
  readonly subset?: string
  readonly port?: number
}

/** Whether every request like it goes to a host; of a split with a draw, whether this one does. */
export function toRouteTo(received: unknown, host: string, options: RouteToOptions = {}): Verdict {
  const routed = routedFrom(received)
  const targets = targetsOf(routed)
  const pass =
    targets.length > 0 && targets.every((target) => goesTo(routed, target, { host, ...options }))
  return verdict(routed, {
    pass,
    wanted: `route to ${targetWords({ host, ...options })}`,
    got: outcomeWords(routed),
  })
}

/**
 * Whether requests like it are split exactly so, in percent: by subset, or by host. The parts of
 * one name are summed up.
 */
export function toSplit(received: unknown, expected: Readonly<Record<string, number>>): Verdict {
  const routed = routedFrom(received)
  const { outcome } = routed
  const shares = outcome.kind === 'forwarded' ? outcome.shares : []
  const parts = Object.entries(expected).filter(([, percentage]) => percentage !== 0)
  const named = parts.map(([name, percentage]) => ({
    shares: shares.filter((share) => isNamed(routed, share, name)),
    percentage,
  }))
  const pass =
    shares.length > 0 &&
    named.flatMap((part) => part.shares).length === shares.length &&
    named.every((part) => isPercentage(sum(part.shares), part.percentage))
  const wanted = Object.entries(expected).map(([name, part]) => `${percentWords(part)} ${name}`)
  return verdict(routed, {
    pass,
    wanted: `be split into ${wanted.join(', ')}`,
    got: outcomeWords({ ...routed, drawn: false }),
  })
}

/** Whether no route takes it: it is answered with an error of the proxy's own, or not at all. */
export function toBeUnrouted(received: unknown): Verdict {
  const routed = routedFrom(received)
  return verdict(routed, {
    pass: routed.outcome.kind === 'unrouted' || isRefusedByCatchAll(routed),
    wanted: 'be taken by no route',
    got: outcomeWords(routed),
  })
}

/** Whether two names are of one host: as they are, or once both are complete. */
export function isSameHost(routed: RoutedRequest, host: string, expected: string): boolean {
  return routed.fullNames(expected).includes(host)
}

/** What a sidecar that knows its registry only answers for hosts that nobody declared. */
function isRefusedByCatchAll({ match, outcome }: RoutedRequest): boolean {
  return outcome.kind === 'direct-response' && match?.virtualHost.name === 'block_all'
}

function targetsOf({ outcome, drawn }: RoutedRequest): readonly ClusterTarget[] {
  if (outcome.kind !== 'forwarded') return []
  return drawn ? [outcome] : outcome.shares
}

function goesTo(
  routed: RoutedRequest,
  target: ClusterTarget,
  { host, subset, port }: { readonly host: string } & RouteToOptions,
): boolean {
  return (
    isSameHost(routed, target.host, host) &&
    (subset === undefined || subset === target.subset) &&
    (port === undefined || port === target.port)
  )
}

function isNamed(routed: RoutedRequest, share: Share, name: string): boolean {
  return share.subset === name || isSameHost(routed, share.host, name)
}

function sum(shares: readonly Share[]): number {
  return shares.reduce((total, { ratio }) => total + ratio, 0)
}

/** Weights are integers of 32 bits: nothing finer than this can be meant. */
const tolerance = 1e-7

function isPercentage(ratio: number, percentage: number): boolean {
  return Math.abs(ratio * 100 - percentage) < tolerance
}
