import type { Node, NodeJson } from '@meshwright/xds-types/envoy/config/core/v3'
import { Node as NodeType } from '@meshwright/xds-types/envoy/config/core/v3'
import {
  DeltaDiscoveryRequest,
  DiscoveryRequest,
} from '@meshwright/xds-types/envoy/service/discovery/v3'
import type { RequestError } from './delivery.ts'
import { XdsServerError } from './errors.ts'
import type { Variant } from './session.ts'
import type { DiscoveryMessage } from './subscription.ts'

/** A request with the node that its client says it is. */
export interface DecodedRequest {
  readonly message: DiscoveryMessage
  /** Decoded when it is called: only the first request of a stream needs it. */
  readonly node: () => NodeJson | undefined
}

// Reasons are for people, and kept for as long as they hold.
const maxReasonLength = 4_096

/** Decodes a request. Throws {@link XdsServerError} if the bytes are no message of its type. */
export function decodeRequest(variant: Variant, bytes: Uint8Array): DecodedRequest {
  try {
    return variant === 'sotw' ? decodeSotw(bytes) : decodeDelta(bytes)
  } catch (cause) {
    throw new XdsServerError('expected a discovery request, got other bytes', {
      code: 'ERR_XDS_SERVER_BAD_REQUEST',
      cause,
    })
  }
}

function decodeSotw(bytes: Uint8Array): DecodedRequest {
  const request = DiscoveryRequest.decode(bytes)
  return {
    node: () => nodeJson(request.node),
    message: {
      typeUrl: request.typeUrl ?? '',
      nonce: request.responseNonce ?? '',
      ...errorOf(request.errorDetail),
      subscribe: request.resourceNames ?? [],
      unsubscribe: [],
      initialVersions: new Map(),
    },
  }
}

function decodeDelta(bytes: Uint8Array): DecodedRequest {
  const request = DeltaDiscoveryRequest.decode(bytes)
  return {
    node: () => nodeJson(request.node),
    message: {
      typeUrl: request.typeUrl ?? '',
      nonce: request.responseNonce ?? '',
      ...errorOf(request.errorDetail),
      subscribe: request.resourceNamesSubscribe ?? [],
      unsubscribe: request.resourceNamesUnsubscribe ?? [],
      initialVersions: new Map(Object.entries(request.initialResourceVersions ?? {})),
    },
  }
}

function nodeJson(node: Node | undefined): NodeJson | undefined {
  return node === undefined ? undefined : NodeType.toJson(node)
}

function errorOf(status: { readonly code?: number; readonly message?: string } | undefined): {
  readonly error?: RequestError
} {
  if (status === undefined) return {}
  const { code = 0, message = '' } = status
  return { error: { code, message: message.slice(0, maxReasonLength) } }
}
