import { errorMonitor } from 'node:events'
import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Attempt } from '../cluster/attempt.ts'

/** Tells an attempt what comes of a request. Nothing that its caller sees changes. */
export function reportOutcome(request: ClientRequest, attempt: Attempt): void {
  const fate = watch(request)
  request.once('socket', (socket) => {
    if (socket.connecting) socket.once('connect', () => attempt.connected())
    else attempt.connected()
  })
  request.prependOnceListener('response', (response: IncomingMessage) => {
    fate.response = response
    attempt.answered(response.statusCode ?? 0)
    // Node throws an answer away that nobody listens for; now somebody does.
    if (request.listenerCount('response') === 0) response.resume()
  })
  // A monitor: with a listener an error would no longer be thrown where nobody listens.
  request.on(errorMonitor, () => {
    if (fate.timedOut) attempt.failed('local-timeout')
    else if (!fate.isCallers) attempt.failed('connect-failed')
    fate.isTold = true
  })
  request.once('close', () => conclude(request, attempt, fate))
}

interface Fate {
  response: IncomingMessage | undefined
  /** The caller was told that it takes long, and has ended it since. */
  timedOut: boolean
  /** The caller has ended it. */
  isCallers: boolean
  /** Its error was reported. */
  isTold: boolean
}

/** An error after the caller's own `destroy` is none of the host's, except after a time-out. */
function watch(request: ClientRequest): Fate {
  const fate: Fate = { response: undefined, timedOut: false, isCallers: false, isTold: false }
  let isLate = false
  request.once('timeout', () => {
    isLate = true
  })
  const destroy = request.destroy.bind(request)
  request.destroy = (error) => {
    if (!request.destroyed) {
      fate.timedOut = isLate
      fate.isCallers = !isLate
    }
    return destroy(error)
  }
  return fate
}

function conclude(request: ClientRequest, attempt: Attempt, fate: Fate): void {
  const { response } = fate
  if (response !== undefined) {
    const brokeOff = !response.complete && isReset(response.errored)
    if (brokeOff && !fate.isTold) attempt.failed(fate.timedOut ? 'local-timeout' : 'connect-failed')
    attempt.end()
    return
  }
  const upgraded = fate.isTold || fate.isCallers ? undefined : answerOf(request)
  if (upgraded === undefined || request.socket === null) {
    attempt.end()
    return
  }
  attempt.answered(upgraded.statusCode ?? 0)
  // What was upgraded is in flight for as long as its connection is.
  if (request.socket.destroyed) attempt.end()
  else request.socket.once('close', () => attempt.end())
}

function isReset(error: (Error & { readonly code?: unknown }) | null): boolean {
  return error?.code === 'ECONNRESET'
}

/** The answer to an upgrade, which is told to listeners for upgrades only. */
function answerOf(request: ClientRequest): IncomingMessage | undefined {
  return (request as { readonly res?: IncomingMessage | null }).res ?? undefined
}
