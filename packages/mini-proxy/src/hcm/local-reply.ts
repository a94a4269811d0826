import type { LocalReply } from '../filters/http-filter.ts'
import { HeaderList } from '../http/header-list.ts'
import { reasonPhrases } from '../http/reason-phrases.ts'
import type { RequestHead, ResponseHead } from '../http/stream.ts'

/** Envoy's mapping of HTTP statuses onto gRPC's. */
const grpcStatuses: Readonly<Record<number, number>> = {
  400: 13,
  401: 16,
  403: 7,
  404: 12,
  429: 14,
  502: 14,
  503: 14,
  504: 14,
}
const grpcUnknown = 2

/** A local reply as a response: text, or for gRPC callers a status in the head of an empty answer. */
export function localResponse(
  reply: LocalReply,
  request: RequestHead,
): { readonly head: ResponseHead; readonly body: string } {
  if (isGrpc(request)) return { head: grpcHead(reply), body: '' }
  const headers = HeaderList.of(reply.headers ?? {})
  const body = reply.body ?? ''
  if (body !== '') {
    headers.set('content-length', `${Buffer.byteLength(body)}`)
    if (!headers.has('content-type')) headers.set('content-type', 'text/plain')
  }
  return { head: { status: reply.status, headers }, body }
}

/** Whether the caller expects gRPC's answers. */
export function isGrpc(request: RequestHead): boolean {
  const type = request.headers.get('content-type')
  return type === 'application/grpc' || type?.startsWith('application/grpc+') === true
}

function grpcHead(reply: LocalReply): ResponseHead {
  const headers = HeaderList.of({ ...reply.headers, 'content-type': 'application/grpc' })
  headers.set('grpc-status', `${reply.grpcStatus ?? grpcStatuses[reply.status] ?? grpcUnknown}`)
  const message = reply.body ?? reasonPhrases[reply.status]
  if (message !== undefined && message !== '') headers.set('grpc-message', percentEncoded(message))
  return { status: 200, headers }
}

/** As the gRPC protocol wants it in `grpc-message`. */
function percentEncoded(text: string): string {
  return text.toWellFormed().replace(/[^\x20-\x24\x26-\x7e]/gu, encodeURIComponent)
}
