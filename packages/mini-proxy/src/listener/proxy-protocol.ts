import type { Socket } from 'node:net'
import { refuse } from '../errors.ts'
import {
  maxProxyHeaderBytes,
  type ProxiedAddresses,
  type ProxyHeaderVersion,
  readProxyHeader,
} from '../network/proxy-header.ts'
import {
  compileTlvChoice,
  type PassThroughTlvsJson,
  readProxyTlvs,
  type TlvChoice,
} from '../network/proxy-tlvs.ts'
import type { Counter, StatsScope } from '../stats/stats.ts'
import { type PeekEnd, type PeekOptions, peek } from './peek.ts'

/** `envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol` in proto3 JSON, as far as it is honored. */
export interface ProxyProtocolJson {
  readonly allowRequestsWithoutProxyProtocol?: boolean
  readonly disallowedVersions?: readonly ('V1' | 'V2')[]
  readonly statPrefix?: string
  readonly passThroughTlvs?: PassThroughTlvsJson
  readonly rules?: readonly object[]
}

/** How a listener treats the header that a proxy in front of it sends. */
export interface ProxyProtocol {
  readonly mayBeMissing: boolean
  readonly refused: ReadonlySet<ProxyHeaderVersion>
  readonly statPrefix: string
  /** Which extensions are kept, for hosts that are told of the client. */
  readonly keeps: TlvChoice
  /** What is accepted and not acted on. */
  readonly ignored: readonly string[]
}

/** @throws {ProxyError} both versions are disallowed, so that nothing could ever be accepted */
export function compileProxyProtocol(json: ProxyProtocolJson): ProxyProtocol {
  const refused = new Set((json.disallowedVersions ?? []).map((it) => (it === 'V1' ? 1 : 2)))
  const mayBeMissing = json.allowRequestsWithoutProxyProtocol === true
  if (refused.size === 2 && !mayBeMissing) refuse('proxy_protocol disallows every version')
  const statPrefix = json.statPrefix ? `${json.statPrefix}.` : ''
  const keeps = compileTlvChoice(json.passThroughTlvs)
  const ignored = (json.rules ?? []).length > 0 ? ['ProxyProtocol.rules'] : []
  return { mayBeMissing, refused, statPrefix, keeps, ignored }
}

/** `refused`: the connection is not to be served. */
export type ProxyHeaderEnd =
  | { readonly kind: 'addresses'; readonly addresses: ProxiedAddresses | undefined }
  | { readonly kind: 'refused' }
  | { readonly kind: Exclude<PeekEnd, 'done'> }

/** Takes the header off the front of a connection, and counts what was found under Envoy's names. */
export class ProxyHeaderReader {
  readonly #protocol: ProxyProtocol
  readonly #stats: ProxyProtocolStats

  /** `stats` is the root scope. */
  constructor(protocol: ProxyProtocol, stats: StatsScope) {
    this.#protocol = protocol
    this.#stats = proxyProtocolStats(stats, protocol.statPrefix)
  }

  read(
    socket: Socket,
    options: Omit<PeekOptions, 'maxBytes'>,
    onEnd: (end: ProxyHeaderEnd) => void,
  ): void {
    let end: ProxyHeaderEnd = { kind: 'refused' }
    const inspect = (bytes: Uint8Array): number | undefined => {
      const found = readProxyHeader(bytes)
      if (found.kind === 'more') return undefined
      if (found.kind === 'none') end = this.#onNone()
      else if (found.kind === 'broken') this.#stats.versions[found.version].broken.inc()
      else if (this.#protocol.refused.has(found.version)) {
        this.#stats.versions[found.version].disallowed.inc()
      } else {
        this.#stats.versions[found.version].found.inc()
        end = { kind: 'addresses', addresses: this.#kept(found.addresses, found.extensions) }
        return found.length
      }
      return 0
    }
    peek(socket, inspect, { ...options, maxBytes: maxProxyHeaderBytes }, (how) =>
      onEnd(how === 'done' ? end : { kind: how }),
    )
  }

  #kept(
    addresses: ProxiedAddresses | undefined,
    extensions: Uint8Array | undefined,
  ): ProxiedAddresses | undefined {
    if (addresses === undefined || extensions === undefined) return addresses
    const tlvs = readProxyTlvs(extensions, this.#protocol.keeps)
    return tlvs.length === 0 ? addresses : { ...addresses, tlvs }
  }

  #onNone(): ProxyHeaderEnd {
    if (this.#protocol.mayBeMissing) {
      this.#stats.allowed.inc()
      return { kind: 'addresses', addresses: undefined }
    }
    this.#stats.disallowed.inc()
    return { kind: 'refused' }
  }
}

interface VersionStats {
  readonly found: Counter
  readonly disallowed: Counter
  readonly broken: Counter
}

interface ProxyProtocolStats {
  readonly allowed: Counter
  readonly disallowed: Counter
  readonly versions: Readonly<Record<ProxyHeaderVersion, VersionStats>>
}

function proxyProtocolStats(root: StatsScope, prefix: string): ProxyProtocolStats {
  const name = `proxy_proto.${prefix}`
  const version = (of: string): VersionStats => ({
    found: root.counter(`${name}versions.${of}.found`),
    disallowed: root.counter(`${name}versions.${of}.disallowed`),
    broken: root.counter(`${name}versions.${of}.error`),
  })
  return {
    allowed: root.counter(`${name}not_found_allowed`),
    disallowed: root.counter(`${name}not_found_disallowed`),
    versions: { 1: version('v1'), 2: version('v2') },
  }
}
