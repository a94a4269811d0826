/** Names one route of a configuration. */
export interface RouteRef {
  /** Name of its virtual host. */
  readonly virtualHost: string
  /** Place of the virtual host in the configuration, from 0. */
  readonly virtualHostIndex: number
  /** Place in the virtual host's list, from 0. */
  readonly route: number
  /** The route's own name; empty if the configuration gives none. */
  readonly name: string
}
