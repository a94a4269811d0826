import type { Bootstrap } from '@meshwright/xds-client'
import type { AdminPage } from '../admin/admin-page.ts'
import type { LogEntry } from '../ambient.ts'
import type { ClusterReport } from '../cluster/cluster-report.ts'
import type { PortClaim } from '../listener/port-source.ts'
import type { DrainStrategy } from '../proxy-options.ts'
import type { StatRecord } from './stat-records.ts'
import type { ViewChange } from './view-change.ts'

/** What a worker is to be. */
export interface WorkerStart {
  readonly kind: 'start'
  /** The leader talks to the control plane, the others take what it got. */
  readonly role: 'leader' | 'follower'
  /** Of a leader: others serve what an earlier one got. */
  readonly succeeds: boolean
  readonly bootstrap: Bootstrap
  readonly persist: string | undefined
  readonly drainMs: number | undefined
  readonly drainStrategy: DrainStrategy | undefined
  readonly maxConnections: number | undefined
}

/** From the supervisor to a worker. */
export type ToWorker =
  | WorkerStart
  /** With the handle, unless there is an error. */
  | { readonly kind: 'port'; readonly id: number; readonly error?: string }
  | { readonly kind: 'view'; readonly id: number; readonly change: ViewChange }
  /** Every worker has the view: put it into force. */
  | { readonly kind: 'swap'; readonly id: number }
  /** Say so once what was swapped last is in force, its ports bound. */
  | { readonly kind: 'settle'; readonly id: number }
  | { readonly kind: 'stats'; readonly id: number }
  | { readonly kind: 'page'; readonly id: number; readonly method: string; readonly url: string }
  | { readonly kind: 'clusters'; readonly id: number }
  | { readonly kind: 'drain'; readonly boundMs: number }

/** From a worker to the supervisor. */
export type FromWorker =
  | { readonly kind: 'listen'; readonly id: number; readonly claim: PortClaim }
  | { readonly kind: 'release'; readonly key: string }
  | { readonly kind: 'view'; readonly id: number; readonly change: ViewChange }
  | { readonly kind: 'staged'; readonly id: number }
  | { readonly kind: 'settled'; readonly id: number }
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'stats'; readonly id: number; readonly stats: readonly StatRecord[] }
  | { readonly kind: 'page'; readonly id: number; readonly page: AdminPage }
  | { readonly kind: 'clusters'; readonly id: number; readonly clusters: readonly ClusterReport[] }
  | { readonly kind: 'quit' }
  /** The last word of a worker that drained. */
  | { readonly kind: 'final'; readonly stats: readonly StatRecord[] }
  | { readonly kind: 'log'; readonly entry: LogEntry }
