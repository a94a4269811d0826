import { readFileSync } from 'node:fs'
import type { DrawnConfiguration } from './configurations.ts'

const folder = 'packages/mini-proxy/test/fixtures/tls'

/** A certificate of the fixtures, in PEM. */
export function pem(name: string): string {
  return readFileSync(`${folder}/${name}.pem`, 'utf8')
}

/** The metadata that a header stands for: routes of several types of value are told apart by it. */
export function metadataOf(header: string | undefined): unknown {
  if (header === undefined) return undefined
  const typed: Readonly<Record<string, unknown>> = { '5': 5, A: true, ba: ['b', 'a'] }
  return typed[header] ?? header
}

/** {@link metadataOf} in the proxy. The route is chosen before filters run, and anew after this one. */
const setMetadata = `
local typed = { ["5"] = 5, ["A"] = true, ["ba"] = { "b", "a" } }
function envoy_on_request(handle)
  local value = handle:headers():get("x-meta")
  if value ~= nil then
    local it = typed[value]
    if it == nil then it = value end
    handle:streamInfo():dynamicMetadata():set("drawn", "m", it)
  end
  handle:clearRouteCache()
end
`

const of = (type: string): { '@type': string } => ({ '@type': `type.googleapis.com/${type}` })

/** A bootstrap (JSON is YAML) with one listener on a free port for each configuration. */
export function bootstrapOf(drawn: readonly DrawnConfiguration[]): string {
  return JSON.stringify({
    admin: { address: { socketAddress: { address: '127.0.0.1', portValue: 0 } } },
    staticResources: { listeners: drawn.map(listener) },
  })
}

function listener({ edge, configuration }: DrawnConfiguration, index: number): object {
  const { tls, ...paths } = edge
  return {
    name: `drawn-${index}`,
    address: { socketAddress: { address: '127.0.0.1', portValue: 0 } },
    filterChains: [
      {
        filters: [
          {
            name: 'hcm',
            typedConfig: {
              ...of(
                'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
              ),
              statPrefix: 'drawn',
              ...paths,
              upgradeConfigs: [{ upgradeType: 'CONNECT' }],
              routeConfig: configuration,
              httpFilters,
            },
          },
        ],
        ...(tls && { transportSocket }),
      },
    ],
  }
}

const httpFilters = [
  {
    name: 'filter-state',
    typedConfig: {
      ...of('envoy.extensions.filters.http.set_filter_state.v3.Config'),
      onRequestHeaders: [
        {
          objectKey: 'drawn.fs',
          factoryKey: 'envoy.string',
          skipIfEmpty: true,
          formatString: {
            textFormatSource: { inlineString: '%REQ(x-fs)%' },
            omitEmptyValues: true,
          },
        },
      ],
    },
  },
  {
    name: 'metadata',
    typedConfig: {
      ...of('envoy.extensions.filters.http.lua.v3.Lua'),
      defaultSourceCode: { inlineString: setMetadata },
    },
  },
  { name: 'router', typedConfig: of('envoy.extensions.filters.http.router.v3.Router') },
]

const transportSocket = {
  name: 'tls',
  typedConfig: {
    ...of('envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext'),
    commonTlsContext: {
      tlsCertificates: [
        {
          certificateChain: { inlineString: pem('server') },
          privateKey: { inlineString: pem('server-key') },
        },
      ],
      // Shown but not trusted is a case of its own.
      validationContext: {
        trustedCa: { inlineString: pem('ca') },
        trustChainVerification: 'ACCEPT_UNTRUSTED',
      },
    },
  },
}
