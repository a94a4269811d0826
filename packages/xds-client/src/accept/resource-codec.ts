import { type MessageType, type Violation, versionOf, XdsTypesError } from '@meshwright/xds-types'
import { Cluster } from '@meshwright/xds-types/envoy/config/cluster/v3'
import { ClusterLoadAssignment } from '@meshwright/xds-types/envoy/config/endpoint/v3'
import { Listener } from '@meshwright/xds-types/envoy/config/listener/v3'
import { RouteConfiguration } from '@meshwright/xds-types/envoy/config/route/v3'
import { Secret } from '@meshwright/xds-types/envoy/extensions/transport_sockets/tls/v3'
import { configSourceFault } from '../cache/config-source.ts'
import { edsNameOf, routeReferencesOf } from '../cache/references.ts'
import type { ResourceJson, ResourceType } from '../resource-type.ts'
import { requiredUnknownTypes, type UnknownType } from './unknown-types.ts'

/** A resource that could be read, or why it could not. */
type Reading<Json> =
  | {
      readonly name: string
      readonly json: Json /** A field that was dropped because its type does not have it. */
      readonly unknown: string | undefined
    }
  | { readonly name: string | undefined; readonly fault: string }

/** How resources of one type are read. */
export interface ResourceCodec<Json> {
  /** Equal for equal bytes. */
  fingerprint(bytes: Uint8Array): string
  /** Decodes and validates: by the rules of the messages, then by what this client can do. */
  read(bytes: Uint8Array): Reading<Json>
  /** The bytes of a resource. */
  write(json: Json): Uint8Array
}

/** The codec of each type. */
export const resourceCodecs: { readonly [T in ResourceType]: ResourceCodec<ResourceJson[T]> } = {
  cds: codec<Cluster, ResourceJson['cds']>(
    Cluster,
    ({ name }) => name,
    (cluster) => {
      if (edsNameOf(cluster) === undefined) return undefined
      const fault = configSourceFault(cluster.edsClusterConfig?.edsConfig)
      return fault && `eds_cluster_config.eds_config: ${fault}`
    },
  ),
  eds: codec<ClusterLoadAssignment, ResourceJson['eds']>(
    ClusterLoadAssignment,
    ({ clusterName }) => clusterName,
  ),
  lds: codec<Listener, ResourceJson['lds']>(
    Listener,
    ({ name }) => name,
    (listener) =>
      routeReferencesOf(listener)
        .map(({ name, source }) => {
          const fault = configSourceFault(source)
          return fault && `rds ${JSON.stringify(name)}: config_source: ${fault}`
        })
        .find((fault) => fault !== undefined),
  ),
  rds: codec<RouteConfiguration, ResourceJson['rds']>(RouteConfiguration, ({ name }) => name),
  sds: codec<Secret, ResourceJson['sds']>(Secret, ({ name }) => name),
}

// A NACK names faults for people to read.
const maxViolations = 5

function codec<Message, Json>(
  type: MessageType<Message, Json>,
  nameOf: (json: Json) => string | undefined,
  faultOf: (json: Json) => string | undefined = () => undefined,
): ResourceCodec<Json> {
  return {
    fingerprint: versionOf,
    write: (json) => type.encode(type.fromJson(json, { unknownTypes: 'keep' })),
    read: (bytes) => {
      try {
        const message = type.decode(bytes)
        const { json, unknown, fault: unknownType } = jsonOf(type, message)
        const name = nameOf(json) || undefined
        const fault = violationsOf(type, message) ?? unknownType ?? faultOf(json)
        if (fault !== undefined) return { name, fault }
        return name === undefined
          ? { name, fault: 'name: must not be empty' }
          : { name, json, unknown }
      } catch (error) {
        const fault = error instanceof Error ? error.message : String(error)
        return { name: undefined, fault }
      }
    },
  }
}

function violationsOf<Message, Json>(
  type: MessageType<Message, Json>,
  message: Message,
): string | undefined {
  const violations = type.validate(message, { intoAny: true })
  if (violations.length === 0) return undefined
  return violations.slice(0, maxViolations).map(describe).join(', ')
}

interface JsonReading<Json> {
  readonly json: Json
  /** The first field that its type does not have. As in Envoy it is dropped: control planes are newer than we are. */
  readonly unknown: string | undefined
  readonly fault: string | undefined
}

function jsonOf<Message, Json>(
  type: MessageType<Message, Json>,
  message: Message,
): JsonReading<Json> {
  let unknown: string | undefined
  const onDrop = (violation: Violation) => {
    unknown ??= describe(violation)
  }
  try {
    const json = type.toJson(message, { onDrop })
    return { json, unknown, fault: undefined }
  } catch (error) {
    if (!(error instanceof XdsTypesError) || error.code !== 'ERR_XDS_TYPES_UNKNOWN_TYPE')
      throw error
    const json = type.toJson(message, { onDrop, unknownTypes: 'keep' })
    const [first] = requiredUnknownTypes(json)
    return { json, unknown, fault: first && unknownTypeFault(first) }
  }
}

function unknownTypeFault({ owner, typeUrl }: UnknownType): string {
  return `${owner === undefined ? '' : `${JSON.stringify(owner)} has `}a typed config of an unknown type: ${typeUrl}`
}

function describe({ path, message }: Violation): string {
  return path === '' ? message : `${path}: ${message}`
}
