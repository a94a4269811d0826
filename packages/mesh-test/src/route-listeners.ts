import type { PathNormalization, RouteConfigurationJson } from '@meshwright/route-matcher'
import {
  field,
  isObject,
  type JsonObject,
  type JsonPath,
  listField,
  spelling,
  textField,
} from './json.ts'
import type { RouteListener } from './route-set.ts'

/** A listener's use of a route configuration: by its name, or written in place. */
export interface RouteUse {
  readonly listener: RouteListener
  readonly routes:
    | string
    | { readonly configuration: RouteConfigurationJson; readonly path: JsonPath }
}

const managerType =
  /\.(?:http_connection_manager\.v[23]|HttpConnectionManager)|http_connection_manager$/

/** The route configurations that the HTTP filter chains of a listener (proto3 JSON, either spelling) ask. */
export function routeUses(listener: unknown, path: JsonPath = []): readonly RouteUse[] {
  if (!isObject(listener)) return []
  const socket = field(field(listener, 'address'), 'socketAddress')
  const base = {
    name: textField(listener, 'name'),
    address: textField(socket, 'address'),
    port: Number(field(socket, 'portValue') ?? 0),
    inbound: textField(listener, 'trafficDirection') === 'INBOUND',
  }
  const chains = [...listField(listener, 'filterChains'), ...defaultChain(listener)]
  return chains.flatMap(({ value: chain, path: chainPath }) =>
    listField(chain, 'filters').flatMap(({ value: filter, path: filterPath }) => {
      const config = field(filter, 'typedConfig')
      if (!isManager(filter, config)) return []
      return usesOf(config, base, [
        ...path,
        ...chainPath,
        ...filterPath,
        spelling(filter, 'typedConfig'),
      ])
    }),
  )
}

function defaultChain(listener: JsonObject): ReturnType<typeof listField> {
  const value = field(listener, 'defaultFilterChain')
  return value === undefined ? [] : [{ value, path: [spelling(listener, 'defaultFilterChain')] }]
}

function isManager(filter: unknown, config: unknown): config is JsonObject {
  if (!isObject(config)) return false
  return managerType.test(textField(config, '@type') || textField(filter, 'name'))
}

function usesOf(
  config: JsonObject,
  base: Omit<RouteListener, 'normalization' | 'stripPort'>,
  path: JsonPath,
): readonly RouteUse[] {
  const listener = {
    ...base,
    normalization: normalizationOf(config),
    stripPort: stripPortOf(config),
  }
  const name = textField(field(config, 'rds'), 'routeConfigName')
  if (name !== '') return [{ listener, routes: name }]
  const configuration = field(config, 'routeConfig')
  if (!isObject(configuration)) return []
  return [{ listener, routes: { configuration, path: [...path, spelling(config, 'routeConfig')] } }]
}

function normalizationOf(config: JsonObject): PathNormalization {
  const action = textField(config, 'pathWithEscapedSlashesAction')
  return {
    normalizePath: field(config, 'normalizePath') === true,
    mergeSlashes: field(config, 'mergeSlashes') === true,
    ...(isAction(action) && { pathWithEscapedSlashesAction: action }),
  }
}

function stripPortOf(config: JsonObject): RouteListener['stripPort'] {
  if (field(config, 'stripAnyHostPort') === true) return 'any'
  return field(config, 'stripMatchingHostPort') === true ? 'matching' : 'none'
}

type Action = NonNullable<PathNormalization['pathWithEscapedSlashesAction']>

function isAction(text: string): text is Action {
  return /^(?:IMPLEMENTATION_SPECIFIC_DEFAULT|KEEP_UNCHANGED|REJECT_REQUEST|UNESCAPE_AND_REDIRECT|UNESCAPE_AND_FORWARD)$/.test(
    text,
  )
}
