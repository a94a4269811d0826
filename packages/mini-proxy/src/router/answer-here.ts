import type { DirectResponseAction, RedirectAction } from '@meshwright/route-matcher'
import type { StreamInfo } from '../access-log/stream-info.ts'
import { HeaderList } from '../http/header-list.ts'
import type { RouterContext } from './router-context.ts'
import type { RouterStream } from './router-stream.ts'

/** Answers with what the route itself says, a redirect or a fixed response. */
export function answerHere(
  stream: RouterStream,
  action: RedirectAction | DirectResponseAction,
  context: RouterContext,
): void {
  const { info, match } = stream
  const headers = new HeaderList()
  const body = action.kind === 'redirect' ? undefined : bodyOf(action, info, context)
  if (action.kind === 'redirect') {
    context.stats.redirects.inc()
    headers.set('location', action.location)
  } else {
    context.stats.directResponses.inc()
    if (body !== undefined && body.length > 0) {
      headers.set('content-length', `${body.length}`)
      headers.set('content-type', action.bodyFormat?.contentType ?? 'text/plain')
    }
  }
  info.responseCodeDetails = 'direct_response'
  const head = { status: action.status, headers }
  info.response = head
  context.headers.apply(match?.responseHeaders ?? [], headers, info)
  const empty = body === undefined || body.length === 0
  stream.respondHead(head, empty)
  if (!empty) stream.respondData(body, true)
}

function bodyOf(
  { body, bodyFormat }: DirectResponseAction,
  info: StreamInfo,
  context: RouterContext,
): Buffer | undefined {
  const plain = body === undefined ? undefined : Buffer.from(body)
  if (bodyFormat === undefined) return plain
  info.localReplyBody = plain?.toString() ?? ''
  return Buffer.from(context.headers.body(bodyFormat, info))
}
