import {
  type Match,
  normalizePath,
  type PlainRequest,
  type RouteTable,
  request,
} from '@meshwright/route-matcher'
import type { Heard } from './ask.ts'
import type { Edge } from './configurations.ts'
import { metadataOf } from './envoy-listeners.ts'
import type { DrawnRequest } from './requests.ts'

/** What our engine says to a request that came through such an edge. */
export function ourAnswer(table: RouteTable, edge: Edge, drawn: DrawnRequest): Heard {
  const normal = normalizePath(drawn.path, edge)
  if (normal.kind === 'reject') return { status: 400, route: undefined, location: undefined }
  if (normal.kind === 'redirect') {
    // gRPC clients do not follow redirects, and are refused instead.
    return isGrpc(drawn)
      ? { status: 400, route: undefined, location: undefined }
      : { status: 307, route: undefined, location: normal.path }
  }
  return answerOf(table.match(request(asRouted(drawn, edge, normal.path))))
}

/** The request as the routes see it. */
export function asRouted(drawn: DrawnRequest, edge: Edge, path: string): PlainRequest {
  const scheme = edge.tls ? 'https' : 'http'
  const headers: Record<string, string[]> = { 'x-forwarded-proto': [scheme] }
  for (const [name, value] of drawn.headers) {
    headers[name] = [...(headers[name] ?? []), value]
  }
  const state = headers['x-fs']?.[0]
  const metadata = metadataOf(headers['x-meta']?.[0])
  const presented = drawn.certificate !== 'none'
  return {
    authority: drawn.authority,
    method: drawn.method,
    path,
    scheme,
    headers,
    ...(edge.tls && { tls: { presented, validated: drawn.certificate === 'trusted' } }),
    ...(metadata !== undefined && { metadata: { drawn: { m: metadata } } }),
    ...(state !== undefined && state !== '' && { filterState: { 'drawn.fs': state } }),
  }
}

function answerOf(match: Match | undefined): Heard {
  if (match === undefined) return { status: 404, route: undefined, location: undefined }
  const { action, route } = match
  if (action.kind === 'redirect') {
    return { status: action.status, route: undefined, location: action.location || undefined }
  }
  return {
    status: action.kind === 'direct-response' ? action.status : 0,
    route: route.name,
    location: undefined,
  }
}

function isGrpc({ headers }: DrawnRequest): boolean {
  return headers.some(
    ([name, value]) => name === 'content-type' && value.startsWith('application/grpc'),
  )
}
