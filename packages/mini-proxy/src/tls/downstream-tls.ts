import type { Socket } from 'node:net'
import type { Server, TLSSocket, TlsOptions } from 'node:tls'
import type { Timers } from '../ambient.ts'
import { refuse, refuseFields } from '../errors.ts'
import type { TlsFacts } from '../http/stream.ts'
import { durationMs } from '../network/duration.ts'
import type { StatsScope } from '../stats/stats.ts'
import {
  type CommonTls,
  type CommonTlsContextJson,
  compileCommonTls,
} from './common-tls-context.ts'
import { nodeTls } from './node-tls.ts'
import { subjectAlternativeNames } from './subject-alternative-names.ts'
import { type Secrets, suppliedTls } from './supplied-tls.ts'

/** `envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext` in proto3 JSON, as far as it is honored. */
export interface DownstreamTlsContextJson {
  readonly commonTlsContext?: CommonTlsContextJson
  readonly requireClientCertificate?: boolean
  readonly disableStatelessSessionResumption?: boolean
  readonly preferClientCiphers?: boolean
  readonly sessionTimeout?: string
  readonly ocspStaplePolicy?: string
}

/** A compiled context, free of resources. */
export interface DownstreamTls {
  readonly common: CommonTls
  readonly options: TlsOptions
  readonly requireClientCertificate: boolean
  /** This context with its secrets; undefined before all of them are there. */
  readonly supplied: (secrets: Secrets) => DownstreamTls | undefined
}

/**
 * Compiles a context.
 *
 * @throws {ProxyError} on anything that protects and cannot be enforced, such as a required client certificate without a trusted CA
 */
export function compileDownstreamTls(where: string, json: DownstreamTlsContextJson): DownstreamTls {
  refuseFields(where, json, ['sessionTicketKeys', 'sessionTicketKeysSdsSecretConfig', 'requireSni'])
  if ((json.ocspStaplePolicy ?? 'LENIENT_STAPLING') !== 'LENIENT_STAPLING') {
    refuse(`${where}.ocsp_staple_policy ${json.ocspStaplePolicy} is not supported`)
  }
  const common = compileCommonTls(`${where}.common_tls_context`, json.commonTlsContext ?? {})
  const waits = common.awaited.length > 0
  if (!(common.hasCertificate || waits)) refuse(`${where}: no server certificate`)
  const requireClientCertificate = json.requireClientCertificate === true
  if (requireClientCertificate && common.verification === undefined && !common.awaitsRoots) {
    refuse(`${where}.require_client_certificate without a trusted_ca verifies nothing`)
  }
  const tls: DownstreamTls = {
    common,
    requireClientCertificate,
    supplied: waits
      ? suppliedTls(json.commonTlsContext ?? {}, (commonTlsContext) =>
          compileDownstreamTls(where, { ...json, commonTlsContext }),
        )
      : () => tls,
    options: {
      ...common.secureContext,
      ...(json.disableStatelessSessionResumption === true && { secureOptions: noTicket }),
      honorCipherOrder: json.preferClientCiphers !== true,
      requestCert: common.verification !== undefined,
      // The verdict is passed on in `refusalOf`, where an absent certificate can be told from a bad one.
      rejectUnauthorized: false,
      sessionTimeout: sessionSeconds(json.sessionTimeout),
    },
  }
  return tls
}

/** Whole, as in Envoy, and no more than Node takes. */
function sessionSeconds(text: string | undefined): number {
  const seconds = Math.floor(durationMs(text, defaultSessionMs) / 1000)
  return Math.min(Math.max(seconds, 1), maxSessionSeconds)
}

const maxSessionSeconds = 2 ** 31 - 1

/** Terminates TLS on the connections of one filter chain. */
export interface TlsTerminator {
  /** Takes over a raw connection, bytes already read unshifted; `onSecure` is called once the peer is known and accepted. */
  accept(socket: Socket, onSecure: (secure: TLSSocket, facts: TlsFacts) => void): void
}

/** What a terminator needs besides its context. */
export interface TlsTerminatorOptions {
  readonly tls: DownstreamTls
  /** Protocols that the filter behind can speak, of those the context offers. */
  readonly alpn: readonly string[]
  /** Of a connection that begins now. */
  readonly handshakeTimeoutMs: () => number
  readonly timers: Timers
  /** `listener.<address>`. */
  readonly stats: StatsScope
  readonly secrets: Secrets
}

/** Connections are closed before the secrets are there; a handshake that has begun ends with those it began with. */
export function createTlsTerminator(options: TlsTerminatorOptions): TlsTerminator {
  const closing = closingTerminator(options.stats)
  let inForce: DownstreamTls | undefined
  let terminator = closing
  return {
    accept: (socket, onSecure) => {
      const tls = options.tls.supplied(options.secrets)
      if (tls !== inForce && tls !== undefined) terminator = terminatorOf({ ...options, tls })
      inForce = tls
      terminator.accept(socket, onSecure)
    },
  }
}

function terminatorOf(options: TlsTerminatorOptions): TlsTerminator {
  const waiting = new Map<string, Waiting>()
  const server = nodeTls().createServer({ ...options.tls.options, ...alpnOption(options.alpn) })
  const failed = options.stats.counter('ssl.connection_error')
  const unverified = options.stats.counter('ssl.fail_verify_error')
  const handshakes = options.stats.counter('ssl.handshake')
  server.on('secureConnection', (secure) => {
    const key = keyOf(secure)
    const entry = waiting.get(key)
    if (entry === undefined) return void secure.destroy()
    entry.settle()
    secure.on('error', () => secure.destroy())
    const refusal = refusalOf(secure, options.tls)
    if (refusal !== undefined) {
      unverified.inc()
      return void secure.destroy()
    }
    handshakes.inc()
    secure.allowHalfOpen = true
    entry.onSecure(secure, factsOf(secure))
  })
  server.on('tlsClientError', (_error, secure) => {
    failed.inc()
    secure.destroy()
  })
  return { accept: (socket, onSecure) => accept({ waiting, server, options }, socket, onSecure) }
}

/** Nobody can be shown a certificate that has not come. */
function closingTerminator(stats: StatsScope): TlsTerminator {
  const name = 'server_ssl_socket_factory.downstream_context_secrets_not_ready'
  const notReady = stats.counter(name)
  return {
    accept: (socket) => {
      notReady.inc()
      socket.destroy()
    },
  }
}

interface Waiting {
  settle(): void
  readonly onSecure: (secure: TLSSocket, facts: TlsFacts) => void
}

interface Terminating {
  readonly waiting: Map<string, Waiting>
  readonly server: Server
  readonly options: TlsTerminatorOptions
}

/** SSL_OP_NO_TICKET; `constants` of node:crypto names it the same. */
const noTicket = 0x4000
/** Envoy's: as long as OpenSSL's own. */
const defaultSessionMs = 7_200_000

function accept(
  { waiting, server, options }: Terminating,
  socket: Socket,
  onSecure: Waiting['onSecure'],
): void {
  const key = keyOf(socket)
  const timer = options.timers.setTimeout(() => socket.destroy(), options.handshakeTimeoutMs())
  const settle = (): void => {
    waiting.delete(key)
    options.timers.clearTimeout(timer)
  }
  waiting.set(key, { settle, onSecure })
  socket.once('close', settle)
  // A client that leaves before the handshake is done is gone; only afterwards may it half-close.
  socket.allowHalfOpen = false
  server.emit('connection', socket)
}

/** One connection among those open: what the raw socket and its TLS wrapper both know. */
function keyOf(socket: Socket): string {
  return `${socket.remoteAddress}|${socket.remotePort}|${socket.localAddress}|${socket.localPort}`
}

/**
 * Without a protocol in common Node would end the handshake, where Envoy goes on without one. So the first that the
 * client offered is agreed to, unless it is HTTP/2, which then would not be spoken.
 */
function alpnOption(own: readonly string[]): TlsOptions {
  if (own.length === 0) return {}
  return {
    ALPNCallback: ({ protocols }) =>
      own.find((it) => protocols.includes(it)) ?? protocols.find((it) => it !== 'h2'),
  }
}

function refusalOf(secure: TLSSocket, tls: DownstreamTls): string | undefined {
  const { verification } = tls.common
  if (verification === undefined) return undefined
  const der = peerCertificate(secure)?.raw
  if (der === undefined) return tls.requireClientCertificate ? 'no client certificate' : undefined
  if (!secure.authorized) return String(secure.authorizationError)
  return verification.refusal(der)
}

function factsOf(secure: TLSSocket): TlsFacts {
  const peer = secure.authorized ? peerCertificate(secure) : undefined
  const names = peer === undefined ? [] : subjectAlternativeNames(peer.raw)
  return {
    serverName: typeof secure.servername === 'string' ? onOneLine(secure.servername) : undefined,
    alpn: typeof secure.alpnProtocol === 'string' ? secure.alpnProtocol : undefined,
    version: secure.getProtocol() ?? undefined,
    peerVerified: peer !== undefined,
    peerUriSans: names.filter((it) => it.type === 'URI').map((it) => onOneLine(it.value)),
    peerSubject: peer && onOneLine(subjectText(peer.subject)),
  }
}

/** Not the X509Certificate of the socket: asking for that leaks memory in Node 20 to 24. */
function peerCertificate(secure: TLSSocket): { raw: Buffer; subject: object } | undefined {
  const certificate = secure.getPeerCertificate()
  return certificate?.raw === undefined ? undefined : certificate
}

/** What a peer says of itself may hold anything; in a log it must not begin a line or steer a terminal. */
function onOneLine(text: string): string {
  return text.replace(/\p{Cc}/gu, (it) => `\\x${it.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

/** Most specific part first, as RFC 2253 has it. */
function subjectText(subject: object): string {
  return Object.entries(subject)
    .flatMap(([key, value]) => [value].flat().map((it) => `${key}=${String(it)}`))
    .reverse()
    .join(',')
}
