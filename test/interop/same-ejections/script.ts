import type { OutlierOptions } from '@meshwright/circuit-breaker'

/**
 * How an upstream takes a request: it answers with a status; closes the connection instead; hangs until the proxy gives up; or does not
 * take the connection.
 */
export type Answer = number | 'reset' | 'hang' | 'refuse'

/** Requests in one interval, and what the pass at its end finds. */
export interface Round {
  readonly requests: readonly { readonly host: string; readonly answer: Answer }[]
}

/** One cluster, and what happens to it. Without `passes` the interval is longer than the test. */
export interface Script {
  readonly name: string
  readonly options: OutlierOptions
  readonly hosts: readonly string[]
  readonly rounds: readonly Round[]
  readonly passes: boolean
  /** Scripts of different groups have hosts at different addresses, and can be played at one time. */
  readonly group: number
}

/** Who must never be ejected in a script with passes: its success rate shows when a pass was made. */
export const marker = 'm'

/** Length of an interval of a script with passes. */
export const intervalMs = 2_000

const passing: OutlierOptions = {
  intervalMs,
  maxEjectionPercent: 100,
  successRateRequestVolume: 5,
  failurePercentageRequestVolume: 5,
  // Ejections that begin at a pass, or in the first third of an interval, end in the midst of one, whatever their number.
  baseEjectionTimeMs: 1.2 * intervalMs,
  maxEjectionTimeMs: 3.6 * intervalMs,
}

const abcd = ['a', 'b', 'c', 'd', marker]

/** `a500*5 b200` in one round. */
export function round(text: string): Round {
  const requests = text
    .split(' ')
    .filter(Boolean)
    .flatMap((word) => {
      const [, host = '', answer = '', times = '1'] = /^([a-z])(\w+?)(?:\*(\d+))?$/.exec(word) ?? []
      const how = /^\d/.test(answer) ? Number(answer) : (answer as Answer)
      return Array.from({ length: Number(times) }, () => ({ host, answer: how }))
    })
  // The marker's success rate is set by its first five.
  const shown = Array.from({ length: 5 }, () => ({ host: marker, answer: 200 }))
  return { requests: [...requests, ...shown] }
}

let groups = 0

function withPasses(name: string, options: OutlierOptions, rounds: readonly string[]): Script {
  return {
    name,
    options: { ...passing, ...options },
    hosts: abcd,
    rounds: rounds.map(round),
    passes: true,
    group: ++groups,
  }
}

/** Every detector that works in passes, and the length of ejections. Of a pass no more than the percentage allows is ejected. */
export const scripts: readonly Script[] = [
  withPasses('ejected longer each time, and back', { consecutive5xx: 3 }, [
    'a500*3',
    'b200',
    'a500*3 b500*2',
    'b500*3',
    'a500*3',
    'a500*3 a200 b200',
    'a500*2 b200',
    'a500*3',
  ]),
  withPasses('success rate', { consecutive5xx: 0 }, [
    'a500*3 a200*3 b200*6 c200*6 d200*6',
    'b200*5 c200*5 d200*5',
    'b500*1 b200*5 c500*1 c200*5 d500*4 d200*2 a200*6',
    'a200*6 b200*6 c200*6 d200*4',
  ]),
  withPasses(
    'success rate by a smaller factor, of fewer hosts',
    { consecutive5xx: 0, successRateStdevFactor: 500, successRateMinimumHosts: 2 },
    ['a500*1 a200*7 b500*4 b200*4', 'a200*8', 'a500*8 b200*8 c200*8', 'a200*4 b200*4'],
  ),
  withPasses(
    'failure percentage',
    {
      consecutive5xx: 0,
      enforcingSuccessRate: 0,
      enforcingFailurePercentage: 100,
      failurePercentageThreshold: 50,
      failurePercentageMinimumHosts: 3,
    },
    [
      'a500*3 a200*3 b500*2 b200*4 c200*4',
      'b500*6 c500*1 c200*6',
      'a500*4 b200*6',
      'a200*5 b200*5',
    ],
  ),
  withPasses(
    'success rate and failure percentage, neither enforced',
    {
      consecutive5xx: 0,
      enforcingSuccessRate: 0,
      failurePercentageMinimumHosts: 1,
    },
    ['a500*6 b200*6 c200*6 d200*6', 'a500*6 b200*6 c200*6 d200*6'],
  ),
  withPasses(
    'local origin split off',
    {
      consecutive5xx: 0,
      splitExternalLocalOriginErrors: true,
      consecutiveLocalOriginFailure: 4,
      successRateMinimumHosts: 4,
    },
    [
      'arefuse*3 a200*3 b200*6 c200*6 d200*6',
      'brefuse*4 c200*2',
      'a200*6 c200*6 d500*6',
      'creset*6 c200 d200*6',
    ],
  ),
]

/**
 * The one case where ours departs: a host that both its success rate and its failure percentage find in one pass is ejected by Envoy
 * twice, and counted back once.
 */
export const twice: Script = withPasses(
  'success rate and failure percentage, both enforced',
  {
    consecutive5xx: 0,
    enforcingFailurePercentage: 100,
    failurePercentageMinimumHosts: 1,
  },
  ['a500*6 b200*6 c200*6 d200*6', 'b200*6', 'b200*6', 'b200*6'],
)
