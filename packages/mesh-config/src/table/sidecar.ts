import {
  choice,
  type Field,
  list,
  type Message,
  message,
  nonEmpty,
  pending,
  port,
  protects,
  required,
  uint32,
} from '../field.ts'
import { bindAddress, egressHost, protocolName } from '../form.ts'
import { egressIsWhole, listenEndpoint, listenersDiffer } from '../rule/sidecar.ts'
import type {
  CaptureMode,
  IstioEgressListener,
  IstioIngressListener,
  OutboundMode,
  OutboundTrafficPolicy,
  SidecarPort,
  SidecarSpec,
  WorkloadSelector,
} from '../spec/sidecar.ts'
import { connectionPoolSettings } from './destination-rule.ts'
import { serverTlsSettings } from './gateway.ts'
import { labels } from './object-meta.ts'
import { destination } from './virtual-service.ts'

/** The values of {@link CaptureMode}. */
const captureMode: Field<CaptureMode> = choice('DEFAULT', 'IPTABLES', 'NONE')
/** The values of {@link OutboundMode}. */
const outboundMode: Field<OutboundMode> = choice('REGISTRY_ONLY', 'ALLOW_ANY')
/** The fields of {@link WorkloadSelector}. */
export const workloadSelector: Message<WorkloadSelector> = message('WorkloadSelector', {
  labels: labels,
})
/** The fields of {@link SidecarPort}. */
const sidecarPort: Message<SidecarPort> = message('SidecarPort', {
  number: required(port),
  protocol: required(protocolName),
  name: required(nonEmpty),
  targetPort: pending(uint32),
})
/** The fields of {@link IstioIngressListener}. */
const istioIngressListener: Message<IstioIngressListener> = message('IstioIngressListener', {
  port: required(sidecarPort),
  bind: bindAddress,
  captureMode,
  defaultEndpoint: listenEndpoint,
  tls: protects(serverTlsSettings),
  connectionPool: connectionPoolSettings,
})
/** The fields of {@link IstioEgressListener}. */
const istioEgressListener: Message<IstioEgressListener> = message(
  'IstioEgressListener',
  {
    port: sidecarPort,
    bind: bindAddress,
    captureMode,
    hosts: required(list(egressHost)),
  },
  { rules: [egressIsWhole] },
)
/** The fields of {@link OutboundTrafficPolicy}. */
const outboundTrafficPolicy: Message<OutboundTrafficPolicy> = message('OutboundTrafficPolicy', {
  mode: outboundMode,
  egressProxy: pending(destination),
})
/** The fields of {@link SidecarSpec}. */
export const sidecarSpec: Message<SidecarSpec> = message(
  'Sidecar',
  {
    workloadSelector,
    ingress: list(istioIngressListener),
    egress: list(istioEgressListener),
    inboundConnectionPool: connectionPoolSettings,
    outboundTrafficPolicy,
  },
  { rules: [listenersDiffer] },
)
