import type { DirectResponseAction } from './action.ts'
import { decodeBase64 } from './base64.ts'
import type { DirectResponseActionJson } from './config.ts'
import { type Findings, fault } from './findings.ts'

/** Compiles a direct response, its body bounded by `maxBytes`. */
export function compileDirectResponse(
  action: DirectResponseActionJson,
  maxBytes: number,
  path: string,
  findings: Findings,
): DirectResponseAction {
  const { status = 0, body } = action
  if (status < 200 || status > 599) {
    fault(findings, `${path}.status`, `expected a status from 200 to 599, got ${status}`)
  }
  const content =
    body?.inlineBytes === undefined ? body?.inlineString : decodeBase64(body.inlineBytes)
  if (body?.inlineBytes !== undefined && content === undefined) {
    fault(findings, `${path}.body.inlineBytes`, 'expected base64, got something else')
  }
  const size = content === undefined ? 0 : byteLength(content)
  if (size > maxBytes) {
    fault(findings, `${path}.body`, `expected at most ${maxBytes} bytes, got ${size}`)
  }
  return { kind: 'direct-response', status, body: size === 0 ? undefined : content }
}

function byteLength(content: string | Uint8Array): number {
  if (typeof content !== 'string') return content.length
  let length = 0
  for (const character of content) length += utf8Length(character.codePointAt(0) ?? 0)
  return length
}

function utf8Length(codePoint: number): number {
  if (codePoint < 0x80) return 1
  if (codePoint < 0x800) return 2
  return codePoint < 0x1_0000 ? 3 : 4
}
