import type { DeliveryMark, Rejection } from './delivery.ts'
import type { ClientIdentity } from './events.ts'
import type { Session } from './session.ts'
import type { Subscription } from './subscription.ts'

/** `STALE`: something is in flight or due. `ERROR`: the last response was refused. */
export type SyncStatus = 'SYNCED' | 'STALE' | 'NOT_SENT' | 'ERROR'

/** How far a client is with one type. */
export interface TypeStatus {
  readonly typeUrl: string
  readonly status: SyncStatus
  /** Whether the client wants all resources of the type. */
  readonly wildcard: boolean
  /** The names that it wants, as it gave them. */
  readonly names: readonly string[]
  readonly sent?: DeliveryMark
  readonly accepted?: DeliveryMark
  /** Why the last response was refused. */
  readonly rejection?: Rejection
}

/** How far a client is. */
export interface ClientStatus extends ClientIdentity {
  readonly connectedAtWallMs: number
  /** Whether it has answered everything that it was sent. */
  readonly settled: boolean
  /** The types that it asked for, in push order. */
  readonly types: readonly TypeStatus[]
}

/** What a session looks like from outside. */
export function statusOf(session: Session): Pick<ClientStatus, 'settled' | 'types'> {
  return { settled: session.settled, types: session.subscriptions.map(typeStatus) }
}

function typeStatus(subscription: Subscription): TypeStatus {
  const { sent, accepted, rejection } = subscription.delivery
  return {
    typeUrl: subscription.typeUrl,
    status: syncStatus(subscription),
    wildcard: subscription.interest.wildcard,
    names: [...subscription.interest.names],
    ...(sent === undefined ? {} : { sent }),
    ...(accepted === undefined ? {} : { accepted }),
    ...(rejection === undefined ? {} : { rejection }),
  }
}

function syncStatus(subscription: Subscription): SyncStatus {
  const { delivery } = subscription
  if (delivery.sent === undefined) return 'NOT_SENT'
  if (delivery.inFlight || subscription.due('updates')) return 'STALE'
  return delivery.rejection === undefined ? 'SYNCED' : 'ERROR'
}
