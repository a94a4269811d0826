/** One thing that is wrong with, or not honoured of, a configuration. */
export interface RouteFault {
  /** Where, for example `virtualHosts[2].routes[0].match.safeRegex`. */
  readonly path: string
  /** What is wrong there. */
  readonly message: string
}

/** Thrown by `compileRoutes`; names every fault, not the first. */
export class RouteConfigError extends Error {
  override readonly name: string = 'RouteConfigError'
  readonly code = 'ERR_ROUTE_CONFIG_INVALID'
  readonly faults: readonly RouteFault[]

  constructor(configurationName: string, faults: readonly RouteFault[]) {
    const lines = faults.map(({ path, message }) => `${path}: ${message}`)
    super(
      `route configuration ${JSON.stringify(configurationName)} is not valid: ${lines.join('; ')} [ERR_ROUTE_CONFIG_INVALID]`,
    )
    this.faults = faults
  }
}
