import { enumName } from '../config/enum-name.ts'
import { type Findings, fault } from '../config/findings.ts'
import type { RateLimitJson } from '../config/rate-limit-config.ts'
import { compileRateLimitAction, metadataPath } from './compile-rate-limit-action.ts'
import type { RateLimitPolicy } from './rate-limit.ts'

/** The last of the stages that rate limit filters may have. */
const maxStage = 10

/** Compiles one rate limit of a route or a virtual host. */
export function compileRateLimit(
  limit: RateLimitJson,
  path: string,
  findings: Findings,
): RateLimitPolicy {
  const { stage = 0, actions = [], limit: override } = limit
  if (stage > maxStage) {
    fault(findings, `${path}.stage`, `expected at most ${maxStage}, got ${stage}`)
  }
  if (actions.length === 0) fault(findings, `${path}.actions`, 'expected an action, got none')
  const key = override?.dynamicMetadata?.metadataKey
  if (override !== undefined && key === undefined) {
    fault(findings, `${path}.limit`, 'expected dynamicMetadata with a metadataKey, got none')
  }
  return {
    stage,
    disableKey: limit.disableKey || undefined,
    applyOnStreamDone: limit.applyOnStreamDone === true,
    actions: actions.map((action, i) =>
      compileRateLimitAction(action, `${path}.actions[${i}]`, findings),
    ),
    limitOverride:
      key === undefined
        ? undefined
        : metadataPath(key, `${path}.limit.dynamicMetadata.metadataKey`, findings),
    hitsAddend: hitsAddend(limit.hitsAddend, `${path}.hitsAddend`, findings),
    headersOption:
      enumName(limit.xRatelimitOption, options, `${path}.xRatelimitOption`, findings) ||
      'UNSPECIFIED',
  }
}

const options = ['UNSPECIFIED', 'OFF', 'DRAFT_VERSION_03'] as const

/** The most that Envoy takes. */
const maxHits = 1_000_000_000

function hitsAddend(
  given: RateLimitJson['hitsAddend'],
  path: string,
  findings: Findings,
): RateLimitPolicy['hitsAddend'] {
  if (given === undefined) return undefined
  const { number, format = '' } = given
  if ((number === undefined) === (format === '')) {
    const got = number === undefined ? 'neither' : 'both'
    fault(findings, path, `expected number or format, got ${got}`)
  }
  if (format !== '') {
    if (!/^%[^%]+%$/.test(format)) {
      const got = JSON.stringify(format)
      fault(findings, `${path}.format`, `expected one %…% operator and nothing else, got ${got}`)
    }
    return format
  }
  const hits = Number(number ?? 0)
  if (hits < 0 || hits > maxHits) {
    fault(findings, `${path}.number`, `expected 0 to ${maxHits}, got ${hits}`)
  }
  return hits
}
