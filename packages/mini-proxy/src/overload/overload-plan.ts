import type { OverloadManagerJson } from '@meshwright/xds-types/envoy/config/overload/v3'
import { refuse } from '../errors.ts'
import { durationMs } from '../network/duration.ts'
import { typeNameOf, unwrapTypedStruct } from '../network/typed-struct.ts'
import { type LoadShedPlace, loadShedPlaces } from './load-shed-point.ts'
import type { OverloadState } from './overload-state.ts'
import { compileTimeoutFloors, type TimeoutFloors } from './timeout-floors.ts'

/** `envoy.config.overload.v3.OverloadManager`, understood. */
export interface OverloadPlan {
  readonly refreshMs: number
  /** Bytes of heap that count as full, by the name of the monitor. */
  readonly heaps: ReadonlyMap<string, number>
  readonly actions: readonly OverloadAction[]
  readonly loadShedPoints: readonly LoadShedPlan[]
  readonly floors: TimeoutFloors
  /** Downstream connections at one time, of all listeners that do not ignore it; undefined: no limit. */
  readonly maxConnections: number | undefined
  /** What is accepted and not acted on, for one warning each. */
  readonly ignored: readonly string[]
}

/** What is done, and how much of it at which pressure. */
export interface OverloadAction {
  /** The last part of Envoy's name. */
  readonly name: string
  readonly does: Exclude<keyof OverloadState, 'loadShed' | 'floors'> | 'shed-largest'
  readonly triggers: readonly Trigger[]
}

/** How much load is shed in one place at which pressure. */
interface LoadShedPlan {
  /** Envoy's. */
  readonly name: string
  readonly place: LoadShedPlace
  readonly triggers: readonly Trigger[]
}

export interface Trigger {
  readonly monitor: string
  /** From 0 to 1, for a pressure from 0 to 1. */
  readonly shareAt: (pressure: number) => number
}

/** Envoy's. */
const defaultRefreshMs = 1000

const effects: ReadonlyMap<string, OverloadAction['does']> = new Map([
  ['stop_accepting_requests', 'stopAcceptingRequests'],
  ['disable_http_keepalive', 'disableKeepalive'],
  ['reject_incoming_connections', 'rejectConnections'],
  ['stop_accepting_connections', 'stopAcceptingConnections'],
  ['reduce_timeouts', 'reduceTimeouts'],
  ['reset_high_memory_stream', 'shed-largest'],
])

const heapType = 'envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig'
const connectionsType =
  'envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig'

/**
 * Compiles the overload manager of a bootstrap.
 *
 * @throws {ProxyError} a monitor that cannot measure anything
 */
export function compileOverload(json: OverloadManagerJson): OverloadPlan {
  const { heaps, maxConnections, ignored } = compileMonitors(json.resourceMonitors ?? [])
  const actions: OverloadAction[] = []
  let floors: TimeoutFloors = {}
  for (const { name = '', triggers = [], typedConfig } of json.actions ?? []) {
    const short = lastPartOf(name)
    const does = effects.get(short)
    if (does === undefined) ignored.push(`overload_manager.actions ${name}`)
    if (does === 'reduceTimeouts') {
      const scaling = compileTimeoutFloors(typedConfig)
      floors = scaling.floors
      ignored.push(...scaling.ignored.map((it) => `overload_manager.actions ${name}: ${it}`))
    }
    if (does !== undefined)
      actions.push({ name: short, does, triggers: triggers.map(compileTrigger) })
  }
  const loadShedPoints: LoadShedPlan[] = []
  for (const { name = '', triggers = [] } of json.loadshedPoints ?? []) {
    const place = loadShedPlaces.get(lastPartOf(name))
    if (place === undefined) ignored.push(`overload_manager.loadshed_points ${name}`)
    else loadShedPoints.push({ name, place, triggers: triggers.map(compileTrigger) })
  }
  const refreshMs = durationMs(json.refreshInterval, defaultRefreshMs) || defaultRefreshMs
  return { refreshMs, heaps, actions, loadShedPoints, floors, maxConnections, ignored }
}

function lastPartOf(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}

interface Monitors {
  readonly heaps: ReadonlyMap<string, number>
  readonly maxConnections: number | undefined
  readonly ignored: string[]
}

function compileMonitors(monitors: NonNullable<OverloadManagerJson['resourceMonitors']>): Monitors {
  const heaps = new Map<string, number>()
  const ignored: string[] = []
  let maxConnections: number | undefined
  for (const { name = '', typedConfig } of monitors) {
    const config = typedConfig && unwrapTypedStruct(typedConfig)
    const type = typeNameOf(config?.['@type'])
    if (type === heapType) heaps.set(name, positive(name, config?.['maxHeapSizeBytes']))
    else if (type === connectionsType) {
      maxConnections = positive(name, config?.['maxActiveDownstreamConnections'])
    } else ignored.push(`overload_manager.resource_monitors ${name}`)
  }
  return { heaps, maxConnections, ignored }
}

type TriggerJson = NonNullable<
  NonNullable<OverloadManagerJson['actions']>[number]['triggers']
>[number]

function compileTrigger({ name = '', threshold, scaled }: TriggerJson): Trigger {
  if (scaled === undefined) {
    const limit = threshold?.value ?? 1
    return { monitor: name, shareAt: (pressure) => (pressure >= limit ? 1 : 0) }
  }
  const { scalingThreshold: from = 0, saturationThreshold: to = 0 } = scaled
  if (from >= to) refuse(`overload trigger ${name}: scaling_threshold is not below the other`)
  return {
    monitor: name,
    shareAt: (pressure) => Math.min(1, Math.max(0, (pressure - from) / (to - from))),
  }
}

/** A 64-bit number comes as text. */
function positive(name: string, value: unknown): number {
  const number = Number(value ?? 0)
  return number > 0 ? number : refuse(`resource monitor ${name} has no limit`)
}
