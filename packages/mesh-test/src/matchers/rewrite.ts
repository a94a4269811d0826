import { routedFrom, type Verdict, verdict } from './verdict.ts'
import { headerWords, outcomeWords } from './words.ts'

/** Which headers are meant. Default: those of the request. */
export interface HeaderOptions {
  readonly in?: 'request' | 'response'
}

/** Whether it goes upstream with this path (and query), this authority, or both. */
export function toBeRewrittenTo(
  received: unknown,
  expected: { readonly path?: string; readonly authority?: string },
): Verdict {
  const routed = routedFrom(received)
  const { outcome } = routed
  const { path, authority } = expected
  const pass =
    outcome.kind === 'forwarded' &&
    (path !== undefined || authority !== undefined) &&
    (path === undefined || path === outcome.path) &&
    (authority === undefined || authority === outcome.authority)
  return verdict(routed, {
    pass,
    wanted: `be rewritten to ${rewriteWords(expected)}`,
    got: outcome.kind === 'forwarded' ? rewriteWords(outcome) : outcomeWords(routed),
  })
}

/** Whether a header has this value as it goes on: whoever set it, client or route. */
export function toSendHeader(
  received: unknown,
  name: string,
  value: string | RegExp,
  { in: side = 'request' }: HeaderOptions = {},
): Verdict {
  const routed = routedFrom(received)
  const { headers } = side === 'request' ? routed.requestHeaders : routed.responseHeaders
  const got = headers.get(name.toLowerCase())
  const isValue = typeof value === 'string' ? got === value : got?.search(value) !== -1
  return verdict(routed, {
    pass: got !== undefined && isValue,
    wanted: `send the ${side} header ${name}: ${value}`,
    got: headerWords(name, got),
  })
}

/** Whether the route takes a header away. */
export function toRemoveHeader(
  received: unknown,
  name: string,
  { in: side = 'request' }: HeaderOptions = {},
): Verdict {
  const routed = routedFrom(received)
  const { removed } = side === 'request' ? routed.requestHeaders : routed.responseHeaders
  return verdict(routed, {
    pass: removed.has(name.toLowerCase()),
    wanted: `remove the ${side} header ${name}`,
    got: removed.size === 0 ? 'none that is removed' : `${[...removed].join(', ')} removed`,
  })
}

function rewriteWords({
  path,
  authority,
}: {
  readonly path?: string
  readonly authority?: string
}): string {
  const parts = [
    path === undefined ? [] : [`the path ${path}`],
    authority === undefined ? [] : [`the authority ${authority}`],
  ]
  return parts.flat().join(' and ')
}
