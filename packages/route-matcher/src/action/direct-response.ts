import type { DirectResponseActionJson, SubstitutionFormatJson } from '../config/action-config.ts'
import { readData } from '../config/data-source.ts'
import { type Findings, fault } from '../config/findings.ts'
import type { BodyFormat, DirectResponseAction } from './action.ts'

/** Compiles a direct response, its body bounded by `maxBytes`; 0: by nothing. */
export function compileDirectResponse(
  action: DirectResponseActionJson,
  maxBytes: number,
  path: string,
  findings: Findings,
): DirectResponseAction {
  const { status = 0, body, bodyFormat } = action
  if (status < 200 || status > 599) {
    fault(findings, `${path}.status`, `expected a status from 200 to 599, got ${status}`)
  }
  const content = body === undefined ? undefined : readData(body, `${path}.body`, findings)
  const size = content === undefined ? 0 : byteLength(content)
  if (maxBytes > 0 && size > maxBytes) {
    fault(findings, `${path}.body`, `expected at most ${maxBytes} bytes, got ${size}`)
  }
  return {
    kind: 'direct-response',
    status,
    body: size === 0 ? undefined : content,
    bodyFormat:
      bodyFormat === undefined
        ? undefined
        : compileBodyFormat(bodyFormat, `${path}.bodyFormat`, findings),
  }
}

function compileBodyFormat(
  format: SubstitutionFormatJson,
  path: string,
  findings: Findings,
): BodyFormat {
  const given = formats.filter((name) => format[name] !== undefined)
  if (given.length !== 1) {
    const got = given.length === 0 ? 'none of them' : given.join(' and ')
    fault(findings, path, `expected one of ${formats.join(', ')}, got ${got}`)
  }
  const { textFormat, jsonFormat, textFormatSource, contentType } = format
  const omitEmptyValues = format.omitEmptyValues === true
  if (jsonFormat !== undefined) {
    const sorted = format.jsonFormatOptions?.sortProperties === true
    return {
      template: sorted ? sortedMembers(jsonFormat) : jsonFormat,
      omitEmptyValues,
      contentType: contentType || 'application/json',
    }
  }
  const source = textFormatSource ?? { inlineString: textFormat ?? '' }
  const text = readData(source, `${path}.textFormatSource`, findings) ?? ''
  if (typeof text !== 'string') {
    fault(findings, `${path}.textFormatSource.inlineBytes`, 'expected text, got bytes')
  }
  return {
    template: typeof text === 'string' ? text : '',
    omitEmptyValues,
    contentType: contentType || 'text/plain',
  }
}

const formats = ['textFormat', 'jsonFormat', 'textFormatSource'] as const

function sortedMembers(template: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(template).sort(([one], [other]) => (one < other ? -1 : 1)),
  )
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
