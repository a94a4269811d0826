export { requestsOf, requestsThatHit, requestsThatJustMiss } from './requests.ts'
export { type RouteConfigurationConstraints, routeConfigurations } from './route-configurations.ts'
