import type { Witness } from '@meshwright/route-analysis'

/** A request on one line, as it would be typed: `GET http://reviews:9080/ -H 'x-user: jason' --random 7`. */
export function witnessText({ request, random }: Witness): string {
  const { authority, path, method = 'GET', scheme = 'http', headers = {}, tls } = request
  const { metadata, filterState } = request
  const extras = Object.entries({ metadata, filterState }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name} ${JSON.stringify(value)}`],
  )
  return [
    method,
    method === 'CONNECT' ? `${authority}${path}` : `${scheme}://${authority}${path}`,
    ...Object.entries(headers).flatMap(([name, values]) =>
      [values].flat().map((value) => `-H ${quoted(`${name}: ${value}`)}`),
    ),
    ...(tls === undefined ? [] : [tlsText(tls)]),
    ...extras,
    ...(random === undefined ? [] : [`--random ${random}`]),
  ].join(' ')
}

function tlsText({ presented, validated }: NonNullable<Witness['request']['tls']>): string {
  if (!presented) return 'over TLS without a client certificate'
  return `over TLS with ${validated ? 'a valid' : 'an unvalidated'} client certificate`
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
