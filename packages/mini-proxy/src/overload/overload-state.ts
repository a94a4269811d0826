import type { LoadShedPoints } from './load-shed-point.ts'

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
  /** Where else load is shed. */
  readonly loadShed: LoadShedPoints
}

/** Nothing is done. */
export function calmState(loadShed: LoadShedPoints = {}): OverloadState {
  return {
    loadShed,
    stopAcceptingRequests: 0,
    disableKeepalive: 0,
    rejectConnections: 0,
    stopAcceptingConnections: 0,
  }
}
