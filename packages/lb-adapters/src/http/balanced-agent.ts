import { type AgentOptions, type ClientRequest, Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent, type AgentOptions as HttpsAgentOptions } from 'node:https'
import { isIPv6 } from 'node:net'
import type { Duplex } from 'node:stream'
import { Cluster } from '../cluster/cluster.ts'
import type { ClusterHost, ClusterOptions, HostOptions } from '../cluster/cluster-options.ts'
import { reportOutcome } from './report-outcome.ts'
import { type RequestTarget, viewOf } from './request-view-of.ts'

export interface BalancedAgentOptions extends ClusterOptions {
  /** Of the connections: `maxSockets` for each host, `timeout` … Default: Node's, with `keepAlive`. */
  readonly agent?: AgentOptions
}

export interface BalancedHttpsAgentOptions extends ClusterOptions {
  /** As of {@link BalancedAgentOptions}, and `ca`, `cert`, `key` … The name in the certificate is that of the URL. */
  readonly agent?: HttpsAgentOptions
}

/** What an agent has that balances. */
export interface BalancedAgent {
  /** Hosts, picks and outcomes. */
  readonly cluster: Cluster
  /** Other hosts from now on. Requests on their way to hosts that are left out go on to their end. */
  update(hosts: readonly (string | HostOptions)[]): void
}

/**
 * An agent for `node:http` that sends each request to one of the hosts of a service, whatever host its URL names.
 *
 * @throws as {@link Cluster}
 */
export function createBalancedAgent(options: BalancedAgentOptions): HttpAgent & BalancedAgent {
  return balanceAgent(new HttpAgent({ keepAlive: true, ...options.agent }), options)
}

/**
 * The same for `node:https`.
 *
 * @throws as {@link Cluster}
 */
export function createBalancedHttpsAgent(
  options: BalancedHttpsAgentOptions,
): HttpsAgent & BalancedAgent {
  return balanceAgent(new HttpsAgent({ keepAlive: true, ...options.agent }), options)
}

/**
 * Makes an agent of Node's, or of a class derived from one, choose hosts for its requests. The agent itself is changed.
 *
 * @throws as {@link Cluster}
 */
export function balanceAgent<A extends HttpAgent>(
  agent: A,
  options: ClusterOptions,
): A & BalancedAgent {
  const cluster = new Cluster(options)
  const hostOf = new WeakMap<Duplex, ClusterHost>()
  const addRequest = requesterOf(agent)
  const keepSocketAlive: (socket: Duplex) => unknown = agent.keepSocketAlive.bind(agent)

  const route = (request: ClientRequest, target: RequestTarget): void => {
    try {
      const attempt = cluster.begin(viewOf(request, target))
      reportOutcome(request, attempt)
      request.once('socket', (socket) => hostOf.set(socket, attempt.host))
      addRequest(request, { ...target, ...placeOf(attempt.host) })
    } catch (error) {
      refuse(request, error)
    }
  }
  return Object.assign(agent, {
    cluster,
    addRequest: route,
    // Node closes a connection for which this is false.
    keepSocketAlive(socket: Duplex): boolean {
      const host = hostOf.get(socket)
      return host !== undefined && cluster.has(host) && keepSocketAlive(socket) !== false
    },
    update(hosts: readonly (string | HostOptions)[]): void {
      cluster.update(hosts)
      for (const socket of Object.values(agent.freeSockets).flatMap((some) => some ?? [])) {
        const host = hostOf.get(socket)
        if (host !== undefined && !cluster.has(host)) socket.destroy()
      }
    },
  })
}

/** What Node calls of an agent for each request; agents of many packages replace it. */
interface Requester {
  addRequest(request: ClientRequest, target: RequestTarget): void
}

function requesterOf(agent: HttpAgent): Requester['addRequest'] {
  // Not in the types, but what `http.request` is written against.
  const requester = agent as unknown as Requester
  return requester.addRequest.bind(requester)
}

function placeOf({ address }: ClusterHost): { host: string; port: number } {
  const colon = address.lastIndexOf(':')
  const name = address.slice(0, colon)
  const unbracketed = name.startsWith('[') ? name.slice(1, -1) : name
  return { host: isIPv6(unbracketed) ? unbracketed : name, port: Number(address.slice(colon + 1)) }
}

/** As Node does when no connection can be made. */
function refuse(request: ClientRequest, error: unknown): void {
  const socketless = request as unknown as { onSocket(socket: null, error: unknown): void }
  socketless.onSocket(null, error)
}
