import { grpcStatusCode, type HttpFaultInjection } from '@meshwright/mesh-config'
import type { HTTPFaultJson } from '@meshwright/xds-types/envoy/extensions/filters/http/fault/v3'
import { millionths } from './fraction.ts'
import { present } from './present.ts'

/** The fault filter's configuration for one route; a fault without a percentage strikes nothing. */
export function faultConfig({ delay, abort }: HttpFaultInjection): HTTPFaultJson {
  return present({
    delay:
      delay &&
      present({
        fixedDelay: delay.fixedDelay,
        percentage: millionths(delay.percentage?.value ?? delay.percent ?? 0),
      }),
    abort:
      abort &&
      present({
        httpStatus: abort.httpStatus,
        grpcStatus: grpcStatusCode(abort.grpcStatus ?? ''),
        percentage: millionths(abort.percentage?.value ?? 0),
      }),
  })
}
