/** One thing that is wrong with, or not honoured of, a configuration. */
export interface RouteFault {
  /** Where, for example `virtualHosts[2].routes[0].match.safeRegex`. */
  readonly path: string
  /** What is wrong there, in one sentence. */
  readonly message: string
  /** What would be right. Set for every fault; a warning has none. */
  readonly expected?: string
  /** What is there. Set for every fault; a warning has none. */
  readonly found?: string
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
    this.faults = faults.map(withBothSides)
  }
}

/** A message of the form `expected …, got …` says both sides; one that says only what is wrong is its own finding. */
function withBothSides(fault: RouteFault): RouteFault {
  if (fault.expected !== undefined && fault.found !== undefined) return fault
  const { path, message } = fault
  const got = message.indexOf(', got ')
  if (!message.startsWith('expected ') || got === -1) {
    return { path, message, expected: 'something else', found: message }
  }
  const expected = message.slice('expected '.length, got)
  return { path, message, expected, found: message.slice(got + ', got '.length) }
}
