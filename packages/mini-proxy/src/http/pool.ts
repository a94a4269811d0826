import type {
  MessageReceiver,
  MessageSender,
  RequestHead,
  ResetReason,
  ResponseHead,
} from './stream.ts'

/** What a pool tells of a stream that was asked for; exactly one of the two is called, perhaps before `newStream` returns. */
export interface StreamCallbacks {
  onReady(sender: MessageSender<RequestHead>, facts: UpstreamFacts): void
  onFailure(reason: ResetReason, detail: string): void
}

export interface UpstreamFacts {
  readonly localAddress: string
  readonly remoteAddress: string
  /** The connection had carried a request before. */
  readonly reused: boolean
}

/** Connections to one host. */
export interface HttpPool {
  /** Takes an idle connection, opens one, or waits for one. `cancel` before `onReady` withdraws the request. */
  newStream(receiver: MessageReceiver<ResponseHead>, callbacks: StreamCallbacks): { cancel(): void }
  /** Closes idle connections now and the others after their request; new streams fail. */
  drain(): void
  /** Closes everything now. */
  close(): void
}
