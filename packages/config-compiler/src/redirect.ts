import type { HttpRedirect } from '@meshwright/mesh-config'
import type { RedirectActionJson } from '@meshwright/xds-types/envoy/config/route/v3'
import { present } from './present.ts'

type ResponseCode = NonNullable<RedirectActionJson['responseCode']>

const responseCodes: Readonly<Record<number, ResponseCode>> = {
  302: 'FOUND',
  303: 'SEE_OTHER',
  307: 'TEMPORARY_REDIRECT',
  308: 'PERMANENT_REDIRECT',
}

/** Envoy's redirect; `listenerPort` is where the request came in. 301 unless said otherwise. */
export function redirectAction(redirect: HttpRedirect, listenerPort: number): RedirectActionJson {
  const { uri, authority, scheme, redirectCode, prefixRewrite } = redirect
  return present({
    hostRedirect: authority || undefined,
    pathRedirect: uri || undefined,
    prefixRewrite: prefixRewrite || undefined,
    schemeRedirect: scheme || undefined,
    portRedirect: redirectPort(redirect, listenerPort),
    responseCode: responseCodes[redirectCode ?? 0],
  })
}

const defaultPorts = { http: 80, https: 443 }

function redirectPort(redirect: HttpRedirect, listenerPort: number): number | undefined {
  if (redirect.port !== undefined && redirect.port > 0) return redirect.port
  if (redirect.derivePort === 'FROM_REQUEST_PORT') return listenerPort
  if (redirect.derivePort !== 'FROM_PROTOCOL_DEFAULT') return undefined
  return redirect.scheme === 'https' ? defaultPorts.https : defaultPorts.http
}
