import { hashOfKeys } from '@meshwright/lb-algorithms'
import type { HashPolicy } from '@meshwright/route-matcher'
import { MatchRequest } from '../http/match-request.ts'
import { setCookieOf } from '../http/set-cookie.ts'
import type { RouterStream } from './router-stream.ts'

/** The hash policies of a request whose client has been given the cookies that it lacked. */
export interface SessionCookies {
  readonly policies: readonly HashPolicy[]
  /** Values of `set-cookie` for the response. */
  readonly setCookies: readonly string[]
}

/**
 * Makes the cookies that the hash policies of a route ask for and the request lacks, so that the client comes back to the host
 * that it is about to be sent to. Envoy: `hash_policy.cookie.ttl`.
 */
export function sessionCookies(
  stream: RouterStream,
  policies: readonly HashPolicy[],
): SessionCookies {
  if (policies.length === 0) return none
  const request = new MatchRequest(stream.head)
  const setCookies: string[] = []
  const complete = policies.map((policy) => {
    if (policy.cookie === undefined || policy.key(request, {}) !== undefined) return policy
    const value = drawnValue(stream)
    setCookies.push(setCookieOf(policy.name, value, policy.cookie))
    return { ...policy, key: () => [value] }
  })
  return { policies: complete, setCookies }
}

const none: SessionCookies = { policies: [], setCookies: [] }

/** As in Envoy: a hash of the connection's addresses, so equal for all requests of a connection. */
function drawnValue({ connection }: RouterStream): string {
  const { remoteAddress, remotePort, localAddress, localPort } = connection
  const [high, low] = hashOfKeys([
    [`${remoteAddress}:${remotePort}${localAddress}:${localPort}`],
  ]) ?? [0, 0]
  return [high, low].map((half) => half.toString(16).padStart(8, '0')).join('')
}
