import type { Counter, Gauge, StatsScope } from '../stats/stats.ts'

/** Where load can be shed. Those that nobody has configured are not there. */
export interface LoadShedPoints {
  /** Connections are closed as they come. */
  readonly acceptConnection?: LoadShedPoint
  /** A connection is closed once it has said what it speaks, before anything is made for that. */
  readonly createCodec?: LoadShedPoint
  /** A request is answered once its head is there. */
  readonly decodeHeaders?: LoadShedPoint
  /** What has come over HTTP/1 is not read but answered, and the connection closed. */
  readonly http1Dispatch?: LoadShedPoint
  /** A client of HTTP/2 from whom something has come is sent away; what it had begun is finished. */
  readonly http2Dispatch?: LoadShedPoint
}

export type LoadShedPlace = keyof LoadShedPoints

/** Envoy's names, without what they all begin with. */
export const loadShedPlaces: ReadonlyMap<string, LoadShedPlace> = new Map([
  ['tcp_listener_accept', 'acceptConnection'],
  ['hcm_ondata_creating_codec', 'createCodec'],
  ['http_connection_manager_decode_headers', 'decodeHeaders'],
  ['http1_server_abort_dispatch', 'http1Dispatch'],
  ['http2_server_go_away_on_dispatch', 'http2Dispatch'],
])

/** One place where load is shed, and how much of it. */
export class LoadShedPoint {
  readonly #random: () => number
  readonly #percent: Gauge
  readonly #shed: Counter
  #share = 0

  /** `name` as in Envoy. */
  constructor(name: string, stats: StatsScope, random: () => number) {
    this.#random = random
    this.#percent = stats.gauge(`overload.${name}.scale_percent`)
    this.#shed = stats.counter(`overload.${name}.shed_load_count`)
  }

  /** From 0, nothing, to 1, all. */
  set share(share: number) {
    this.#share = share
    this.#percent.set(Math.round(share * 100))
  }

  /** Whether this piece of load is to be shed, which is counted. */
  sheds(): boolean {
    if (this.#share === 0 || this.#random() >= this.#share) return false
    this.#shed.inc()
    return true
  }
}
