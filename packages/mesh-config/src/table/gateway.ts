import {
  choice,
  type Field,
  flag,
  list,
  type Message,
  map,
  message,
  nonEmpty,
  orEmpty,
  pending,
  port,
  protects,
  required,
  text,
  uint32,
} from '../field.ts'
import { bindAddress, gatewayHost, protocolName } from '../form.ts'
import { asksForTls, gatewayIsWhole, serverFits, serversDiffer } from '../rule/gateway.ts'
import type {
  GatewayPort,
  GatewayServer,
  GatewaySpec,
  ServerTlsMode,
  ServerTlsSettings,
  TlsCertificate,
  TlsProtocol,
} from '../spec/gateway.ts'

/** The values of {@link ServerTlsMode}. */
const serverTlsMode: Field<ServerTlsMode> = choice(
  'PASSTHROUGH',
  'SIMPLE',
  'MUTUAL',
  'AUTO_PASSTHROUGH',
  'ISTIO_MUTUAL',
  'OPTIONAL_MUTUAL',
)
/** The values of {@link TlsProtocol}. */
const tlsProtocol: Field<TlsProtocol> = choice(
  'TLS_AUTO',
  'TLSV1_0',
  'TLSV1_1',
  'TLSV1_2',
  'TLSV1_3',
)
/** The fields of {@link GatewayPort}. */
const gatewayPort: Message<GatewayPort> = message('Port', {
  number: required(port),
  protocol: required(protocolName),
  name: required(nonEmpty),
  targetPort: pending(uint32),
})
/** The fields of {@link TlsCertificate}. */
const tlsCertificate: Message<TlsCertificate> = message('ServerTLSSettings.TLSCertificate', {
  serverCertificate: text,
  privateKey: text,
  caCertificates: text,
})
/** The fields of {@link ServerTlsSettings}. */
export const serverTlsSettings: Message<ServerTlsSettings> = message('ServerTLSSettings', {
  httpsRedirect: flag,
  mode: serverTlsMode,
  serverCertificate: text,
  privateKey: text,
  caCertificates: text,
  caCrl: text,
  credentialName: text,
  credentialNames: list(text),
  caCertCredentialName: text,
  tlsCertificates: list(tlsCertificate),
  subjectAltNames: list(text),
  verifyCertificateSpki: list(text),
  verifyCertificateHash: list(text),
  minProtocolVersion: tlsProtocol,
  maxProtocolVersion: tlsProtocol,
  cipherSuites: list(text),
  insecureSkipVerify: flag,
})
/** The fields of {@link GatewayServer}. */
const gatewayServer: Message<GatewayServer> = message(
  'Server',
  {
    port: required(gatewayPort),
    bind: bindAddress,
    hosts: required(list(gatewayHost)),
    tls: protects(serverTlsSettings, asksForTls),
    defaultEndpoint: pending(text),
    name: text,
  },
  { rules: [serverFits] },
)
/** The fields of {@link GatewaySpec}. */
export const gatewaySpec: Message<GatewaySpec> = message(
  'Gateway',
  {
    servers: orEmpty(list(gatewayServer)),
    selector: map(text),
  },
  { rules: [gatewayIsWhole, serversDiffer] },
)
