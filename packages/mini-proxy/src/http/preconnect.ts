/** The requests of a pool, and how many more it could take at once or when the connections are made that are being made. */
export interface PoolLoad {
  readonly pending: number
  readonly active: number
  readonly capacity: number
}

/** The load of a pool that holds nothing. */
export const noLoad: PoolLoad = { pending: 0, active: 0, capacity: 0 }

/** Whether a pool, or a cluster, lacks room for `ratio` times its requests, `coming` among them. */
export function lacksRoom(load: PoolLoad, ratio: number, coming: 0 | 1): boolean {
  const { pending, active, capacity } = load
  // In single precision, as in Envoy: 1.1 times 10 is 11 then, and no connection more.
  return Math.fround((pending + active + coming) * Math.fround(ratio)) > capacity + active
}

/** As Envoy: who lacks many connections gets them little by little. */
export const mostConnectsAtOnce = 3

/** Opens connections while `pool` lacks room for `ratio` times its requests, a few at a time with those `opened` already. `connect` says whether there may be more. */
export function connectAhead(
  pool: { readonly load: PoolLoad },
  ratio: number,
  connect: () => boolean,
  opened = 0,
): void {
  for (let i = opened; i < mostConnectsAtOnce; i += 1) {
    if (!lacksRoom(pool.load, ratio, 0) || !connect()) return
  }
}

/** Two loads as one. */
export function addLoads(one: PoolLoad, other: PoolLoad): PoolLoad {
  return {
    pending: one.pending + other.pending,
    active: one.active + other.active,
    capacity: one.capacity + other.capacity,
  }
}
