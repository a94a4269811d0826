import type { LoadShedPoints } from './load-shed-point.ts'
import type { TimeoutFloors } from './timeout-floors.ts'

/**
 * What the proxy does to save itself, each as a share from 0 (nothing) to 1 (always). Read for every request and
 * connection; changed by whoever watches the resources.
 */
export interface OverloadState {
  /** Of requests, answered 503. */
  stopAcceptingRequests: number
  /** Of answers, told to be the last on their connection. */
  disableKeepalive: number
  /** Of connections, closed as they come. */
  rejectConnections: number
  /** At 1, and only then, connections are not accepted: they wait in the system's queue. */
  stopAcceptingConnections: number
  /** Of what timeouts may be shorter by: so much is taken from them. */
  reduceTimeouts: number
  /** Where else load is shed. */
  readonly loadShed: LoadShedPoints
  /** How far timeouts go down. */
  readonly floors: TimeoutFloors
}

/** Nothing is done. */
export function calmState(
  loadShed: LoadShedPoints = {},
  floors: TimeoutFloors = {},
): OverloadState {
  return {
    loadShed,
    floors,
    reduceTimeouts: 0,
    stopAcceptingRequests: 0,
    disableKeepalive: 0,
    rejectConnections: 0,
    stopAcceptingConnections: 0,
  }
}
