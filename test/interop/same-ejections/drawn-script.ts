import type { OutlierOptions } from '@meshwright/circuit-breaker'
import type { Answer, Script } from './script.ts'

/** A script without passes: thresholds, percentages and up to sixty answers of up to five hosts. */
export function drawScript(name: string, random: () => number): Script {
  const oneOf = <T>(values: readonly T[]): T =>
    values[Math.floor(random() * values.length)] ?? (values[0] as T)
  const options: OutlierOptions = {
    consecutive5xx: oneOf([0, 1, 2, 3, 5]),
    enforcingConsecutive5xx: oneOf([0, 100, 100]),
    consecutiveGatewayFailure: oneOf([0, 1, 2, 4]),
    enforcingConsecutiveGatewayFailure: oneOf([0, 100]),
    consecutiveLocalOriginFailure: oneOf([1, 2, 3]),
    enforcingConsecutiveLocalOriginFailure: oneOf([0, 100, 100]),
    splitExternalLocalOriginErrors: oneOf([true, false]),
    maxEjectionPercent: oneOf([0, 10, 34, 50, 67, 100]),
    alwaysEjectOneHost: oneOf([true, false]),
    intervalMs: 3_600_000,
  }
  const hosts = ['a', 'b', 'c', 'd', 'e'].slice(0, oneOf([1, 2, 3, 4, 5]))
  const answers: readonly Answer[] = oneOf([
    [500, 500, 200],
    [500, 503, 504, 502, 503],
    [200, 404, 500, 501, 502, 503, 504, 599],
    ['refuse', 'refuse', 200, 500],
    ['reset', 'refuse', 503, 200],
    ['reset', 'reset', 'hang', 503, 500],
  ])
  // Most of the time the same host and answer go on, so that runs come about.
  let host = oneOf(hosts)
  let answer = oneOf(answers)
  const requests = Array.from({ length: 60 }, () => {
    if (random() < 0.3) host = oneOf(hosts)
    if (random() < 0.4) answer = oneOf(answers)
    return { host, answer }
  })
  return { name, options, hosts, rounds: [{ requests }], passes: false, group: 0 }
}
