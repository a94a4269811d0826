import type {
  DeltaDiscoveryRequestJson,
  DiscoveryRequestJson,
} from '@meshwright/xds-types/envoy/service/discovery/v3'
import type { ResourceType, Wanted } from '../resource-type.ts'

/** A message to the control plane. */
export type AdsRequest = DiscoveryRequestJson | DeltaDiscoveryRequestJson

/** What a client holds of each type when a stream opens, or when it answers. */
export interface HeldVersions {
  /** The version of the last response accepted as a whole; empty: none. */
  responseVersion(type: ResourceType): string
  /** The version of each resource held. */
  resourceVersions(type: ResourceType): ReadonlyMap<string, string>
}

/**
 * The client's half of one ADS stream, as a pure state machine: it says what to send and sends nothing. One lives as
 * long as its stream.
 *
 * @see https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol
 */
export interface AdsSession {
  /**
   * States what is wanted of a type now.
   *
   * @param refresh Names already asked for whose resource should be sent again, where the protocol can ask for that.
   * @returns What to send for it: nothing if the control plane knows already.
   */
  subscribe(type: ResourceType, wanted: Wanted, refresh?: Iterable<string>): readonly AdsRequest[]
  /**
   * Answers a response.
   *
   * @param fault Why something in it was refused; undefined makes an ACK.
   */
  answer(type: ResourceType, nonce: string, fault: string | undefined): AdsRequest
}
