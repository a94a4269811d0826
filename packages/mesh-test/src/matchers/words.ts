import type { ClusterTarget } from '../cluster-name.ts'
import type { Outcome, Share } from '../outcome.ts'
import type { RoutedRequest } from '../routed-request.ts'

/** What becomes of a request, in a few words. */
export function outcomeWords({ outcome, drawn }: RoutedRequest): string {
  switch (outcome.kind) {
    case 'forwarded':
      return drawn ? targetWords(outcome) : outcome.shares.map(shareWords).join(', ')
    case 'redirect':
      return `a redirect ${outcome.status} to ${outcome.location}`
    case 'direct-response':
      return `the response ${outcome.status}`
    case 'non-forwarding':
      return 'a route that does not forward'
    case 'unrouted':
      return unroutedWords(outcome)
  }
}

/** `reviews subset v2 port 9080` */
export function targetWords({ host, subset, port }: Partial<ClusterTarget>): string {
  const parts = [
    host,
    subset === undefined ? undefined : `subset ${subset}`,
    port === undefined ? undefined : `port ${port}`,
  ]
  return parts.filter((part) => part !== undefined).join(' ')
}

/** `the header x-user: jason`, or that there is none. */
export function headerWords(name: string, value: string | undefined): string {
  return value === undefined ? `no header ${name}` : `the header ${name}: ${value}`
}

/** `12.5 %`; not more digits than Envoy's fractions have. */
export function percentWords(percentage: number): string {
  return `${Number(percentage.toFixed(4))} %`
}

function shareWords(share: Share, _index: number, all: readonly Share[]): string {
  return all.length === 1
    ? targetWords(share)
    : `${percentWords(100 * share.ratio)} ${targetWords(share)}`
}

function unroutedWords({ status, reason }: Extract<Outcome, { kind: 'unrouted' }>): string {
  return status === undefined ? reason : `${status} (${reason})`
}
