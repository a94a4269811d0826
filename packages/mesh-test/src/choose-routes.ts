import type { Request } from '@meshwright/route-matcher'
import type { RouteListener, RouteSet } from './route-set.ts'
import type { SentRequest } from './sent-request.ts'

/** The route configuration that a request is put to, and by which listener. */
export interface ChosenRoutes {
  readonly set: RouteSet
  /** Undefined for a route configuration without listeners. */
  readonly listener: RouteListener | undefined
}

/**
 * Chooses as the proxy does: the listener by the port, and where several share one, that whose
 * routes know the host; any address before the others.
 *
 * @param lenient Whether a port that is nobody's is overlooked: for a gateway that another port is
 * mapped to, and for configurations that are tested apart from their listeners.
 */
export function chooseRoutes(
  sets: readonly RouteSet[],
  sent: SentRequest,
  options: { readonly request: Request; readonly lenient: boolean },
): ChosenRoutes | undefined {
  const all = sets.flatMap(withListeners)
  const onPort = all.filter(({ listener }) => listener?.port === sent.port)
  if (onPort.length > 0 || !options.lenient) return bestOf(onPort, options.request)
  const byName = all.filter(({ set }) => servesPort(set, sent.port))
  return bestOf(byName.length > 0 ? byName : all, options.request)
}

function withListeners(set: RouteSet): readonly ChosenRoutes[] {
  const outbound = set.listeners.filter(({ inbound }) => !inbound)
  if (outbound.length > 0) return outbound.map((listener) => ({ set, listener }))
  return set.listeners.length === 0 ? [{ set, listener: undefined }] : []
}

/** A Gateway's port is in the names of its virtual hosts, wherever the gateway listens. */
function servesPort({ configuration }: RouteSet, port: number): boolean {
  return (configuration.virtualHosts ?? []).some(({ name }) => name?.endsWith(`:${port}`))
}

function bestOf(candidates: readonly ChosenRoutes[], request: Request): ChosenRoutes | undefined {
  const knowing = candidates.find(({ set }) => {
    const domain = set.table.explain(request).virtualHost?.domain
    return domain !== undefined && domain !== '*'
  })
  const anyAddress = candidates.find(({ listener }) => listener?.address === '0.0.0.0')
  return knowing ?? anyAddress ?? candidates[0]
}
