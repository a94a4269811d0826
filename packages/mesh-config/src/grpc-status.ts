/**
 * The number of a gRPC status, given by its name or its number.
 *
 * @example
 * ```ts
 * grpcStatusCode('UNAVAILABLE') // => 14
 * grpcStatusCode('14') // => 14
 * grpcStatusCode('GONE') // => undefined
 * ```
 */
export function grpcStatusCode(text: string): number | undefined {
  const index = grpcStatuses.indexOf(text)
  if (index !== -1) return index
  return /^(?:\d|1[0-6])$/.test(text) ? Number(text) : undefined
}

/** By number: https://github.com/grpc/grpc/blob/master/doc/statuscodes.md */
export const grpcStatuses: readonly string[] = [
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
