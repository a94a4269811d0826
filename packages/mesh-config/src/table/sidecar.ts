import {
  choice,
  type Field,
  list,
  type Message,
  map,
  message,
  required,
  text,
  uint32,
} from '../field.ts'
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
import { destination } from './virtual-service.ts'

/** The values of {@link CaptureMode}. */
export const captureMode: Field<CaptureMode> = choice('DEFAULT', 'IPTABLES', 'NONE')
/** The values of {@link OutboundMode}. */
export const outboundMode: Field<OutboundMode> = choice('REGISTRY_ONLY', 'ALLOW_ANY')
/** The fields of {@link WorkloadSelector}. */
export const workloadSelector: Message<WorkloadSelector> = message('WorkloadSelector', {
  labels: map(text),
})
/** The fields of {@link SidecarPort}. */
export const sidecarPort: Message<SidecarPort> = message('SidecarPort', {
  number: required(uint32),
  protocol: required(text),
  name: required(text),
  targetPort: uint32,
})
/** The fields of {@link IstioIngressListener}. */
export const istioIngressListener: Message<IstioIngressListener> = message('IstioIngressListener', {
  port: required(sidecarPort),
  bind: text,
  captureMode,
  defaultEndpoint: text,
  tls: serverTlsSettings,
  connectionPool: connectionPoolSettings,
})
/** The fields of {@link IstioEgressListener}. */
export const istioEgressListener: Message<IstioEgressListener> = message('IstioEgressListener', {
  port: sidecarPort,
  bind: text,
  captureMode,
  hosts: required(list(text)),
})
/** The fields of {@link OutboundTrafficPolicy}. */
export const outboundTrafficPolicy: Message<OutboundTrafficPolicy> = message(
  'OutboundTrafficPolicy',
  { mode: outboundMode, egressProxy: destination },
)
/** The fields of {@link SidecarSpec}. */
export const sidecarSpec: Message<SidecarSpec> = message('Sidecar', {
  workloadSelector,
  ingress: list(istioIngressListener),
  egress: list(istioEgressListener),
  inboundConnectionPool: connectionPoolSettings,
  outboundTrafficPolicy,
})
