import type { ScriptedAnswer } from '../same-limits/scripted-upstream.ts'

/** A route and a cluster of its own, and the requests that are sent to them one after the other. */
export interface Scenario {
  readonly name: string
  /** Fields of the route action beside the cluster. */
  readonly route?: object
  /** Fields of the route beside its action. */
  readonly routeFields?: object
  /** Fields of the virtual host; `perRequestBufferLimitBytes` goes to the route. */
  readonly host?: object
  /** Fields of the cluster. */
  readonly cluster?: object
  /** How many of the cluster's hosts refuse connections; they come first. Default: none. */
  readonly refusing?: number
  /** Default: 1. */
  readonly hosts?: number
  /** Which host is tried first is a matter of chance: only statuses are compared. */
  readonly isDrawn?: boolean
  /** Clusters that get copies of every request, one each; they are of the scenario's own. */
  readonly mirrors?: readonly string[]
  /** All requests are sent at once: which of them gets what is a matter of chance, and how many get it is not. */
  readonly atOnce?: boolean
  readonly requests: readonly ScriptedRequest[]
}

/** A request, with what each of its tries gets. */
export interface ScriptedRequest {
  readonly script: readonly ScriptedAnswer[]
  readonly headers?: Readonly<Record<string, string>>
  readonly method?: string
  readonly body?: string
}
