import type { RequestHead } from '../http/stream.ts'
import { readTarget } from '../http1/request-target.ts'
import type { FieldBlock, RequestLine } from './field-block.ts'
import { type Http2Fault, malformed } from './http2-fault.ts'
import { addWebSocketKey } from './upgrade-answer.ts'

/** A token. */
const methodName = /^[!#$%&'*+\-.^_`|~\w]+$/
const schemeName = /^[a-z][a-z\d+\-.]*$/i
const visible = /^[\x21-\x7e]+$/

/**
 * The request that a field section stands for, strictly as RFC 9113 8.3.1 has it.
 *
 * @param extendedConnect whether the client was told that it may send `:protocol`
 */
export function requestHeadOf(
  block: FieldBlock,
  extendedConnect: boolean,
): RequestHead | Http2Fault {
  const { method, host, protocol, target } = block
  if (target !== undefined) return headOf(target, block)
  if (block.fault !== undefined) return block.fault
  if (block.status !== undefined) return malformed('status in a request')
  if (method === undefined || !methodName.test(method)) return malformed('malformed method')
  const authority = block.authority ?? host ?? ''
  if (host !== undefined && host.toLowerCase() !== authority.toLowerCase()) {
    return malformed('host other than authority')
  }
  if (protocol === undefined) {
    return method === 'CONNECT'
      ? connectHead(block, authority)
      : plainHead(block, method, authority)
  }
  if (!extendedConnect || method !== 'CONNECT') return malformed('protocol that was not offered')
  const head = plainHead(block, 'GET', authority)
  if ('detail' in head) return head
  // Not all that is asked for: if the block comes again it must not be taken for that.
  block.target = undefined
  if (protocol.toLowerCase() === 'websocket') addWebSocketKey(head.headers)
  return { ...head, upgrade: protocol.toLowerCase() }
}

function plainHead(block: FieldBlock, method: string, authority: string): RequestHead | Http2Fault {
  const { scheme, path } = block
  if (scheme === undefined || !schemeName.test(scheme)) return malformed('malformed scheme')
  if (path === undefined || !isPath(method, path)) return malformed('malformed path')
  const where = readTarget(method, path, { authority, scheme })
  if ('detail' in where) return { ...malformed(where.detail), status: where.status }
  block.target = { method, path: where.path, authority: where.authority, scheme: where.scheme }
  return headOf(block.target, block)
}

function headOf({ method, path, authority, scheme }: RequestLine, block: FieldBlock): RequestHead {
  const headers = block.takeHeaders()
  return { method, path, authority, scheme, version: '2', headers, upgrade: undefined }
}

/** CONNECT names an authority and nothing else, RFC 9113 8.5. */
function connectHead(block: FieldBlock, authority: string): RequestHead | Http2Fault {
  const { scheme, path } = block
  if (scheme !== undefined || path !== undefined) return malformed('connect to more than a host')
  const where = readTarget('CONNECT', authority, { authority, scheme: 'http' })
  if ('detail' in where) return { ...malformed(where.detail), status: where.status }
  const headers = block.takeHeaders()
  return { ...where, method: 'CONNECT', version: '2', headers, upgrade: 'CONNECT' }
}

/** Origin form, or the asterisk of OPTIONS. */
function isPath(method: string, path: string): boolean {
  if (path === '*') return method === 'OPTIONS'
  return path.charCodeAt(0) === slash && visible.test(path)
}

const slash = 47
