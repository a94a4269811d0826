import { normalizePath } from '@meshwright/route-matcher'
import { defaultAmbient } from '../defaults.ts'
import type { LocalReply } from '../filters/http-filter.ts'
import type { HeaderList } from '../http/header-list.ts'
import type { ConnectionFacts, RequestHead } from '../http/stream.ts'
import { rangeContains, tryParseIp } from '../network/ip-address.ts'
import { EdgeHeaders } from './edge-headers.ts'
import type { EdgeOptions } from './hcm-options.ts'
import { isGrpc } from './local-reply.ts'
import { RequestIds } from './request-id.ts'

const requestIds = new RequestIds(defaultAmbient.random)

/**
 * Makes a request as the filters should see it: what only this mesh may say is removed or written anew, the path and the
 * host are put into the form that is asked for.
 *
 * @param internalOnly further headers that only internal requests may carry
 * @returns the client's address, and an answer if the request goes no further
 */
export function admitRequest(
  head: RequestHead,
  connection: ConnectionFacts,
  options: EdgeOptions,
  internalOnly: readonly string[],
): { readonly remoteAddress: string; readonly reply: LocalReply | undefined } {
  const carried = new EdgeHeaders(head.headers)
  const client = clientOf(carried, connection, options)
  const edge = options.useRemoteAddress && !client.internal
  if (options.useRemoteAddress && !options.skipXffAppend) {
    const before = carried.get('x-forwarded-for')
    const own = connection.remoteAddress
    carried.set('x-forwarded-for', before ? `${before},${own}` : own)
  }
  forwardScheme(head, carried, connection, options)
  if (options.appendForwardedPort && !carried.has('x-forwarded-port')) {
    carried.set('x-forwarded-port', `${connection.localPort}`)
  }
  if (!client.internal) for (const name of internalOnly) head.headers.remove(name)
  markOrigin(carried, client, edge)
  // Attested by a handshake or not there at all; a handshake's word is not passed on yet.
  carried.remove('x-forwarded-client-cert')
  setRequestId(carried, edge, options)
  if (options.via !== '') appendToList(head.headers, 'via', options.via, ', ')
  stripHost(head, connection, options)
  return {
    remoteAddress: client.address,
    reply: checkUnderscores(head.headers, options) ?? normalize(head, options),
  }
}

/** Appends to a comma-separated header, in one line. */
export function appendToList(
  headers: HeaderList,
  name: string,
  value: string,
  separator: ',' | ', ',
): void {
  const before = headers.get(name)
  headers.set(name, before === undefined || before === '' ? value : `${before}${separator}${value}`)
}

const noHops: readonly string[] = []

interface Client {
  readonly address: string
  readonly internal: boolean
}

/** Who sent the request, as far as the hops before this one can be trusted. */
function clientOf(headers: EdgeHeaders, facts: ConnectionFacts, options: EdgeOptions): Client {
  const forwarded = headers.get('x-forwarded-for')
  const hops = forwarded === undefined || forwarded === '' ? noHops : forwarded.split(',')
  const back = options.useRemoteAddress ? options.trustedHops : options.trustedHops + 1
  const named = back > 0 ? hops.at(-back)?.trim() : undefined
  const parsed = named === undefined ? undefined : tryParseIp(named)
  const address = parsed === undefined || named === undefined ? facts.remoteAddress : named
  // One address only: it is then the one that the first proxy of the mesh has seen.
  const single = options.useRemoteAddress ? hops.length === 0 : hops.length === 1
  return { address, internal: single && isInternal(address, options) }
}

/** Says where the request comes from, and takes out what only others may say. */
function markOrigin(headers: EdgeHeaders, client: Client, edge: boolean): void {
  if (client.internal) headers.set('x-envoy-internal', 'true')
  else {
    headers.remove('x-envoy-internal')
    headers.removeSteering()
  }
  if (!edge) return
  headers.removeProvenance()
  headers.set('x-envoy-external-address', client.address)
}

function isInternal(address: string, { internalRanges }: EdgeOptions): boolean {
  if (internalRanges.length === 0) return false
  const ip = tryParseIp(address)
  return ip !== undefined && internalRanges.some((range) => rangeContains(range, ip))
}

function forwardScheme(
  head: RequestHead,
  headers: EdgeHeaders,
  facts: ConnectionFacts,
  options: EdgeOptions,
): void {
  const own = facts.tls === undefined ? 'http' : 'https'
  const said = headers.get('x-forwarded-proto')?.toLowerCase()
  const trusted = !options.useRemoteAddress || options.trustedHops > 0
  const known = said === 'http' || said === 'https'
  const scheme = trusted && known ? said : own
  headers.set('x-forwarded-proto', scheme)
  head.scheme = options.schemeToOverwrite ?? scheme
}

function setRequestId(headers: EdgeHeaders, edge: boolean, options: EdgeOptions): void {
  if (!options.generateRequestId) return
  const keep = headers.has('x-request-id') && (!edge || options.preserveExternalRequestId)
  if (!keep) headers.set('x-request-id', requestIds.next())
}

function stripHost(head: RequestHead, facts: ConnectionFacts, options: EdgeOptions): void {
  if (options.stripTrailingDot) head.authority = head.authority.replace(/\.(?=:\d+$|$)/, '')
  if (options.stripPort === 'no') return
  const port = /:(\d+)$/.exec(head.authority)
  if (port === null) return
  if (options.stripPort === 'any' || Number(port[1]) === facts.localPort) {
    head.authority = head.authority.slice(0, port.index)
  }
}

function checkUnderscores(headers: HeaderList, options: EdgeOptions): LocalReply | undefined {
  if (options.underscores === 'ALLOW') return undefined
  const names = [...headers].map(([name]) => name).filter((name) => name.includes('_'))
  if (names.length > 0 && options.underscores === 'REJECT_REQUEST') {
    return { status: 400, details: 'http1.unexpected_underscore' }
  }
  for (const name of names) headers.remove(name)
  return undefined
}

function normalize(head: RequestHead, options: EdgeOptions): LocalReply | undefined {
  const result = normalizePath(head.path, options)
  const details = 'path_normalization_failed'
  // gRPC clients do not follow redirects.
  if (result.kind === 'reject' || (result.kind === 'redirect' && isGrpc(head))) {
    return { status: 400, details }
  }
  if (result.kind === 'redirect') {
    return { status: 307, headers: { location: result.path }, details }
  }
  head.path = result.path
  return undefined
}
