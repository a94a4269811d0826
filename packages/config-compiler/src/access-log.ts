import type { MeshConfig } from '@meshwright/mesh-config'
import type { AccessLogJson } from '@meshwright/xds-types/envoy/config/accesslog/v3'
import { typeUrl } from './names.ts'

// Istio's documented default fields, in its order; the JSON encoding has the same under names.
const defaultFormat = [
  '[%START_TIME%]',
  '"%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%"',
  '%RESPONSE_CODE%',
  '%RESPONSE_FLAGS%',
  '%RESPONSE_CODE_DETAILS%',
  '%CONNECTION_TERMINATION_DETAILS%',
  '"%UPSTREAM_TRANSPORT_FAILURE_REASON%"',
  '%BYTES_RECEIVED%',
  '%BYTES_SENT%',
  '%DURATION%',
  '%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%',
  '"%REQ(X-FORWARDED-FOR)%"',
  '"%REQ(USER-AGENT)%"',
  '"%REQ(X-REQUEST-ID)%"',
  '"%REQ(:AUTHORITY)%"',
  '"%UPSTREAM_HOST%"',
  '%UPSTREAM_CLUSTER_RAW%',
  '%UPSTREAM_LOCAL_ADDRESS%',
  '%DOWNSTREAM_LOCAL_ADDRESS%',
  '%DOWNSTREAM_REMOTE_ADDRESS%',
  '%REQUESTED_SERVER_NAME%',
  '%ROUTE_NAME%',
].join(' ')

const defaultFields: Readonly<Record<string, string>> = {
  start_time: '%START_TIME%',
  method: '%REQ(:METHOD)%',
  path: '%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%',
  protocol: '%PROTOCOL%',
  response_code: '%RESPONSE_CODE%',
  response_flags: '%RESPONSE_FLAGS%',
  response_code_details: '%RESPONSE_CODE_DETAILS%',
  connection_termination_details: '%CONNECTION_TERMINATION_DETAILS%',
  upstream_transport_failure_reason: '%UPSTREAM_TRANSPORT_FAILURE_REASON%',
  bytes_received: '%BYTES_RECEIVED%',
  bytes_sent: '%BYTES_SENT%',
  duration: '%DURATION%',
  upstream_service_time: '%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%',
  x_forwarded_for: '%REQ(X-FORWARDED-FOR)%',
  user_agent: '%REQ(USER-AGENT)%',
  request_id: '%REQ(X-REQUEST-ID)%',
  authority: '%REQ(:AUTHORITY)%',
  upstream_host: '%UPSTREAM_HOST%',
  upstream_cluster: '%UPSTREAM_CLUSTER_RAW%',
  upstream_local_address: '%UPSTREAM_LOCAL_ADDRESS%',
  downstream_local_address: '%DOWNSTREAM_LOCAL_ADDRESS%',
  downstream_remote_address: '%DOWNSTREAM_REMOTE_ADDRESS%',
  requested_server_name: '%REQUESTED_SERVER_NAME%',
  route_name: '%ROUTE_NAME%',
}

/** Where requests and connections are logged, by `accessLogFile` of the mesh; empty if nowhere. */
export function accessLogs(mesh: MeshConfig): readonly AccessLogJson[] {
  if (!mesh.accessLogFile) return []
  return [
    {
      name: 'envoy.access_loggers.file',
      typedConfig: {
        '@type': typeUrl('envoy.extensions.access_loggers.file.v3.FileAccessLog'),
        path: mesh.accessLogFile,
        logFormat: logFormat(mesh),
      },
    },
  ]
}

/** The log of connections that no filter chain took, unless the mesh disables it. */
export function listenerAccessLogs(mesh: MeshConfig): readonly AccessLogJson[] {
  if (mesh.disableEnvoyListenerLog === true) return []
  const noRoute = { responseFlagFilter: { flags: ['NR'] } }
  return accessLogs(mesh).map((log) => ({ ...log, filter: noRoute }))
}

function logFormat({ accessLogEncoding, accessLogFormat }: MeshConfig): object {
  if (accessLogEncoding === 'JSON') return { jsonFormat: jsonFields(accessLogFormat) }
  const text = accessLogFormat || defaultFormat
  const inlineString = text.endsWith('\n') ? text : `${text}\n`
  return { textFormatSource: { inlineString } }
}

/** A format that is no JSON object cannot be used with the JSON encoding: then the default is. */
function jsonFields(format: string | undefined): unknown {
  if (!format) return defaultFields
  try {
    const fields: unknown = JSON.parse(format)
    return typeof fields === 'object' && fields !== null ? fields : defaultFields
  } catch {
    // Not JSON: see above.
    return defaultFields
  }
}
