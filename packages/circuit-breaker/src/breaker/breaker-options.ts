import { positiveRatio, realNumber, wholeNumber } from '../check-option.ts'
import { BreakerOptionError } from '../errors.ts'

/** Which calls a ratio is taken of: the last so many, or those of the last so many ms. */
export type WindowOptions =
  | {
      readonly kind: 'count'
      /** 1 to 1 048 576; one byte of memory each. */
      readonly calls: number
    }
  | {
      readonly kind: 'time'
      readonly ms: number
      /** In how many steps the past is forgotten, 1 to 3600. Default: 10. */
      readonly buckets?: number
    }

/** A share of the calls in the window that opens the breaker. */
export interface RatioOptions {
  /** Above 0, at most 1; reached is enough. */
  readonly ratio: number
  /** With fewer calls in the window nothing is concluded. Default: 10. */
  readonly minimumCalls?: number
}

/** When a breaker opens, for how long, and how it finds its way back. */
export interface BreakerOptions {
  /** Opens after so many failures in a row. Default: 5 if no ratio is given, else never. */
  readonly consecutiveFailures?: number
  /** Opens by the share of failures. Default: never. */
  readonly failureRatio?: RatioOptions
  /** Opens by the share of calls that took `durationMs` or longer, failed or not. Default: never. */
  readonly slowCalls?: RatioOptions & { readonly durationMs: number }
  /** Default: `{ kind: 'time', ms: 10_000, buckets: 10 }`. */
  readonly window?: WindowOptions
  readonly coolDown?: CoolDownOptions
  readonly probes?: ProbeOptions
  /** A number in [0, 1) for the jitter of the cool-down. Needed where there is a jitter. */
  readonly random?: () => number
}

/** How long a breaker stays open. */
export interface CoolDownOptions {
  /** The first time. Default: 30 000. */
  readonly baseMs?: number
  /** By how much longer each time that the probes fail, at least 1. Default: 2. */
  readonly factor?: number
  /** The longest, before jitter. Default: 300 000 or `baseMs`, whichever is longer. */
  readonly maxMs?: number
  /** Up to which share of itself the wait is drawn longer, 0 to 1. Default: 0. */
  readonly jitterRatio?: number
}

/** The calls that try a half-open breaker out. */
export interface ProbeOptions {
  /** How many may be in flight at one time. Default: 1. */
  readonly concurrent?: number
  /** How many must succeed, with no failure between, to close. Default: 1. */
  readonly successes?: number
  /** A probe that is not settled by then counts as failed: half-open never is for ever. Default: 60 000. */
  readonly lostAfterMs?: number
}

/** {@link BreakerOptions} with every default filled in. */
export interface BreakerConfig {
  /** `Infinity` for never. */
  readonly consecutiveFailures: number
  readonly failureRatio: Required<RatioOptions> | undefined
  readonly slowCalls: (Required<RatioOptions> & { readonly durationMs: number }) | undefined
  readonly window: Required<WindowOptions>
  readonly coolDown: Required<CoolDownOptions>
  readonly probes: Required<ProbeOptions>
  readonly random: () => number
}

/** Fills in the defaults and refuses what makes no sense. */
export function resolveBreakerOptions(options: BreakerOptions): BreakerConfig {
  const { failureRatio, slowCalls, random } = options
  const hasRatio = failureRatio !== undefined || slowCalls !== undefined
  const coolDown = coolDownOf(options.coolDown ?? {})
  if (coolDown.jitterRatio > 0 && random === undefined) {
    throw new BreakerOptionError('random', 'a function where there is a jitter', random)
  }
  return {
    consecutiveFailures:
      options.consecutiveFailures === undefined
        ? hasRatio
          ? Infinity
          : defaultConsecutive
        : wholeNumber('consecutiveFailures', options.consecutiveFailures, 1),
    failureRatio: failureRatio && ratioOf('failureRatio', failureRatio),
    slowCalls: slowCalls && {
      ...ratioOf('slowCalls', slowCalls),
      durationMs: realNumber('slowCalls.durationMs', slowCalls.durationMs, 0, maxMs),
    },
    window: windowOf(options.window ?? { kind: 'time', ms: defaultWindowMs }),
    coolDown,
    probes: probesOf(options.probes ?? {}),
    random: random ?? (() => 0),
  }
}

function ratioOf(name: string, { ratio, minimumCalls }: RatioOptions): Required<RatioOptions> {
  return {
    ratio: positiveRatio(`${name}.ratio`, ratio),
    minimumCalls: wholeNumber(`${name}.minimumCalls`, minimumCalls ?? defaultMinimum, 1),
  }
}

function windowOf(options: WindowOptions): Required<WindowOptions> {
  if (options.kind === 'count') {
    return { kind: 'count', calls: wholeNumber('window.calls', options.calls, 1, maxWindowCalls) }
  }
  const buckets = wholeNumber('window.buckets', options.buckets ?? defaultBuckets, 1, maxBuckets)
  return { kind: 'time', ms: realNumber('window.ms', options.ms, buckets, maxMs), buckets }
}

function coolDownOf(options: CoolDownOptions): Required<CoolDownOptions> {
  const baseMs = realNumber('coolDown.baseMs', options.baseMs ?? defaultCoolDownMs, 0, maxMs)
  return {
    baseMs,
    factor: realNumber('coolDown.factor', options.factor ?? 2, 1, maxMs),
    maxMs: realNumber(
      'coolDown.maxMs',
      options.maxMs ?? Math.max(defaultMaxCoolDownMs, baseMs),
      baseMs,
      maxMs,
    ),
    jitterRatio: realNumber('coolDown.jitterRatio', options.jitterRatio ?? 0, 0, 1),
  }
}

function probesOf(options: ProbeOptions): Required<ProbeOptions> {
  return {
    concurrent: wholeNumber('probes.concurrent', options.concurrent ?? 1, 1),
    successes: wholeNumber('probes.successes', options.successes ?? 1, 1),
    lostAfterMs: realNumber('probes.lostAfterMs', options.lostAfterMs ?? defaultLostMs, 1, maxMs),
  }
}

const defaultConsecutive = 5
const defaultMinimum = 10
const defaultWindowMs = 10_000
const defaultBuckets = 10
const defaultCoolDownMs = 30_000
const defaultMaxCoolDownMs = 300_000
const defaultLostMs = 60_000
const maxWindowCalls = 1_048_576
const maxBuckets = 3_600
/** Some 285 years: sums of times stay exact. */
const maxMs = Number.MAX_SAFE_INTEGER / 1_000
