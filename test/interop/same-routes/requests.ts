import { type Draw, segments, values } from '../drawn/draw.ts'

/** A request in the words of HTTP/1.1. */
export interface DrawnRequest {
  readonly authority: string
  readonly method: string
  readonly path: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** Which certificate the client shows, if the listener asks. */
  readonly certificate: 'none' | 'trusted' | 'unknown'
}

const authorities = ['x', 'X', 'x.y', 'z.y', 'q.x.y', 'x.q', 'xy', 'y', 'x:80', 'z.y:1', 'other']
const odd = ['', '.', '..', '%2e%2e', 'a%2Fb', 'a%5Cb', 'a;x=1', '%41', '%7e', 'a%20b', '%c3%a9']
const contentTypes = ['application/grpc', 'application/grpc+proto', 'text/plain']

/** Draws a request. */
export function drawRequest(draw: Draw): DrawnRequest {
  const certificate = draw.one(['none', 'trusted', 'unknown'] as const)
  const headers = drawHeaders(draw)
  if (draw.maybe(0.04)) {
    return { authority: 'x:80', method: 'CONNECT', path: '', headers, certificate }
  }
  return {
    authority: draw.one(authorities),
    method: draw.one(['GET', 'GET', 'PUT', 'POST']),
    path: drawPath(draw) + drawSearch(draw),
    headers,
    certificate,
  }
}

function drawPath(draw: Draw): string {
  return Array.from(
    { length: 1 + Math.floor(draw.next() * 4) },
    () => `/${draw.one(draw.maybe(0.12) ? odd : segments)}`,
  ).join('')
}

function drawSearch(draw: Draw): string {
  const parameters = ['q', 'r', 'q']
    .filter(() => draw.maybe(0.3))
    .map((name) => (draw.maybe(0.1) ? name : `${name}=${draw.one(values).replaceAll(' ', '%20')}`))
  return parameters.length > 0 ? `?${parameters.join('&')}` : ''
}

function drawHeaders(draw: Draw): [string, string][] {
  const some = (
    name: string,
    share: number,
    from: readonly string[] = values,
  ): [string, string][] => (draw.maybe(share) ? [[name, draw.one(from)]] : [])
  const cookies = ['c', 'd', 'c']
    .filter(() => draw.maybe(0.3))
    .map((name) => `${name}=${draw.one(values.filter((it) => !it.includes(' ')))}`)
  return [
    ...some('h1', 0.6),
    ...some('h1', 0.08),
    ...some('h2', 0.4),
    ...some('x-meta', 0.5),
    ...some('x-fs', 0.5),
    ...(cookies.length > 0 ? [['cookie', cookies.join('; ')] as [string, string]] : []),
    ...some('content-type', 0.15, contentTypes),
  ]
}
