import type { NodeJson } from '@meshwright/xds-types/envoy/config/core/v3'
import {
  DeltaDiscoveryRequest,
  type DeltaDiscoveryRequestJson,
  DeltaDiscoveryResponse,
  DiscoveryRequest,
  type DiscoveryRequestJson,
  DiscoveryResponse,
  Resource,
} from '@meshwright/xds-types/envoy/service/discovery/v3'
import type { AdsSource } from '../bootstrap/bootstrap.ts'
import { DeltaSession } from './delta-session.ts'
import type { AdsResponse, RawResource } from './response.ts'
import type { AdsRequest, AdsSession, HeldVersions } from './session.ts'
import { SotwSession } from './sotw-session.ts'

const service = '/envoy.service.discovery.v3.AggregatedDiscoveryService'
const resourceUrl = `type.googleapis.com/${Resource.typeName}`

/** One of the two ways to speak ADS: its method, its messages and its rules. */
export interface AdsVariant {
  /** The gRPC method. */
  readonly path: string
  /** Whether a CDS or LDS response lists everything there is. */
  readonly fullState: boolean
  encode(request: AdsRequest): Uint8Array
  /** @throws {XdsTypesError} if the bytes are no response. */
  decode(bytes: Uint8Array): AdsResponse
  createSession(node: NodeJson, onFirstMessageOnly: boolean, held: HeldVersions): AdsSession
}

/** The two variants of ADS. */
export const adsVariants: Readonly<Record<AdsSource['variant'], AdsVariant>> = {
  sotw: {
    path: `${service}/StreamAggregatedResources`,
    fullState: true,
    encode: (request) =>
      DiscoveryRequest.encode(DiscoveryRequest.fromJson(request as DiscoveryRequestJson)),
    decode: decodeSotw,
    createSession: (node, onFirstMessageOnly, held) =>
      new SotwSession(node, onFirstMessageOnly, held),
  },
  delta: {
    path: `${service}/DeltaAggregatedResources`,
    fullState: false,
    encode: (request) =>
      DeltaDiscoveryRequest.encode(
        DeltaDiscoveryRequest.fromJson(request as DeltaDiscoveryRequestJson),
      ),
    decode: decodeDelta,
    createSession: (node, onFirstMessageOnly, held) =>
      new DeltaSession(node, onFirstMessageOnly, held),
  },
}

function decodeSotw(bytes: Uint8Array): AdsResponse {
  const response = DiscoveryResponse.decode(bytes)
  const version = response.versionInfo ?? ''
  return {
    typeUrl: response.typeUrl ?? '',
    version,
    nonce: response.nonce ?? '',
    controlPlane: response.controlPlane?.identifier ?? '',
    resources: (response.resources ?? []).map(({ typeUrl = '', value = new Uint8Array() }) =>
      typeUrl === resourceUrl
        ? { ...rawResource(Resource.decode(value), response.typeUrl), version }
        : { name: undefined, version, typeUrl, bytes: value },
    ),
    removed: [],
  }
}

function decodeDelta(bytes: Uint8Array): AdsResponse {
  const response = DeltaDiscoveryResponse.decode(bytes)
  return {
    typeUrl: response.typeUrl ?? '',
    version: response.systemVersionInfo ?? '',
    nonce: response.nonce ?? '',
    controlPlane: response.controlPlane?.identifier ?? '',
    resources: (response.resources ?? []).map((it) => rawResource(it, response.typeUrl)),
    removed: response.removedResources ?? [],
  }
}

function rawResource(
  { name, version = '', resource }: Resource,
  responseTypeUrl: string | undefined,
): RawResource {
  return {
    name: name || undefined,
    version,
    typeUrl: resource?.typeUrl ?? responseTypeUrl ?? '',
    bytes: resource === undefined ? undefined : (resource.value ?? new Uint8Array()),
  }
}
