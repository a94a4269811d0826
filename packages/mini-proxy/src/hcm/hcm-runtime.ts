import { hashOfKeys } from '@meshwright/lb-algorithms'
import { compileRoutes, type Match, type RouteTable } from '@meshwright/route-matcher'
import type { HttpConnectionManagerJson } from '@meshwright/xds-types/envoy/extensions/filters/network/http_connection_manager/v3'
import { type AccessLogger, createAccessLogger } from '../access-log/access-logger.ts'
import type { StreamInfo } from '../access-log/stream-info.ts'
import type { Ambient } from '../ambient.ts'
import { turnClockOn } from '../channel/turn.ts'
import { type Deadlines, deadlinesOn } from '../http/deadlines.ts'
import { HeaderList } from '../http/header-list.ts'
import type { RequestHead, ResponseHead } from '../http/stream.ts'
import { wheelOn } from '../http/timer-wheel.ts'
import { HeaderFormatter } from '../router/header-formatter.ts'
import type { RouterContext } from '../router/router-context.ts'
import { FilterChain } from './filter-chain.ts'
import type { HcmContext } from './hcm-context.ts'
import { type HcmOptions, resolveHcmOptions } from './hcm-options.ts'
import { type HcmStats, hcmStats } from './hcm-stats.ts'
import { HttpDate } from './http-date.ts'
import { isGrpc } from './local-reply.ts'
import { compileLocalReplyMapper, type LocalReplyMapper } from './local-reply-mapper.ts'
import { closeForOverload } from './overload-reply.ts'
import { appendToList } from './request-edge.ts'
import { type FilterListJson, Upgrades } from './upgrades.ts'

/** Envoy's per_connection_buffer_limit_bytes. */
const bufferLimitBytes = 1 << 20

/** What all requests of one connection manager share, made once from its configuration. */
export class HcmRuntime {
  readonly context: HcmContext
  readonly options: HcmOptions
  readonly stats: HcmStats
  readonly deadlines: Deadlines
  readonly filters: FilterChain
  readonly upgrades: Upgrades
  readonly router: RouterContext
  /** Monotonic milliseconds. */
  readonly now: () => number
  readonly #serverName: string
  readonly #date: HttpDate
  readonly #inlineTable: RouteTable | undefined
  readonly #routeConfigName: string
  readonly #mapLocalReply: LocalReplyMapper | undefined
  #lastTable: RouteTable | undefined
  readonly #loggers: readonly AccessLogger[]

  constructor(config: HttpConnectionManagerJson, around: HcmContext) {
    const context = { ...around, ...cheapTime(around) }
    this.context = context
    this.options = resolveHcmOptions(config)
    const stats = context.stats.scope(`http.${this.options.statPrefix}`)
    this.stats = hcmStats(stats, context.stats)
    this.deadlines = deadlinesOn(around.timers)
    const filters = config.httpFilters ?? []
    const chainOf = (of: FilterListJson): FilterChain =>
      new FilterChain(of, context.filters, (name) => {
        const { clock, timers, random } = context
        return { name, stats, rootStats: context.stats, clock, timers, random }
      })
    this.filters = chainOf(filters)
    this.upgrades = new Upgrades(config.upgradeConfigs ?? [], chainOf)
    const router = filters.at(-1)?.typedConfig as { suppressEnvoyHeaders?: boolean } | undefined
    const { clock, timers, wallClock, random, log } = context
    this.now = () => clock.now()
    this.#serverName = HeaderList.of({ server: this.options.serverName }).first('server') ?? ''
    this.#date = new HttpDate(wallClock)
    this.router = {
      clock,
      timers,
      wallClock,
      random,
      log,
      stats: this.stats,
      headers: new HeaderFormatter(),
      suppressEnvoyHeaders: router?.suppressEnvoyHeaders === true,
      bufferLimitBytes,
    }
    this.#inlineTable = config.routeConfig && compileRoutes(config.routeConfig, { hashOfKeys })
    this.#routeConfigName = config.rds?.routeConfigName ?? ''
    const { localReplyConfig } = config
    this.#mapLocalReply = localReplyConfig && compileLocalReplyMapper(localReplyConfig, random)
    this.#loggers = (config.accessLog ?? []).map((it) =>
      createAccessLogger(it, context.accessLog, context.random),
    )
  }

  /** The routes in force now. */
  routes(): RouteTable | undefined {
    const table = this.#inlineTable ?? this.context.routeTables().get(this.#routeConfigName)
    if (table !== this.#lastTable) {
      this.#lastTable = table
      for (const { path, message } of table?.warnings ?? []) {
        this.context.warnOnce(
          `route.${path}`,
          `route configuration ${table?.name}: ${path} is ${message}`,
        )
      }
    }
    return table
  }

  /**
   * Puts a local reply into the configured form, in place; gRPC's form is left alone. Returns its body.
   * A route that would have forwarded the request changes the headers of this answer as it would any other's.
   */
  rewriteLocalReply(head: ResponseHead, info: StreamInfo, match: Match | undefined): string {
    if (match?.action.kind === 'cluster') {
      this.router.headers.apply(match.responseHeaders, head.headers, info)
    }
    const { request } = info
    const plain = info.localReplyBody ?? ''
    return request !== undefined && isGrpc(request)
      ? plain
      : (this.#mapLocalReply?.(head, info) ?? plain)
  }

  /** Adds what every response carries. */
  finishResponse(headers: HeaderList, request: RequestHead): void {
    const { serverHeader, edge } = this.options
    if (serverHeader === 'OVERWRITE') headers.setClean('server', this.#serverName)
    else if (serverHeader === 'APPEND_IF_ABSENT' && !headers.has('server')) {
      headers.setClean('server', this.#serverName)
    }
    if (!headers.has('date')) headers.appendClean('date', `${this.#date}`)
    if (edge.via !== '') appendToList(headers, 'via', edge.via, ', ')
    closeForOverload(headers, request, this)
    const id = edge.alwaysSetRequestIdInResponse ? request.headers.get('x-request-id') : undefined
    if (id !== undefined) headers.set('x-request-id', id)
  }

  /** Counts and logs a request that is over. */
  record(info: StreamInfo): void {
    const { stats } = this
    stats.activeRequests.add(-1)
    stats.completed.inc()
    stats.byClass[Math.floor(info.responseCode / 100) - 1]?.inc()
    stats.requestTime.record(info.elapsedMs())
    this.log(info)
  }

  /** Writes the access logs. */
  log(info: StreamInfo): void {
    for (const logger of this.#loggers) logger.log(info)
  }
}

/** For what is asked and set several times per request: the time once per turn, and one timer for all. */
function cheapTime({ clock, timers }: Ambient): Pick<Ambient, 'clock' | 'timers'> {
  return { clock: turnClockOn(clock), timers: wheelOn(timers, clock) }
}
