import { refuse } from '../errors.ts'
import { durationMs } from '../network/duration.ts'
import { type TypedConfigJson, typeNameOf, unwrapTypedStruct } from '../network/typed-struct.ts'

/** What a timeout of so many milliseconds comes to under full pressure. */
export type TimeoutFloor = (ms: number) => number

/** How far timeouts go down under pressure; those that are not here stay as they are. */
export interface TimeoutFloors {
  /** Of a connection without a request. */
  readonly connectionIdle?: TimeoutFloor
  /** Of a request of which nothing is heard. */
  readonly streamIdle?: TimeoutFloor
  /** Of the handshake of TLS. */
  readonly handshake?: TimeoutFloor
}

/** A timeout of `ms` for somebody who begins to wait now. */
export function reducedMs(ms: number, floor: TimeoutFloor | undefined, share: number): number {
  return floor === undefined || share === 0 ? ms : ms - reductionMs(ms, floor(ms), share)
}

/** By so much a timeout of `ms` is shorter while so large a share is to be given up of what lies above `leastMs`. */
export function reductionMs(ms: number, leastMs: number, share: number): number {
  return ms === Number.POSITIVE_INFINITY ? 0 : Math.max(0, ms - leastMs) * share
}

const types: Readonly<Record<string, keyof TimeoutFloors | undefined>> = {
  HTTP_DOWNSTREAM_CONNECTION_IDLE: 'connectionIdle',
  HTTP_DOWNSTREAM_STREAM_IDLE: 'streamIdle',
  TRANSPORT_SOCKET_CONNECT: 'handshake',
}

const configType = 'envoy.config.overload.v3.ScaleTimersOverloadActionConfig'

/** `ScaleTimersOverloadActionConfig` in proto3 JSON. */
interface ScaleTimersJson {
  readonly timerScaleFactors?: readonly {
    readonly timer?: string
    readonly minTimeout?: string
    readonly minScale?: { readonly value?: number }
  }[]
}

/**
 * Compiles what `reduce_timeouts` is to do; `ignored`: timers that it does not reach.
 *
 * @throws {ProxyError} it does not say what
 */
export function compileTimeoutFloors(typedConfig: TypedConfigJson | undefined): {
  readonly floors: TimeoutFloors
  readonly ignored: readonly string[]
} {
  const config = typedConfig && unwrapTypedStruct(typedConfig)
  if (typeNameOf(config?.['@type']) !== configType) {
    refuse('overload action reduce_timeouts does not say which: it needs a typed_config')
  }
  const floors: { -readonly [K in keyof TimeoutFloors]: TimeoutFloor } = {}
  const ignored: string[] = []
  // The shape was validated with its message type.
  const { timerScaleFactors = [] } = config as ScaleTimersJson
  for (const { timer = 'UNSPECIFIED', minTimeout, minScale } of timerScaleFactors) {
    const type = types[timer]
    const leastMs = durationMs(minTimeout, 0)
    const scale = (minScale?.value ?? 0) / 100
    if (type === undefined) ignored.push(timer)
    else floors[type] = (ms) => (minTimeout === undefined ? ms * scale : Math.min(ms, leastMs))
  }
  return { floors, ignored }
}
