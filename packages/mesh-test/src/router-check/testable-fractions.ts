import type { RouteConfigurationJson, RouteJson } from '@meshwright/route-matcher'

/** The key given to fractions that have none, so that none of them is ever on. */
const noKey = 'no runtime key'

/** A configuration whose fractions a test can switch on, and the keys of them. */
export interface TestableFractions {
  readonly configuration: RouteConfigurationJson
  readonly fractionKeys: ReadonlySet<string>
}

/**
 * Does to runtime fractions what Envoy's router check tool does: a numerator of 0 becomes 1, so that a draw of 0 takes the
 * route of a fraction that is off by default. A fraction without a key can never be switched on.
 */
export function withTestableFractions(configuration: RouteConfigurationJson): TestableFractions {
  const fractionKeys = new Set<string>()
  const testable = (route: RouteJson): RouteJson => {
    const fraction = route.match?.runtimeFraction
    if (fraction === undefined) return route
    const runtimeKey = fraction.runtimeKey || noKey
    fractionKeys.add(runtimeKey)
    const defaultValue = {
      ...fraction.defaultValue,
      numerator: fraction.defaultValue?.numerator || 1,
    }
    return {
      ...route,
      match: { ...route.match, runtimeFraction: { ...fraction, runtimeKey, defaultValue } },
    }
  }
  const virtualHosts = configuration.virtualHosts?.map((host) =>
    Array.isArray(host.routes) ? { ...host, routes: host.routes.map(testable) } : host,
  )
  return {
    configuration: { ...configuration, ...(virtualHosts !== undefined && { virtualHosts }) },
    fractionKeys,
  }
}
