import type { FormatContext } from './context.ts'
import type { Read } from './read.ts'

/** Compiles GRPC_STATUS: the name of the status, in the spelling that the argument asks for. */
export function grpcStatus(argument: string | undefined): Read | string {
  const form = argument ?? ''
  if (form === '' || form === 'CAMEL_STRING') return (context) => nameOf(context, camelCase)
  if (form === 'SNAKE_STRING') return (context) => nameOf(context, (name) => name)
  if (form === 'NUMBER') return statusOf
  return `expected CAMEL_STRING, SNAKE_STRING or NUMBER, got (${form})`
}

/** By their numbers. */
const names = [
  'OK',
  'CANCELED',
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

/** The status in the trailers, or in the headers of a response that has no more. */
function statusOf(context: FormatContext): number | undefined {
  const status = context.responseTrailer?.('grpc-status') ?? context.responseHeader?.('grpc-status')
  return status === undefined || !/^\d{1,9}$/.test(status) ? undefined : Number(status)
}

function nameOf(context: FormatContext, spell: (name: string) => string): string | undefined {
  const status = statusOf(context)
  if (status === undefined) return undefined
  const name = names[status]
  return name === undefined ? String(status) : spell(name)
}

function camelCase(name: string): string {
  if (name === 'OK') return name
  return name
    .split('_')
    .map((word) => word.charAt(0) + word.slice(1).toLowerCase())
    .join('')
}
