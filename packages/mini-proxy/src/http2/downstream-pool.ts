import type { HttpPool } from '../http/pool.ts'
import { addLoads, noLoad } from '../http/preconnect.ts'
import type { HttpVersion } from '../http/stream.ts'

/** Connections that speak what the client of each request speaks: two pools, each made when it is first wanted. */
export function createDownstreamPool(create: (version: 1 | 2) => HttpPool): HttpPool {
  const pools = new Map<1 | 2, HttpPool>()
  const poolFor = (spoken: HttpVersion | undefined): HttpPool => {
    const version = spoken === '2' ? 2 : 1
    const pool = pools.get(version) ?? create(version)
    pools.set(version, pool)
    return pool
  }
  return {
    newStream: (receiver, callbacks) => poolFor(callbacks.version).newStream(receiver, callbacks),
    preconnect: (ratio, version) => poolFor(version).preconnect(ratio),
    get load() {
      return [...pools.values()].map(({ load }) => load).reduce(addLoads, noLoad)
    },
    drain() {
      for (const pool of pools.values()) pool.drain()
    },
    close() {
      for (const pool of pools.values()) pool.close()
    },
  }
}
