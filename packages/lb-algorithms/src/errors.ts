/** Thrown where hosts, weights or percentages make no sense. */
export class HostSetError extends Error {
  override readonly name: string = 'HostSetError'
  readonly code = 'ERR_LB_ALGORITHMS_HOST_SET'

  constructor(what: string, expected: string, got: unknown) {
    super(`${what}: expected ${expected}, got ${String(got)} [ERR_LB_ALGORITHMS_HOST_SET]`)
  }
}
