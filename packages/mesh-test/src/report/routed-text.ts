import type { Share } from '../outcome.ts'
import { sourceText } from '../route-source.ts'
import { needsDrawText, type RoutedRequest } from '../routed-request.ts'

/** Where a request goes, in a few lines: destination, rewrites, timeout, the place of the route. */
export function routedText(routed: RoutedRequest): string {
  const { line, origin, match } = routed
  const name = match?.route.name ?? ''
  const place = origin === undefined ? [] : [`  written at ${sourceText(origin)}`]
  return [
    `${line}: ${destination(routed)}`,
    ...(name === '' ? [] : [`  route ${name}`]),
    ...details(routed).map((text) => `  ${text}`),
    ...place,
    ...(routed.needsDraw ? [`  ${needsDrawText}`] : []),
  ].join('\n')
}

function destination({ outcome, drawn }: RoutedRequest): string {
  switch (outcome.kind) {
    case 'forwarded': {
      if (outcome.shares.length === 1) return targetText(outcome)
      const split = outcome.shares.map(shareText).join(', ')
      return drawn ? `${targetText(outcome)}, drawn of ${split}` : split
    }
    case 'redirect':
      return `redirect ${outcome.status} to ${outcome.location}`
    case 'direct-response':
      return `direct response ${outcome.status}`
    case 'non-forwarding':
      return 'not forwarded'
    case 'unrouted':
      return `${outcome.status ?? 'connection closed'}, ${outcome.reason}`
  }
}

function details({ outcome, sent }: RoutedRequest): readonly string[] {
  if (outcome.kind !== 'forwarded') return []
  const { path, authority, timeoutMs, retryPolicy, mirrors } = outcome
  return [
    ...(path === sent.path ? [] : [`path ${path}`]),
    ...(authority === sent.authority ? [] : [`host ${authority}`]),
    timeoutMs === 0 ? 'no timeout' : `timeout ${timeoutMs} ms`,
    ...(retryPolicy === undefined ? [] : [`${retryPolicy.numRetries} retries`]),
    ...mirrors.map((mirror) => `mirrored to ${targetText(mirror)}, ${mirror.percentage} %`),
  ]
}

function shareText(share: Share): string {
  return `${Number((100 * share.ratio).toPrecision(4))} % ${targetText(share)}`
}

function targetText({ cluster }: Pick<Share, 'cluster'>): string {
  return `cluster ${cluster}`
}
