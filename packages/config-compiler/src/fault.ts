import type { HttpFaultInjection } from '@meshwright/mesh-config'
import type { HTTPFaultJson } from '@meshwright/xds-types/envoy/extensions/filters/http/fault/v3'
import { millionths } from './fraction.ts'
import { present } from './present.ts'

/** The codes of gRPC by name; the index is the number. */
const grpcStatuses = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
]

/** The fault filter's configuration for one route; a fault without a percentage strikes nothing. */
export function faultConfig({ delay, abort }: HttpFaultInjection): HTTPFaultJson {
  const grpcStatus = grpcStatuses.indexOf(abort?.grpcStatus ?? '')
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
        grpcStatus: grpcStatus === -1 ? undefined : grpcStatus,
        percentage: millionths(abort.percentage?.value ?? 0),
      }),
  })
}
