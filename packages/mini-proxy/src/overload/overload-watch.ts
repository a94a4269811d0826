import type { Timers } from '../ambient.ts'
import type { Counter, Gauge, StatsScope } from '../stats/stats.ts'
import { type LoadShedPlace, LoadShedPoint, type LoadShedPoints } from './load-shed-point.ts'
import type { OverloadAction, OverloadPlan, Trigger } from './overload-plan.ts'
import { calmState, type OverloadState } from './overload-state.ts'

/** What a watch measures, and what it moves. */
export interface OverloadContext {
  readonly timers: Timers
  /** Root scope. */
  readonly stats: StatsScope
  /** Bytes in use now. */
  readonly heapBytes: () => number
  readonly state: OverloadState
  /** Takes connections, or leaves them in the system's queue. */
  readonly setAccepting: (accepts: boolean) => void
  /** Takes so large a share from timeouts that wait already. */
  readonly hurry: (share: number) => void
  /** Ends connections that hold the most, and says how many. */
  readonly shedLargest: () => number
}

/** Measures at every interval how full the proxy is, and sets what it does about it. */
export class OverloadWatch {
  readonly #plan: OverloadPlan
  readonly #context: OverloadContext
  readonly #actions: readonly WatchedAction[]
  readonly #pressures: ReadonlyMap<string, Gauge>
  #timer: unknown

  constructor(plan: OverloadPlan, context: OverloadContext) {
    this.#plan = plan
    this.#context = context
    const { stats } = context
    this.#pressures = new Map(
      [...plan.heaps.keys()].map((name) => [name, stats.gauge(`overload.${name}.pressure`)]),
    )
    this.#actions = plan.actions.map((action) => {
      const scope = `overload.envoy.overload_actions.${action.name}`
      return {
        ...action,
        active: stats.gauge(`${scope}.active`),
        scale: stats.gauge(`${scope}.scale_percent`),
        shed: action.does === 'shed-largest' ? stats.counter(`${scope}.count`) : undefined,
      }
    })
    const acts = plan.actions.length > 0 || plan.loadShedPoints.length > 0
    if (plan.heaps.size > 0 && acts) this.#arm()
  }

  stop(): void {
    this.#context.timers.clearTimeout(this.#timer)
  }

  #arm(): void {
    this.#timer = this.#context.timers.setTimeout(() => {
      this.#look()
      this.#arm()
    }, this.#plan.refreshMs)
  }

  #look(): void {
    const pressures = new Map<string, number>()
    const used = this.#context.heapBytes()
    for (const [name, limit] of this.#plan.heaps) {
      pressures.set(name, used / limit)
      this.#pressures.get(name)?.set(Math.round((used / limit) * 100))
    }
    const { state } = this.#context
    const next = calmState(state.loadShed, state.floors)
    for (const action of this.#actions) this.#act(action, pressures, next)
    Object.assign(state, next)
    for (const { place, triggers } of this.#plan.loadShedPoints) {
      const point = state.loadShed[place]
      if (point !== undefined) point.share = shareAt(pressures, triggers)
    }
    this.#context.hurry(next.reduceTimeouts)
    this.#context.setAccepting(next.stopAcceptingConnections < 1)
  }

  #act(action: WatchedAction, pressures: ReadonlyMap<string, number>, next: OverloadState): void {
    const share = shareAt(pressures, action.triggers)
    action.active.set(share >= 1 ? 1 : 0)
    action.scale.set(Math.round(share * 100))
    const { does } = action
    if (does !== 'shed-largest') next[does] = Math.max(next[does], share)
    else if (share > 0) action.shed?.inc(this.#context.shedLargest())
  }
}

/** The trigger that asks for most has its way. */
function shareAt(pressures: ReadonlyMap<string, number>, triggers: readonly Trigger[]): number {
  let share = 0
  for (const { monitor, shareAt: shareOf } of triggers) {
    const pressure = pressures.get(monitor)
    if (pressure !== undefined) share = Math.max(share, shareOf(pressure))
  }
  return share
}

/** The points that a plan names. Of two for one place the later counts. */
export function createLoadShedPoints(
  plan: OverloadPlan,
  stats: StatsScope,
  random: () => number,
): LoadShedPoints {
  const points: Partial<Record<LoadShedPlace, LoadShedPoint>> = {}
  for (const { name, place } of plan.loadShedPoints) {
    points[place] = new LoadShedPoint(name, stats, random)
  }
  return points
}

interface WatchedAction extends OverloadAction {
  readonly active: Gauge
  readonly scale: Gauge
  readonly shed: Counter | undefined
}
