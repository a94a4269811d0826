import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'

/**
 * Why a request did not come from someone who meant this server: a browser can be lured to any address, but says then
 * which site it was lured by.
 *
 * @param loopback the server is bound to loopback, so that nobody has a reason to call it by another name
 */
export function strayRequest(headers: IncomingHttpHeaders, loopback: boolean): string | undefined {
  const { host, origin } = headers
  if (origin !== undefined && hostOf(origin) !== host) return 'the request comes from another site'
  if (loopback && host !== undefined && !isLocalName(host)) {
    return 'the host is neither an address nor localhost'
  }
  return undefined
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}

function isLocalName(host: string): boolean {
  const name = host.replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1')
  return name === 'localhost' || isIP(name) !== 0
}
