import {
  type CompileOptions,
  type PlainRequest,
  type RouteConfigurationJson,
  request,
} from '@meshwright/route-matcher'
import { type Destination, Destinations } from './destinations.ts'
import type { LoggedRequest, UnreadableLine } from './logged-request.ts'
import { headersLookedAt } from './unlogged-inputs.ts'
import { loggedVerdict, type ReplayVerdict, verdictOf } from './verdict.ts'

/** Requests that came from one place and go to another. */
export interface ReplayClass {
  readonly verdict: ReplayVerdict
  /** In words, for example `cluster v1 90 %, cluster v2 10 %` or `no route`. */
  readonly from: string
  readonly to: string
  readonly count: number
  /** The first of them. */
  readonly examples: readonly LoggedRequest[]
}

/** What a new configuration would do with the requests of a log; plain JSON. */
export interface ReplayReport {
  /** Lines that could be read. */
  readonly requests: number
  /** How many requests of each verdict. */
  readonly verdicts: Readonly<Record<ReplayVerdict, number>>
  /** Everything that is not `same`, the most frequent first. */
  readonly classes: readonly ReplayClass[]
  /** Requests of classes that came when the list of classes was full. They count in {@link verdicts}. */
  readonly unlisted: number
  readonly unreadable: { readonly count: number; readonly first: readonly UnreadableLine[] }
  /**
   * Headers that routes look at and that no line of the log had: they were taken as absent, so that requests may have been
   * judged wrongly.
   */
  readonly notLogged: readonly string[]
}

export interface ReplayOptions extends CompileOptions {
  /** Requests to keep per class. Default: 3. */
  readonly examples?: number
  /** Classes to keep. Default: 1000. */
  readonly maxClasses?: number
  /** Lines to keep of those that could not be read. Default: 5. */
  readonly unreadableLines?: number
}

/** A replay that is fed one entry at a time. */
export interface Replay {
  add(entry: LoggedRequest | UnreadableLine): void
  report(): ReplayReport
}

/**
 * Replays the requests of an access log: which of them would go elsewhere?
 *
 * With `before`, both configurations are asked. Without, where the log says that a request went is compared with where
 * `after` sends it. The draw of a logged request is not known, so that sets of outcomes are compared. Memory is bounded by
 * the options; time is one or two matches per request, and as many more as weights leave open. A scheme that is not logged
 * is taken as https.
 *
 * @throws {RouteConfigError} if a configuration has faults.
 *
 * @example
 * ```ts
 * const to = (cluster: string) => ({
 *   virtualHosts: [{ name: 'h', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster } }] }],
 * })
 * const log = ['{"method":"GET","path":"/","authority":"h","upstream_cluster":"v1"}']
 * replay(readAccessLog(log), undefined, to('v2')).verdicts.elsewhere // => 1
 * ```
 */
export function replay(
  entries: Iterable<LoggedRequest | UnreadableLine>,
  before: RouteConfigurationJson | undefined,
  after: RouteConfigurationJson,
  options: ReplayOptions = {},
): ReplayReport {
  const running = createReplay(before, after, options)
  for (const entry of entries) running.add(entry)
  return running.report()
}

/** A {@link replay} for entries that arrive one by one, as from a stream. */
export function createReplay(
  before: RouteConfigurationJson | undefined,
  after: RouteConfigurationJson,
  options: ReplayOptions = {},
): Replay {
  const old = before === undefined ? undefined : new Destinations(before, options)
  const fresh = new Destinations(after, options)
  const notLogged = headersLookedAt(before === undefined ? [after] : [before, after])
  const tally = new Tally(options)
  return {
    add: (entry) => {
      if ('unreadable' in entry) return tally.unreadable(entry)
      for (const name of notLogged) {
        const value = name === ':scheme' ? entry.scheme : entry.headers?.[name]
        if (value !== undefined) notLogged.delete(name)
      }
      const asked = request(plainRequest(entry))
      const to = fresh.of(asked)
      const [from, verdict] =
        old === undefined ? loggedVerdict(entry, to) : between(old.of(asked), to)
      tally.count(entry, verdict, [from, to.label])
    },
    report: () => ({ ...tally.report(), notLogged: [...notLogged] }),
  }
}

function between(from: Destination, to: Destination): [string, ReplayVerdict] {
  return [from.label, verdictOf(from, to)]
}

function plainRequest({ method, path, authority, scheme, headers }: LoggedRequest): PlainRequest {
  const plain = { method, path, authority, scheme: scheme ?? 'https' }
  return headers === undefined ? plain : { ...plain, headers }
}

interface CountedClass extends ReplayClass {
  count: number
  readonly examples: LoggedRequest[]
}

class Tally {
  readonly #limits: Required<Pick<ReplayOptions, 'examples' | 'maxClasses' | 'unreadableLines'>>
  readonly #verdicts = { same: 0, possible: 0, elsewhere: 0, undecided: 0 }
  readonly #classes = new Map<string, CountedClass>()
  readonly #unreadable: UnreadableLine[] = []
  #unreadableCount = 0
  #unlisted = 0

  constructor({ examples = 3, maxClasses = 1000, unreadableLines = 5 }: ReplayOptions) {
    this.#limits = { examples, maxClasses, unreadableLines }
  }

  unreadable(entry: UnreadableLine): void {
    this.#unreadableCount++
    if (this.#unreadable.length < this.#limits.unreadableLines) this.#unreadable.push(entry)
  }

  count(entry: LoggedRequest, verdict: ReplayVerdict, [from, to]: readonly [string, string]): void {
    this.#verdicts[verdict]++
    if (verdict === 'same') return
    const key = `${verdict}\n${from}\n${to}`
    const known = this.#classes.get(key)
    if (known !== undefined) {
      known.count++
      if (known.examples.length < this.#limits.examples) known.examples.push(entry)
    } else if (this.#classes.size < this.#limits.maxClasses) {
      const examples = this.#limits.examples > 0 ? [entry] : []
      this.#classes.set(key, { verdict, from, to, count: 1, examples })
    } else this.#unlisted++
  }

  report(): Omit<ReplayReport, 'notLogged'> {
    const { same, possible, elsewhere, undecided } = this.#verdicts
    return {
      requests: same + possible + elsewhere + undecided,
      verdicts: { ...this.#verdicts },
      classes: [...this.#classes.values()].sort((a, b) => b.count - a.count),
      unlisted: this.#unlisted,
      unreadable: { count: this.#unreadableCount, first: [...this.#unreadable] },
    }
  }
}
