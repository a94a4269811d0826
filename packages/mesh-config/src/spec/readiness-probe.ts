/** Istio's `ReadinessProbe`. */
export interface ReadinessProbe {
  readonly initialDelaySeconds?: number
  readonly timeoutSeconds?: number
  readonly periodSeconds?: number
  readonly successThreshold?: number
  readonly failureThreshold?: number
  readonly httpGet?: HttpHealthCheckConfig
  readonly tcpSocket?: TcpHealthCheckConfig
  readonly exec?: ExecHealthCheckConfig
  readonly grpc?: GrpcHealthCheckConfig
}

/** Istio's `HTTPHealthCheckConfig`. */
export interface HttpHealthCheckConfig {
  readonly path?: string
  readonly port?: number
  readonly host?: string
  readonly scheme?: string
  readonly httpHeaders?: readonly ProbeHeader[]
}

/** Istio's `GrpcHealthCheckConfig`. */
export interface GrpcHealthCheckConfig {
  readonly port?: number
  readonly service?: string
}

/** Istio's `HTTPHeader`. */
export interface ProbeHeader {
  readonly name?: string
  readonly value?: string
}

/** Istio's `TCPHealthCheckConfig`. */
export interface TcpHealthCheckConfig {
  readonly host?: string
  readonly port?: number
}

/** Istio's `ExecHealthCheckConfig`. */
export interface ExecHealthCheckConfig {
  readonly command?: readonly string[]
}
