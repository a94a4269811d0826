import type { ClusterAction, Match, MirrorPolicy } from '@meshwright/route-matcher'
import { StreamInfo } from '../access-log/stream-info.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { appendToList } from '../hcm/request-edge.ts'
import type { HeaderList } from '../http/header-list.ts'
import type { RequestHead } from '../http/stream.ts'
import type { Destination } from './destination.ts'
import type { Forwarding } from './forwarding.ts'
import { planForwarding } from './forwarding-plan.ts'
import type { RouterContext } from './router-context.ts'
import type { RouterStream } from './router-stream.ts'

/** A request of which copies are sent, and the time-out of the whole. */
export interface Mirrored extends Destination {
  readonly totalMs: number
}

/** How copies are sent: as the request itself is. */
export interface MirrorParts {
  readonly context: RouterContext
  readonly endStream: boolean
  readonly forwarding: typeof Forwarding
}

/** Copies of a request, sent as it arrives where the route's mirror policies want them; nobody waits for the answers. */
export class Mirrors {
  readonly #copies: readonly Copy[]

  private constructor(copies: readonly Copy[]) {
    this.#copies = copies
  }

  /** Undefined: there are none this time. */
  static start(stream: RouterStream, to: Mirrored, parts: MirrorParts): Mirrors | undefined {
    // As Envoy: one draw for all policies.
    const draw = parts.context.random()
    const copies: Copy[] = []
    for (const policy of to.action.mirrors) {
      const { numerator, denominator } = policy.fraction
      if (Math.floor(draw * denominator) >= numerator) continue
      const copy = startCopy(stream, policy, to, parts)
      if (copy !== undefined) copies.push(copy)
    }
    return copies.length === 0 ? undefined : new Mirrors(copies)
  }

  data(chunk: Uint8Array, endStream: boolean): void {
    for (const { forwarding } of this.#copies) forwarding.data(chunk, endStream)
  }

  trailers(trailers: HeaderList): void {
    for (const { forwarding } of this.#copies) forwarding.trailers(trailers)
  }

  /** The rest of the request will not come. */
  cancel(): void {
    for (const { forwarding, stream } of this.#copies) {
      forwarding.cancel()
      stream.resumeRequest()
    }
  }
}

interface Copy {
  readonly forwarding: Forwarding
  readonly stream: CopyStream
}

function startCopy(
  stream: RouterStream,
  policy: MirrorPolicy,
  to: Mirrored,
  { context, endStream, forwarding: Forward }: MirrorParts,
): Copy | undefined {
  const name = policy.cluster ?? stream.head.headers.get(policy.clusterHeader ?? '')
  const cluster = name === undefined ? undefined : stream.clusters.get(name)
  if (cluster === undefined) return undefined
  const head: RequestHead = {
    ...stream.head,
    authority: mirroredAuthority(stream.head.authority, policy),
    headers: stream.head.headers.clone(),
  }
  // As Envoy, for which a copy is a request of its own.
  head.headers.set('x-envoy-internal', 'true')
  appendToList(head.headers, 'x-forwarded-for', stream.connection.localAddress, ',')
  context.headers.applyList(policy.requestHeadersMutations, head.headers, stream.info)
  const copy = new CopyStream(stream, head, context)
  const forwarding = new Forward(planForwarding(copy, destinationOf(to, cluster), context))
  forwarding.start(endStream)
  return { forwarding, stream: copy }
}

/** A copy is neither retried nor mirrored, and nothing of the route steers it. */
function destinationOf({ action, match, totalMs }: Mirrored, cluster: Cluster): Destination {
  const plain: ClusterAction = {
    ...action,
    timeoutMs: totalMs,
    maxGrpcTimeoutMs: undefined,
    retryPolicy: undefined,
    hedgeOnPerTryTimeout: false,
    hashPolicies: [],
    mirrors: [],
    priority: 'default',
    metadataMatch: undefined,
    autoHostRewrite: false,
  }
  return { match, action: plain, cluster }
}

/** The downstream of a copy: nobody. */
class CopyStream implements RouterStream {
  readonly connection: RouterStream['connection']
  readonly info: StreamInfo
  readonly head: RequestHead
  readonly match: Match | undefined = undefined
  readonly clusters: RouterStream['clusters']
  readonly #original: RouterStream
  #pauses = false

  constructor(original: RouterStream, head: RequestHead, context: RouterContext) {
    this.#original = original
    this.connection = original.connection
    this.clusters = original.clusters
    this.head = head
    this.info = new StreamInfo(original.connection, context.wallClock(), () => context.clock.now())
  }

  respondInterim(): void {}
  respondHead(): void {}

  respondData(): boolean {
    return true
  }

  respondTrailers(): void {}
  respondLocally(): void {}
  resetDownstream(): void {}

  /** A slow mirror slows the client down, as in Envoy. */
  pauseRequest(): void {
    if (this.#pauses) return
    this.#pauses = true
    this.#original.pauseRequest()
  }

  resumeRequest(): void {
    if (!this.#pauses) return
    this.#pauses = false
    this.#original.resumeRequest()
  }
}

function mirroredAuthority(authority: string, policy: MirrorPolicy): string {
  if (policy.hostRewriteLiteral !== undefined) return policy.hostRewriteLiteral
  if (!policy.appendShadowSuffix) return authority
  const port = /:\d+$/.exec(authority)
  return port === null
    ? `${authority}-shadow`
    : `${authority.slice(0, port.index)}-shadow${port[0]}`
}
