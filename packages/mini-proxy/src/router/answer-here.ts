import type { DirectResponseAction, RedirectAction } from '@meshwright/route-matcher'
import type { StreamInfo } from '../access-log/stream-info.ts'
import { isGrpc, localResponse } from '../hcm/local-reply.ts'
import { HeaderList } from '../http/header-list.ts'
import type { RequestHead, ResponseHead } from '../http/stream.ts'
import type { RouterContext } from './router-context.ts'
import type { RouterStream } from './router-stream.ts'

/** Answers with what the route itself says, a redirect or a fixed response. */
export function answerHere(
  stream: RouterStream,
  action: RedirectAction | DirectResponseAction,
  context: RouterContext,
): void {
  const { info, match } = stream
  info.responseCodeDetails = 'direct_response'
  const { head, body } = responseOf(stream, action, context)
  info.response = head
  context.headers.apply(match?.responseHeaders ?? [], head.headers, info)
  stream.respondHead(head, body.length === 0)
  if (body.length > 0) stream.respondData(body, true)
}

interface Response {
  readonly head: ResponseHead
  readonly body: Buffer
}

function responseOf(
  { head: request, info }: RouterStream,
  action: RedirectAction | DirectResponseAction,
  context: RouterContext,
): Response {
  if (action.kind === 'redirect') {
    context.stats.redirects.inc()
    // CONNECT has no path, and nowhere to send it.
    const headers = action.location === '' ? {} : { location: action.location }
    return inTheCallersWords(request, { status: action.status, headers, body: nothing })
  }
  context.stats.directResponses.inc()
  const body = bodyOf(action, info, context)
  const contentType = action.bodyFormat?.contentType ?? 'text/plain'
  const headers: Readonly<Record<string, string>> =
    body.length === 0 ? {} : { 'content-length': `${body.length}`, 'content-type': contentType }
  return inTheCallersWords(request, { status: action.status, headers, body })
}

/** gRPC callers hear of an answer in headers alone. */
function inTheCallersWords(
  request: RequestHead,
  {
    status,
    headers,
    body,
  }: Omit<Response, 'head'> & { status: number; headers: Readonly<Record<string, string>> },
): Response {
  if (!isGrpc(request)) return { head: { status, headers: HeaderList.of(headers) }, body }
  const { 'content-length': _, ...others } = headers
  const reply = { status, headers: others, body: body.toString(), details: 'direct_response' }
  return { head: localResponse(reply, request).head, body: nothing }
}

const nothing = Buffer.alloc(0)

function bodyOf(
  { body, bodyFormat }: DirectResponseAction,
  info: StreamInfo,
  context: RouterContext,
): Buffer {
  const plain = body === undefined ? nothing : Buffer.from(body)
  if (bodyFormat === undefined) return plain
  info.localReplyBody = plain.toString()
  return Buffer.from(context.headers.body(bodyFormat, info))
}
