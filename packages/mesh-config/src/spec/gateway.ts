/** Istio's `Gateway`. */
export interface GatewaySpec {
  readonly servers: readonly GatewayServer[]
  readonly selector?: Readonly<Record<string, string>>
}

/** Istio's `Server`. */
export interface GatewayServer {
  readonly port: GatewayPort
  readonly bind?: string
  readonly hosts: readonly string[]
  readonly tls?: ServerTlsSettings
  readonly defaultEndpoint?: string
  readonly name?: string
}

/** Istio's `Port`. */
export interface GatewayPort {
  readonly number: number
  readonly protocol: string
  readonly name: string
  /** Deprecated by Istio. */
  readonly targetPort?: number
}

/** Istio's `ServerTLSSettings`. */
export interface ServerTlsSettings {
  readonly httpsRedirect?: boolean
  readonly mode?: ServerTlsMode
  readonly serverCertificate?: string
  readonly privateKey?: string
  readonly caCertificates?: string
  readonly caCrl?: string
  readonly credentialName?: string
  readonly credentialNames?: readonly string[]
  readonly caCertCredentialName?: string
  readonly tlsCertificates?: readonly TlsCertificate[]
  readonly subjectAltNames?: readonly string[]
  readonly verifyCertificateSpki?: readonly string[]
  readonly verifyCertificateHash?: readonly string[]
  readonly minProtocolVersion?: TlsProtocol
  readonly maxProtocolVersion?: TlsProtocol
  readonly cipherSuites?: readonly string[]
  readonly insecureSkipVerify?: boolean
}

/** Istio's `ServerTLSSettings.TLSCertificate`. */
export interface TlsCertificate {
  readonly serverCertificate?: string
  readonly privateKey?: string
  readonly caCertificates?: string
}

/** One of Istio's `ServerTlsMode` values. */
export type ServerTlsMode =
  | 'PASSTHROUGH'
  | 'SIMPLE'
  | 'MUTUAL'
  | 'AUTO_PASSTHROUGH'
  | 'ISTIO_MUTUAL'
  | 'OPTIONAL_MUTUAL'

/** One of Istio's `TlsProtocol` values. */
export type TlsProtocol = 'TLS_AUTO' | 'TLSV1_0' | 'TLSV1_1' | 'TLSV1_2' | 'TLSV1_3'
