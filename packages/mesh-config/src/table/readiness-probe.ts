import { int32, list, type Message, message, text, uint32 } from '../field.ts'
import type {
  ExecHealthCheckConfig,
  GrpcHealthCheckConfig,
  HttpHealthCheckConfig,
  ProbeHeader,
  ReadinessProbe,
  TcpHealthCheckConfig,
} from '../spec/readiness-probe.ts'

/** The fields of {@link ProbeHeader}. */
const probeHeader: Message<ProbeHeader> = message('HTTPHeader', { name: text, value: text })
/** The fields of {@link HttpHealthCheckConfig}. */
const httpHealthCheckConfig: Message<HttpHealthCheckConfig> = message('HTTPHealthCheckConfig', {
  path: text,
  port: uint32,
  host: text,
  scheme: text,
  httpHeaders: list(probeHeader),
})
/** The fields of {@link TcpHealthCheckConfig}. */
const tcpHealthCheckConfig: Message<TcpHealthCheckConfig> = message('TCPHealthCheckConfig', {
  host: text,
  port: uint32,
})
/** The fields of {@link ExecHealthCheckConfig}. */
const execHealthCheckConfig: Message<ExecHealthCheckConfig> = message('ExecHealthCheckConfig', {
  command: list(text),
})
/** The fields of {@link GrpcHealthCheckConfig}. */
const grpcHealthCheckConfig: Message<GrpcHealthCheckConfig> = message('GrpcHealthCheckConfig', {
  port: uint32,
  service: text,
})
/** The fields of {@link ReadinessProbe}. */
export const readinessProbe: Message<ReadinessProbe> = message('ReadinessProbe', {
  initialDelaySeconds: int32,
  timeoutSeconds: int32,
  periodSeconds: int32,
  successThreshold: int32,
  failureThreshold: int32,
  httpGet: httpHealthCheckConfig,
  tcpSocket: tcpHealthCheckConfig,
  exec: execHealthCheckConfig,
  grpc: grpcHealthCheckConfig,
})
