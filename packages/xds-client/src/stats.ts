/**
 * Where the client counts, under Envoy's dotted names (`control_plane.connected_state`,
 * `cluster_manager.cds.update_success`, `listener_manager.lds.update_rejected` …). An instrument is asked for once.
 */
export interface XdsStats {
  counter(name: string): { inc(by?: number): void }
  gauge(name: string): { set(value: number): void }
}

/** Counts nothing. */
export const noStats: XdsStats = {
  counter: () => ({ inc: () => undefined }),
  gauge: () => ({ set: () => undefined }),
}
