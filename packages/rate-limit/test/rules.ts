import {
  fixedWindow,
  gcra,
  type LimitRule,
  slidingCounter,
  slidingLog,
  tokenBucket,
} from '../src/index.ts'

/** One rule of each kind that lets `limit` through at once, and as many each `spanMs`. */
export const rulesOf: Readonly<
  Record<LimitRule['kind'], (limit: number, spanMs: number) => LimitRule>
> = {
  'token-bucket': (limit, spanMs) =>
    tokenBucket({ maxTokens: limit, tokensPerFill: limit, fillIntervalMs: spanMs }),
  gcra: (limit, spanMs) => gcra({ limit, periodMs: spanMs }),
  'sliding-log': (limit, spanMs) => slidingLog({ limit, windowMs: spanMs }),
  'sliding-counter': (limit, spanMs) => slidingCounter({ limit, windowMs: spanMs }),
  'fixed-window': (limit, spanMs) => fixedWindow({ limit, windowMs: spanMs }),
}

export const kinds: LimitRule['kind'][] = [
  'token-bucket',
  'gcra',
  'sliding-log',
  'sliding-counter',
  'fixed-window',
]
