import { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import type { Attempt } from '../cluster/attempt.ts'

type Handler = Dispatcher.DispatchHandler
type Controller = Dispatcher.DispatchController

/** What a handler reports about, and to whom. */
export interface RequestFacts {
  readonly attempt: Attempt
  readonly body: Dispatcher.DispatchOptions['body']
  /** Called for a 5xx, and for an error that is the host's. */
  readonly onFailure: () => void
}

/** Hands everything on to the handler of a request, and tells the attempt what came of it. */
export class ReportingHandler implements Handler {
  readonly #inner: Handler
  readonly #facts: RequestFacts
  readonly #attempt: Attempt
  #thrown: unknown

  constructor(inner: Handler, facts: RequestFacts) {
    this.#inner = inner
    this.#facts = facts
    this.#attempt = facts.attempt
  }

  onRequestStart(controller: Controller, context: unknown): void {
    this.#attempt.connected()
    this.#inner.onRequestStart?.(controller, context)
  }

  onRequestUpgrade(...args: Args<'onRequestUpgrade'>): void {
    const [, status, , socket] = args
    this.#attempt.answered(status)
    // What was upgraded is in flight for as long as its connection is.
    socket.once('close', () => this.#attempt.end())
    this.#inner.onRequestUpgrade?.(...args)
  }

  onResponseStart(...args: Args<'onResponseStart'>): void {
    const [, status] = args
    if (status >= firstFinalStatus) this.#attempt.answered(status)
    if (status >= firstServerError) this.#facts.onFailure()
    this.#tell(() => this.#inner.onResponseStart?.(...args))
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    this.#tell(() => this.#inner.onResponseData?.(controller, chunk))
  }

  onResponseEnd(...args: Args<'onResponseEnd'>): void {
    this.#attempt.end()
    this.#tell(() => this.#inner.onResponseEnd?.(...args))
  }

  onResponseError(controller: Controller, error: Error): void {
    const isCallers =
      controller?.aborted || error === this.#thrown || isErrorOf(this.#facts.body, error)
    const why = isCallers ? undefined : faultOfHost(error)
    if (why !== undefined) {
      this.#attempt.failed(why)
      this.#facts.onFailure()
    }
    this.#attempt.end()
    this.#inner.onResponseError?.(controller, error)
  }

  onResponseStarted(): void {
    this.#inner.onResponseStarted?.()
  }

  onBodySent(chunk: Buffer): void {
    this.#inner.onBodySent?.(chunk)
  }

  onRequestSent(): void {
    this.#inner.onRequestSent?.()
  }

  /** What a handler throws comes back as the error of its request, for which the host can do nothing. */
  #tell(inner: () => void): void {
    try {
      inner()
    } catch (error) {
      this.#thrown = error
      throw error
    }
  }
}

type Args<K extends keyof Handler> = Parameters<NonNullable<Handler[K]>>

const firstFinalStatus = 200
const firstServerError = 500

/** Whether it was the body that could not be read. */
function isErrorOf(body: RequestFacts['body'], error: Error): boolean {
  return body instanceof Readable && body.errored === error
}

/** What an error says of the host; undefined where it is the caller's own doing. */
function faultOfHost(error: Error & { readonly code?: unknown }): HostFault | undefined {
  const { code } = error
  if (typeof code !== 'string' || callersFaults.has(code)) return undefined
  return timeouts.has(code) ? 'local-timeout' : 'connect-failed'
}

type HostFault = Parameters<Attempt['failed']>[0]

const timeouts: ReadonlySet<string> = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'])
const callersFaults: ReadonlySet<string> = new Set([
  'UND_ERR_ABORTED',
  'UND_ERR_CLOSED',
  'UND_ERR_DESTROYED',
  'UND_ERR_INVALID_ARG',
  'UND_ERR_NOT_SUPPORTED',
  'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
  'UND_ERR_RES_EXCEEDED_MAX_SIZE',
])
