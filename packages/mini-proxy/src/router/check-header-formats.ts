import { compileFormat, FormatError } from '@meshwright/substitution-format'
import type { RouteConfigurationJson } from '@meshwright/xds-types/envoy/config/route/v3'

type Added = NonNullable<RouteConfigurationJson['requestHeadersToAdd']>

interface AddingLevel {
  readonly requestHeadersToAdd?: Added
  readonly responseHeadersToAdd?: Added
}

/** Why values of headers that routes add cannot be written: they are formats, in which a percent sign is doubled. */
export function checkHeaderFormats(configuration: RouteConfigurationJson): string[] {
  const reasons: string[] = []
  for (const level of levelsOf(configuration)) {
    const added = [...(level.requestHeadersToAdd ?? []), ...(level.responseHeadersToAdd ?? [])]
    for (const { header } of added) {
      const fault = faultOf(header?.value ?? '')
      if (fault !== undefined) reasons.push(`header ${JSON.stringify(header?.key)}: ${fault}`)
    }
  }
  return reasons
}

function* levelsOf(configuration: RouteConfigurationJson): Generator<AddingLevel> {
  yield configuration
  for (const host of configuration.virtualHosts ?? []) {
    yield host
    for (const route of host.routes ?? []) {
      yield route
      yield* route.route?.weightedClusters?.clusters ?? []
    }
  }
}

function faultOf(template: string): string | undefined {
  if (!template.includes('%')) return undefined
  try {
    compileFormat(template)
    return undefined
  } catch (error) {
    if (error instanceof FormatError) return error.message
    throw error
  }
}
