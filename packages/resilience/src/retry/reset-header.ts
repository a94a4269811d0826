import { checkMs } from '../check-option.ts'

/** Response headers that say when to come back. */
export interface RateLimitedBackOffOptions {
  /** In order; the first that says something usable counts. */
  readonly resetHeaders: readonly ResetHeader[]
  /** Longer waits are not believed, and the usual back-off is used. Default: 300 000. */
  readonly maxMs?: number
}

/** A header such as `retry-after` or `x-ratelimit-reset`. */
export interface ResetHeader {
  /** Lower-case. */
  readonly name: string
  /** Seconds from now, or the second since 1970. Default: `'SECONDS'`. */
  readonly format?: 'SECONDS' | 'UNIX_TIMESTAMP'
}

const defaultMaxMs = 300_000

/** The options with their defaults. */
export function resolveRateLimited(
  options: RateLimitedBackOffOptions,
): Required<RateLimitedBackOffOptions> {
  const maxMs = checkMs('rateLimitedBackOff.maxMs', options.maxMs ?? defaultMaxMs)
  return { resetHeaders: options.resetHeaders, maxMs }
}

/**
 * How long a response asks to wait, in milliseconds; undefined if no header says, or none that is believed.
 *
 * @param wallNowMs milliseconds since 1970; undefined: dates are not understood
 */
export function saidWaitMs(
  { resetHeaders, maxMs }: Required<RateLimitedBackOffOptions>,
  header: (lowerName: string) => string | undefined,
  wallNowMs: number | undefined,
): number | undefined {
  for (const { name, format = 'SECONDS' } of resetHeaders) {
    const seconds = wholeNumber(header(name.toLowerCase()))
    const from = format === 'SECONDS' ? 0 : wholeSeconds(wallNowMs)
    if (seconds === undefined || from === undefined || seconds < from) continue
    const ms = (seconds - from) * 1000
    // Envoy takes a wait of nothing as if nothing were said.
    if (ms <= maxMs) return ms > 1 ? ms : undefined
  }
  return undefined
}

/** Jitter over a wait that was asked for, as Envoy's: from all of it to one and a half times as much. */
export function jitteredAbove(ms: number, random: () => number): number {
  return ms + Math.floor(random() * Math.floor(ms / 2))
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*\+?\d{1,15}\s*$/.test(text) ? Number(text) : undefined
}

function wholeSeconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.floor(ms / 1000)
}
