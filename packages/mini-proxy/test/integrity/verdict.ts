import type { SeenRequest } from './backend.ts'
import { body, type Comparison, sumOf } from './bodies.ts'
import type { SeenResponse } from './client.ts'
import type { Message, Plan } from './plan.ts'

/** What became of an exchange: all was right, it was broken off and seen to be, or what was wrong. */
export type Verdict = 'whole' | 'broken' | string

/** Judges one exchange by what both ends saw of it; to be called once nothing of it is under way. */
export function verdict(
  plan: Plan,
  response: SeenResponse,
  requests: readonly SeenRequest[],
): Verdict {
  const faults = [
    ...(plan.breaks === undefined
      ? faultsOfWhole(plan, response, requests)
      : faultsOfBroken(plan, response, requests)),
  ]
  if (faults.length === 0) return plan.breaks === undefined ? 'whole' : 'broken'
  return `${faults.join(', ')}: ${JSON.stringify(plan)} ${response.error ?? ''}`
}

function* faultsOfWhole(
  plan: Plan,
  response: SeenResponse,
  requests: readonly SeenRequest[],
): Generator<string> {
  if (response.status !== 200) yield `status ${response.status}`
  if (!response.ended) yield 'response did not end'
  yield* differences('response', plan.response, response)
  if (requests.length !== 1) yield `request seen ${requests.length} times`
  for (const it of requests) {
    if (!it.ended) yield 'request did not end'
    yield* differences('request', plan.request, it)
  }
}

function* differences(
  name: string,
  message: Message,
  { comparison, sum }: { comparison: Comparison; sum: string | undefined },
): Generator<string> {
  if (!comparison.isWhole) yield `${name} differs, ${comparison}`
  const expected = message.trailers ? sumOf(body(message.number, message.bytes)) : undefined
  if (sum !== expected) yield `trailer of the ${name} is ${sum}, not ${expected}`
}

/** As far as anything came it was right, and the message that was broken off did not look whole to its reader. */
function* faultsOfBroken(
  { breaks }: Plan,
  response: SeenResponse,
  requests: readonly SeenRequest[],
): Generator<string> {
  if (!response.comparison.isRight) yield `response differs, ${response.comparison}`
  const client = breaks?.by === 'client'
  const inRequest = breaks?.during === 'request'
  // A client that leaves in the response may have it all by then. The proxy's own answer says that there is none.
  if ((!client || inRequest) && response.status === 200 && response.ended) {
    yield 'broken response looks whole'
  }
  for (const it of requests) {
    if (!it.comparison.isRight) yield `request differs, ${it.comparison}`
    if (client && inRequest && it.ended) yield 'broken request looks whole'
  }
}
