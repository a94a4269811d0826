import type { ResponseHead } from '../http/stream.ts'
import type { FieldBlock } from './field-block.ts'
import { type Http2Fault, malformed } from './http2-fault.ts'

const statusCode = /^[1-9]\d\d$/

/** The response that a field section stands for. */
export function responseHeadOf(block: FieldBlock): ResponseHead | Http2Fault {
  if (block.statusCode !== 0) return headOf(block)
  if (block.fault !== undefined) return block.fault
  const { status } = block
  if (status === undefined || !statusCode.test(status)) return malformed('malformed status')
  if (block.hasRequestPseudo) return malformed('pseudo field of a request in a response')
  // RFC 9113 8.6: there is nothing to switch to.
  if (status === '101') return malformed('status 101')
  block.statusCode = Number(status)
  return headOf(block)
}

function headOf(block: FieldBlock): ResponseHead {
  return { status: block.statusCode, headers: block.takeHeaders() }
}
