import { routedFrom, type Verdict, verdict } from './verdict.ts'
import { outcomeWords } from './words.ts'

/** Whether it is redirected to a location, given whole or as a pattern. */
export function toRedirectTo(
  received: unknown,
  location: string | RegExp,
  { status }: { readonly status?: number } = {},
): Verdict {
  const routed = routedFrom(received)
  const { outcome } = routed
  const pass =
    outcome.kind === 'redirect' &&
    (typeof location === 'string'
      ? location === outcome.location
      : outcome.location.search(location) !== -1) &&
    (status === undefined || status === outcome.status)
  return verdict(routed, {
    pass,
    wanted: `be redirected to ${location}${status === undefined ? '' : ` with ${status}`}`,
    got: outcomeWords(routed),
  })
}

/** Whether the route answers it at once. */
export function toRespondWith(
  received: unknown,
  status: number,
  { body }: { readonly body?: string } = {},
): Verdict {
  const routed = routedFrom(received)
  const { outcome } = routed
  const text = outcome.kind === 'direct-response' ? bodyText(outcome.body) : ''
  const isAnswered = outcome.kind === 'direct-response' && outcome.status === status
  const shown = body === undefined ? '' : ` and the body ${JSON.stringify(text)}`
  return verdict(routed, {
    pass: isAnswered && (body === undefined || body === text),
    wanted: `be answered with ${status}${body === undefined ? '' : ` and the body ${JSON.stringify(body)}`}`,
    got: `${outcomeWords(routed)}${shown}`,
  })
}

function bodyText(body: string | Uint8Array | undefined): string {
  return typeof body === 'string' ? body : new TextDecoder().decode(body)
}
