import type { PoolBreaker } from '../http/pool.ts'
import type { PriorityBreaker } from './priority-breaker.ts'

/** The breaker of a cluster for one of its hosts, which takes a connection only while `hasRoom`. */
export function limitPerHost(breaker: PriorityBreaker, hasRoom: () => boolean): PoolBreaker {
  return {
    admitConnection() {
      if (hasRoom()) return breaker.admitConnection()
      breaker.refuseConnection()
      return false
    },
    takeConnection: () => breaker.takeConnection(),
    releaseConnection: () => breaker.releaseConnection(),
    admitPending: () => breaker.admitPending(),
    releasePending: () => breaker.releasePending(),
    admitRequest: () => breaker.admitRequest(),
  }
}
