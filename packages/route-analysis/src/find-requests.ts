import { compileRoutes, type RouteConfigurationJson, request } from '@meshwright/route-matcher'
import type { AnalysisOptions } from './analysis-options.ts'
import type { ConfigurationSide } from './model/configuration-side.ts'
import { readModel } from './model/read-model.ts'
import type { RequestParts } from './model/request-parts.ts'
import { type AskedRules, readAskedRules } from './query/asked-rules.ts'
import { queryModel } from './query/query-model.ts'
import type { RequestAnswer, RequestQuery } from './request-query.ts'

/**
 * Finds the requests that fit a query, one region for each route that answers some, or proves that there are none.
 *
 * Answers questions such as: which requests reach a cluster; can anything under `/admin` reach it without some header; is
 * there a request that no route answers.
 * A cluster may be reached by a request header that names it, or that stands for the draw.
 *
 * @throws {RouteConfigError} if the configuration or the match of the query has faults.
 *
 * @example
 * ```ts
 * const configuration = {
 *   virtualHosts: [
 *     {
 *       name: 'shop',
 *       domains: ['*'],
 *       routes: [{ match: { prefix: '/admin' }, route: { cluster: 'admin' } }],
 *     },
 *   ],
 * }
 * findRequests(configuration, { cluster: 'admin' }).regions[0]?.witness.request.path // => '/admin'
 * findRequests(configuration, { match: { prefix: '/shop' }, cluster: 'admin' }).verdict // => 'none'
 * ```
 */
export function findRequests(
  configuration: RouteConfigurationJson,
  query: RequestQuery,
  options: AnalysisOptions = {},
): RequestAnswer {
  const match = matchOf(query)
  const { ignorePathParametersInPathMatching = false } = configuration
  const routes = match === undefined ? [] : [{ match, nonForwardingAction: {} }]
  const virtualHosts = [{ name: 'query', domains: ['*'], routes }]
  const table = compileRoutes(
    { name: 'query', virtualHosts, ignorePathParametersInPathMatching },
    options,
  )
  let asked: AskedRules = []
  const read = (side: ConfigurationSide, parts: RequestParts): void => {
    asked = readAskedRules(side, query, parts)
  }
  const model = readModel([configuration], options, { match, read })
  return queryModel(model, asked, {
    fits: (it, random) => match === undefined || table.match(request(it), { random }) !== undefined,
    cluster: query.cluster,
  })
}

function matchOf({ match, authority }: RequestQuery): RequestQuery['match'] {
  if (authority === undefined) return match
  const headers = [{ name: ':authority', stringMatch: { exact: authority } }]
  const asked = match ?? { prefix: '' }
  return { ...asked, headers: [...(asked.headers ?? []), ...headers] }
}
