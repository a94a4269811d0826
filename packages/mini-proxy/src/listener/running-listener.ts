import type { Socket } from 'node:net'
import type { TcpConnection } from '../channel/tcp-connection.ts'
import type { ConnectionFacts } from '../http/stream.ts'
import type { Connection } from '../network/connection.ts'
import { hostPort, plainAddress, tryParseHostPort } from '../network/ip-address.ts'
import type { HeavyStream, IdleConnections } from '../network/network-filter.ts'
import type { ProxiedAddresses } from '../network/proxy-header.ts'
import { calmState, type OverloadState } from '../overload/overload-state.ts'
import type { Counter } from '../stats/stats.ts'
import { OpenConnections } from '../tcp/open-connections.ts'
import { BareConnectionFacts } from './bare-connection-facts.ts'
import { readClientHello } from './client-hello.ts'
import type { CompiledChain, CompiledListener } from './compile-listener.ts'
import {
  type ConnectionTraits,
  compileFilterChainMatch,
  type FilterChainMatcher,
} from './filter-chain-match.ts'
import { readHttpPreface } from './http-preface.ts'
import { type ListenerStats, listenerStats } from './listener-stats.ts'
import { peek } from './peek.ts'
import { ProxyHeaderReader } from './proxy-protocol.ts'
import { type ChainContext, RunningChain } from './running-chain.ts'

/** What a listener takes from the proxy around it. */
export interface ListenerContext extends ChainContext {
  readonly originalDestination: (socket: Socket) => string | undefined
  /** The listener that captured connections to this `ip:port` are handed to. */
  readonly listenerFor: (address: string, port: number) => RunningListener | undefined
  /** How many connections a listener takes at one time, by its name. */
  readonly connectionLimits: Readonly<Record<string, number | undefined>>
  /** What the proxy does to save itself now. */
  readonly overload: OverloadState
  /** Numbers connections. */
  readonly nextConnectionId: () => number
}

/** One version of a listener at work: gets accepted sockets, chooses a filter chain for each and lets it serve. */
export class RunningListener {
  readonly compiled: CompiledListener
  /** Something is done with connections, before a filter has them or by TLS, that only a socket can do. */
  readonly needsSockets: boolean
  readonly #context: ListenerContext
  readonly #chains: ReadonlyMap<string, RunningChain>
  readonly #match: FilterChainMatcher<RunningChain>
  /** The one chain that takes every connection; undefined: it has to be looked for. */
  readonly #onlyChain: RunningChain | undefined
  readonly #defaultChain: RunningChain | undefined
  readonly #stats: ListenerStats
  readonly #proxyHeader: ProxyHeaderReader | undefined
  /** Nobody serves them yet: their first bytes are looked at. */
  readonly #arriving = new OpenConnections()
  /** On its own port; what it hands over included. */
  #accepted = 0
  // One function for all connections: of many that are idle each should cost little.
  readonly #onAcceptedClosed = (): void => {
    this.#accepted -= 1
  }
  readonly #onReceivedClosed = (): void => {
    this.#stats.active.add(-1)
    this.#stats.destroyed.inc()
  }

  /** Chains of `previous` that are configured equally go on under this version. */
  constructor(compiled: CompiledListener, context: ListenerContext, previous?: RunningListener) {
    this.compiled = compiled
    this.needsSockets = needsSockets(compiled)
    const scope = context.stats.scope(`listener.${compiled.statPrefix}`)
    this.#stats = listenerStats(scope)
    const own: ListenerContext = {
      ...context,
      ...(compiled.drainsOnlyChanges && { health: neverFailed }),
      ...(compiled.bypassOverload && { overload: calmState() }),
    }
    this.#context = own
    const chains = new Map<string, RunningChain>()
    const run = (chain: CompiledChain): RunningChain => {
      const running =
        chains.get(chain.key) ??
        previous?.chainLike(chain.key) ??
        new RunningChain(chain, own, scope)
      chains.set(chain.key, running)
      return running
    }
    const matched = compiled.chains.map((it) => ({ match: it.match, chain: run(it) }))
    this.#match = compileFilterChainMatch(matched)
    const [first, ...more] = matched
    const takesAll = more.length === 0 && Object.keys(first?.match ?? {}).length === 0
    this.#onlyChain = takesAll ? first?.chain : undefined
    this.#defaultChain = compiled.defaultChain && run(compiled.defaultChain)
    const { proxyProtocol } = compiled.filters
    this.#proxyHeader = proxyProtocol && new ProxyHeaderReader(proxyProtocol, context.stats)
    this.#chains = chains
  }

  /** One more connection than all listeners together may have came to this one. */
  countGlobalOverflow(): void {
    this.#stats.globalOverflow.inc()
  }

  chainLike(key: string): RunningChain | undefined {
    return this.#chains.get(key)
  }

  /** Connections that a chain serves. */
  *connections(): Generator<Connection> {
    for (const chain of this.#chains.values()) yield* chain.connections
  }

  /** Takes a connection just accepted, if it needs no socket for that. */
  acceptBare(connection: TcpConnection): void {
    if (!this.#admit(connection)) return
    const facts = new BareConnectionFacts(this.#context.nextConnectionId(), connection)
    this.#countReceived(connection)
    this.#serve(connection, facts, nothingSeen)
  }

  /** Streams that share connections and hold at least so much. */
  *heavyStreams(leastBytes: number): Generator<HeavyStream> {
    for (const chain of this.#chains.values()) yield* chain.heavyStreams(leastBytes)
  }

  /** Takes a socket just accepted. */
  accept(socket: Socket): void {
    socket.on('error', () => socket.destroy())
    if (!this.#admit(socket)) return
    const since = this.#context.clock.now()
    if (this.#proxyHeader === undefined) {
      this.#handOver(socket, undefined, since)
      return
    }
    const arrival = this.#arriving.add(socket)
    const { timeoutMs } = this.compiled.filters
    const { timers } = this.#context
    this.#proxyHeader.read(socket, { timeoutMs, timers }, (end) => {
      this.#arriving.remove(arrival)
      if (end.kind === 'addresses') this.#handOver(socket, end.addresses, since)
      else this.#turnAway(socket, end.kind)
    })
  }

  /** Asks connections to end, except those of chains that `next` has taken over; settles once none is left. */
  async drain(idle: IdleConnections, next?: RunningListener, overMs = 0): Promise<void> {
    const chains = this.#ownChains(next)
    for (const chain of chains) chain.drain(idle, overMs)
    // Those that are still arriving will be with a chain then.
    await this.#arriving.empty
    await Promise.all(chains.map((it) => it.empty))
  }

  /** Ends every connection now, except those of chains that `next` has taken over. */
  close(next?: RunningListener): void {
    this.#arriving.destroyAll()
    for (const chain of this.#ownChains(next)) chain.close()
  }

  #ownChains(next: RunningListener | undefined): RunningChain[] {
    return [...this.#chains.values()].filter((chain) => next?.chainLike(chain.key) !== chain)
  }

  /** False: it is closed. */
  #admit(connection: Connection): boolean {
    const refusal = this.#refusal()
    if (refusal !== undefined) {
      refusal.inc()
      connection.destroy()
      return false
    }
    this.#accepted += 1
    connection.on('close', this.#onAcceptedClosed)
    return true
  }

  /** What counts a connection that is not taken. */
  #refusal(): Counter | undefined {
    const { overload, random, connectionLimits } = this.#context
    const { name } = this.compiled
    if (rejects(overload, random)) return this.#stats.overloadRejects
    const limit = connectionLimits[name] ?? Number.POSITIVE_INFINITY
    return this.#accepted >= limit ? this.#stats.overflow : undefined
  }

  /** Gives the connection to the listener of the address that it was going to, if that is somebody else's. */
  #handOver(socket: Socket, proxied: ProxiedAddresses | undefined, since: number): void {
    const target = this.#originalTarget(socket, proxied)
    const other =
      target !== undefined && this.compiled.useOriginalDst
        ? this.#context.listenerFor(target.address, target.port)
        : undefined
    const listener = other ?? this
    listener.#receive(socket, listener.#factsOf(socket, target, proxied), since)
  }

  #originalTarget(socket: Socket, proxied: ProxiedAddresses | undefined): Target | undefined {
    if (proxied !== undefined) return restoredTarget(socket, proxied)
    if (!this.compiled.filters.originalDst) return undefined
    const text = this.#context.originalDestination(socket)
    return text === undefined ? undefined : tryParseHostPort(text)
  }

  #receive(socket: Socket, facts: ConnectionFacts, since: number): void {
    this.#countReceived(socket)
    const { tlsInspector, httpInspector, continueOnTimeout } = this.compiled.filters
    const seen = new Seen(
      tlsInspector?.disabled(facts.localPort) === false,
      httpInspector?.disabled(facts.localPort) === false,
    )
    if (seen.decided) {
      this.#serve(socket, facts, seen)
      return
    }
    const { timers } = this.#context
    const options = { maxBytes: maxPeekBytes, timeoutMs: this.#timeLeft(since), timers }
    const arrival = this.#arriving.add(socket)
    const inspect = (bytes: Uint8Array): number | undefined => (seen.look(bytes) ? 0 : undefined)
    peek(socket, inspect, options, (end) => {
      this.#arriving.remove(arrival)
      if (end === 'done') this.#serve(socket, facts, seen)
      else if (end === 'timeout' && continueOnTimeout) {
        this.#stats.timedOut.inc()
        this.#serve(socket, facts, seen)
      } else this.#turnAway(socket, end)
    })
  }

  #countReceived(connection: Connection): void {
    this.#stats.total.inc()
    this.#stats.active.add(1)
    connection.on('close', this.#onReceivedClosed)
  }

  /** All that a listener looks at has to come within one time. */
  #timeLeft(since: number): number {
    return Math.max(1, this.compiled.filters.timeoutMs - (this.#context.clock.now() - since))
  }

  #turnAway(socket: Socket, why: 'closed' | 'timeout' | 'refused'): void {
    if (why === 'closed') this.#stats.remoteClosed.inc()
    if (why === 'timeout') this.#stats.timedOut.inc()
    socket.destroy()
  }

  #serve(socket: Connection, facts: ConnectionFacts, seen: Seen): void {
    const chain = this.#onlyChain ?? this.#match(traitsOf(facts, seen)) ?? this.#defaultChain
    if (chain === undefined) {
      this.#stats.noMatch.inc()
      socket.destroy()
      return
    }
    chain.serve(socket, facts)
  }

  #factsOf(
    socket: Socket,
    target: Target | undefined,
    proxied: ProxiedAddresses | undefined,
  ): ConnectionFacts {
    const peer = { address: plainAddress(socket.remoteAddress), port: socket.remotePort ?? 0 }
    return {
      id: this.#context.nextConnectionId(),
      remoteAddress: proxied?.sourceAddress ?? peer.address,
      remotePort: proxied?.sourcePort ?? peer.port,
      localAddress: target?.address ?? plainAddress(socket.localAddress),
      localPort: target?.port ?? socket.localPort ?? 0,
      ...(proxied && { directPeer: peer }),
      ...(proxied?.tlvs && { proxyTlvs: proxied.tlvs }),
      ...(target && { originalDestination: hostPort(target.address, target.port) }),
      tls: undefined,
    }
  }
}

function needsSockets({ filters, chains, defaultChain }: CompiledListener): boolean {
  const { tlsInspector, httpInspector, originalDst, proxyProtocol } = filters
  const looks = tlsInspector ?? httpInspector ?? proxyProtocol
  if (looks !== undefined || originalDst) return true
  return [...chains, defaultChain].some((it) => it?.tls !== undefined)
}

/** Who should have been left in the system's queue, and could not be, is closed, too. */
function rejects(overload: OverloadState, random: () => number): boolean {
  const { rejectConnections: share, stopAcceptingConnections, loadShed } = overload
  if (stopAcceptingConnections === 1 || (share > 0 && random() < share)) return true
  return loadShed.acceptConnection?.sheds() === true
}

const neverFailed = { failed: false }

interface Target {
  readonly address: string
  readonly port: number
}

/** Where the header says that the connection was going, unless that is here. */
function restoredTarget(socket: Socket, proxied: ProxiedAddresses): Target | undefined {
  const { destinationAddress: address, destinationPort: port } = proxied
  const isHere = address === plainAddress(socket.localAddress) && port === socket.localPort
  return isHere ? undefined : { address, port }
}

/** Ample for a ClientHello with post-quantum key shares, and for the longest request line recognized. */
const maxPeekBytes = 16_384

/** What the inspectors have found in the first bytes. */
class Seen {
  transportProtocol: 'tls' | 'raw_buffer' = 'raw_buffer'
  serverName: string | undefined
  applicationProtocols: readonly string[] = []
  #lookForTls: boolean
  #lookForHttp: boolean

  constructor(lookForTls: boolean, lookForHttp: boolean) {
    this.#lookForTls = lookForTls
    this.#lookForHttp = lookForHttp
  }

  get decided(): boolean {
    return !(this.#lookForTls || this.#lookForHttp)
  }

  look(bytes: Uint8Array): boolean {
    if (this.#lookForTls) this.#lookAtHello(bytes)
    if (!this.#lookForTls && this.#lookForHttp) this.#lookAtPreface(bytes)
    return this.decided
  }

  #lookAtHello(bytes: Uint8Array): void {
    const found = readClientHello(bytes)
    if (found.kind === 'more') return
    this.#lookForTls = false
    if (found.kind === 'other') return
    this.#lookForHttp = false
    this.transportProtocol = 'tls'
    this.serverName = found.hello.serverName
    this.applicationProtocols = found.hello.alpn
  }

  #lookAtPreface(bytes: Uint8Array): void {
    const found = readHttpPreface(bytes)
    if (found === 'more') return
    this.#lookForHttp = false
    if (found !== undefined) this.applicationProtocols = [found]
  }
}

const nothingSeen = new Seen(false, false)

function traitsOf(facts: ConnectionFacts, seen: Seen): ConnectionTraits {
  return {
    destinationAddress: facts.localAddress,
    destinationPort: facts.localPort,
    serverName: seen.serverName,
    transportProtocol: seen.transportProtocol,
    applicationProtocols: seen.applicationProtocols,
    sourceAddress: facts.remoteAddress,
    sourcePort: facts.remotePort,
    directSourceAddress: facts.directPeer?.address ?? facts.remoteAddress,
  }
}
