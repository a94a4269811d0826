import type { HttpPool } from '../http/pool.ts'

/** Connections that speak what the client of each request speaks: two pools, each made when it is first wanted. */
export function createDownstreamPool(create: (version: 1 | 2) => HttpPool): HttpPool {
  const pools = new Map<1 | 2, HttpPool>()
  return {
    newStream(receiver, callbacks) {
      const version = callbacks.version === '2' ? 2 : 1
      const pool = pools.get(version) ?? create(version)
      pools.set(version, pool)
      return pool.newStream(receiver, callbacks)
    },
    drain() {
      for (const pool of pools.values()) pool.drain()
    },
    close() {
      for (const pool of pools.values()) pool.close()
    },
  }
}
