import type { HostPoolOptions, HttpPool } from '../http/pool.ts'
import { createHttp1Pool } from '../http1/http1-pool.ts'
import type { OutgoingConnection } from '../network/connection.ts'
import type { Counter, StatsScope } from '../stats/stats.ts'
import { createAlpnPool } from './alpn-pool.ts'
import { createDownstreamPool } from './downstream-pool.ts'
import { createHttp2Pool } from './http2-pool.ts'
import { type Http2Stats, http2Stats } from './http2-stats.ts'

/** A pool that speaks to its host what the cluster says. */
export function createHttpPool(options: HostPoolOptions): HttpPool {
  const { protocol } = options
  const known = (version: 1 | 2): HttpPool => {
    const offer = version === 1 ? 'http1' : 'http2'
    return versionPool(options, version, () => options.connect(offer))
  }
  if (protocol === 'http1') return known(1)
  if (protocol === 'http2') return known(2)
  if (protocol === 'downstream') return createDownstreamPool(known)
  return createAlpnPool(options, (version, connect) => versionPool(options, version, connect))
}

function versionPool(
  options: HostPoolOptions,
  version: 1 | 2,
  connect: () => OutgoingConnection,
): HttpPool {
  const stats = upstreamHttpStats(options.stats)
  const counter = version === 1 ? stats.http1Connections : stats.http2Connections
  const own = {
    ...options,
    connect: () => {
      counter.inc()
      return connect()
    },
  }
  return version === 1 ? createHttp1Pool(own) : createHttp2Pool({ ...own, http2Stats: stats.http2 })
}

interface UpstreamHttpStats {
  readonly http1Connections: Counter
  readonly http2Connections: Counter
  readonly http2: Http2Stats
}

const instruments = new WeakMap<StatsScope, UpstreamHttpStats>()

/** The instruments of a cluster, made once. */
function upstreamHttpStats(scope: StatsScope): UpstreamHttpStats {
  const before = instruments.get(scope)
  if (before !== undefined) return before
  const made: UpstreamHttpStats = {
    http1Connections: scope.counter('upstream_cx_http1_total'),
    http2Connections: scope.counter('upstream_cx_http2_total'),
    http2: http2Stats(scope),
  }
  instruments.set(scope, made)
  return made
}
