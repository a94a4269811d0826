import { isGrpc } from '../hcm/local-reply.ts'
import type { RequestHead, ResponseHead } from '../http/stream.ts'

/** What an answer counts as: its status, or for gRPC that of a `grpc-status` in its head. A later one, in trailers, has no say. */
export function outlierStatus({ status, headers }: ResponseHead, request: RequestHead): number {
  const grpc = headers.get('grpc-status')
  if (grpc === undefined || !isGrpc(request)) return status
  return httpStatuses[Number(grpc)] ?? unknownStatus
}

/** Envoy's mapping of gRPC's statuses, by number. */
const httpStatuses: readonly number[] = [
  200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401,
]
const unknownStatus = 500
