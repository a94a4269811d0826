/**
 * Whether a response turns its stream into a tunnel: from then on data is no body, and each direction ends on its own.
 *
 * The answer to an upgrade is 101 in this proxy whatever protocol carries it (HTTP/2 says 200 on the wire), that to
 * CONNECT any 2xx. Until it has come, nothing of what the client sends may reach a server that reads HTTP: a server that
 * refuses would take it for another request.
 *
 * @param upgrade what the request asked for, as `RequestHead.upgrade`
 */
export function acceptsUpgrade(upgrade: string | undefined, status: number): boolean {
  if (upgrade === undefined) return false
  return upgrade === 'CONNECT' ? status >= 200 && status < 300 : status === 101
}
