import type {
  HttpMatchRequest,
  L4MatchAttributes,
  TlsMatchAttributes,
} from '@meshwright/mesh-config'
import { labelsMatch } from './labels.ts'
import type { RouteContext } from './route-context.ts'
import { qualifyGateways, type VirtualService } from './virtual-service.ts'

type Conditions = Pick<
  HttpMatchRequest | L4MatchAttributes | TlsMatchAttributes,
  'gateways' | 'port' | 'sourceLabels' | 'sourceNamespace'
>

/** Whether a match can apply at all here: its gateways, port and source are known beforehand. */
export function requestApplies(
  { scope, listenerPort, gateways }: RouteContext,
  virtualService: VirtualService,
  match: Conditions,
): boolean {
  if (match.port && match.port !== listenerPort) return false
  if (match.gateways?.length) {
    const wanted = qualifyGateways(match.gateways, virtualService.namespace)
    if (!wanted.some((gateway) => gateways.includes(gateway))) return false
  }
  if (match.sourceNamespace && match.sourceNamespace !== scope.proxy.namespace) return false
  return labelsMatch(match.sourceLabels, scope.proxy.labels)
}
