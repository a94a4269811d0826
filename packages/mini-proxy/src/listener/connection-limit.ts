import type { Timers } from '../ambient.ts'
import { refuse } from '../errors.ts'
import type { Connection } from '../network/connection.ts'
import { durationMs } from '../network/duration.ts'
import type { StatsScope } from '../stats/stats.ts'

/** `envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit` in proto3 JSON, as far as it is honored. */
export interface ConnectionLimitJson {
  readonly statPrefix?: string
  /** A 64-bit number comes as text. */
  readonly maxConnections?: string | number
  readonly delay?: string
  readonly runtimeEnabled?: { readonly defaultValue?: boolean }
}

/** How many connections a filter chain serves at one time. */
export interface ConnectionLimit {
  readonly statPrefix: string
  readonly max: number
  /** One too many is closed after so long: a client that comes again at once gains nothing. */
  readonly delayMs: number
}

/** Undefined: switched off. */
export function compileConnectionLimit(json: ConnectionLimitJson): ConnectionLimit | undefined {
  const max = Number(json.maxConnections ?? 0)
  if (!(max >= 1)) refuse('connection_limit has no max_connections')
  if (json.runtimeEnabled?.defaultValue === false) return undefined
  return { statPrefix: json.statPrefix ?? '', max, delayMs: durationMs(json.delay, 0) }
}

/** Asked with every connection of a chain. True: it is served; it counts until it closes. */
export type AdmitConnection = (connection: Connection) => boolean

export function createConnectionLimit(
  { statPrefix, max, delayMs }: ConnectionLimit,
  { stats, timers }: { readonly stats: StatsScope; readonly timers: Timers },
): AdmitConnection {
  const scope = stats.scope(`connection_limit.${statPrefix}`)
  const limited = scope.counter('limited_connections')
  const active = scope.gauge('active_connections')
  let open = 0
  return (socket) => {
    if (open < max) {
      open += 1
      active.set(open)
      socket.on('close', () => {
        open -= 1
        active.set(open)
      })
      return true
    }
    limited.inc()
    if (delayMs === 0) socket.destroy()
    else {
      const timer = timers.setTimeout(() => socket.destroy(), delayMs)
      socket.on('close', () => timers.clearTimeout(timer))
    }
    return false
  }
}
