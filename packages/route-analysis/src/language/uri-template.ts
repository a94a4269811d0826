import { type CodePointSet, charactersOf, joinRanges } from './code-points.ts'
import type { Language, Unknown } from './language.ts'
import { type PatternNode, sequence, textPattern } from './pattern-node.ts'

/**
 * Every path that fits a template of Envoy's `uri_template_matcher`: `*` and `{name}` take one segment, `**` and `{name=**}` any
 * number of them, `{name=a/*}` what is written in it. A segment takes the characters of RFC 3986 but `=` and `*`.
 *
 * Unknown if it is not a template that Envoy would take. Names are not compared: that they differ is for the matcher to check.
 *
 * @see https://www.envoyproxy.io/docs/envoy/latest/api-v3/extensions/path/match/uri_template/v3/uri_template_match.proto
 */
export function uriTemplate(template: string): Language | Unknown {
  const segments = /^\/[!-~]*$/.test(template) ? segmentsOf(template.slice(1)) : undefined
  if (segments === undefined) {
    return { unknown: `expected a URI template, got ${JSON.stringify(template)}` }
  }
  const pattern = sequence([textPattern('/'), ...segments])
  return { kind: 'regular', key: `uri-template${JSON.stringify(template)}`, pattern }
}

const segmentCharacters: CodePointSet = joinRanges([
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x61, 0x7a],
  ...charactersOf("-._~%!$&'()+,;:@"),
])
const oneSegment: PatternNode = many(segmentCharacters, 1)
const anySegments: PatternNode = many(joinRanges([...segmentCharacters, [0x2f, 0x2f]]), 0)
const literalText = /^[\w\-.~%!$&'()+,;:@]+/

/** What comes after the first slash, if all of it can be read. Text right after a segment ends the template. */
function segmentsOf(template: string): readonly PatternNode[] | undefined {
  const parts: PatternNode[] = []
  let rest = template
  let afterTextGlob = false
  while (rest !== '') {
    const part = operatorAt(rest) ?? literalAt(rest)
    if (part === undefined || (part.globs && afterTextGlob)) return undefined
    afterTextGlob ||= part.textGlob
    parts.push(...part.nodes)
    rest = rest.slice(part.length)
    if (rest === '') break
    if (!rest.startsWith('/')) return withEnding(parts, rest)
    parts.push(textPattern('/'))
    rest = rest.slice(1)
  }
  return parts
}

function withEnding(
  parts: readonly PatternNode[],
  rest: string,
): readonly PatternNode[] | undefined {
  const ending = literalAt(rest)
  return ending?.length === rest.length ? [...parts, ...ending.nodes] : undefined
}

interface TemplatePart {
  readonly nodes: readonly PatternNode[]
  readonly length: number
  /** Whether there is a glob in it, and one of `**`. */
  readonly globs: boolean
  readonly textGlob: boolean
}

function operatorAt(rest: string): TemplatePart | undefined {
  if (rest.startsWith('**')) return glob(2, true)
  if (rest.startsWith('*')) return glob(1, false)
  const variable = /^\{[a-zA-Z]\w*(?:=([^}]+))?\}/.exec(rest)
  if (variable === null) return undefined
  const { length } = variable[0]
  return variable[1] === undefined ? glob(length, false) : variableAt(variable[1], length)
}

function variableAt(inside: string, length: number): TemplatePart | undefined {
  const nodes: PatternNode[] = []
  let globs = false
  let textGlob = false
  for (const [index, segment] of inside.split('/').entries()) {
    const part = /^\*\*?$/.test(segment) ? glob(0, segment === '**') : literalAt(segment)
    if (part === undefined || (part.globs && textGlob)) return undefined
    if (!part.globs && part.length !== segment.length) return undefined
    globs ||= part.globs
    textGlob ||= part.textGlob
    if (index > 0) nodes.push(textPattern('/'))
    nodes.push(...part.nodes)
  }
  return { nodes, length, globs, textGlob }
}

function literalAt(rest: string): TemplatePart | undefined {
  const text = literalText.exec(rest)?.[0]
  if (text === undefined) return undefined
  return { nodes: [textPattern(text)], length: text.length, globs: false, textGlob: false }
}

function glob(length: number, textGlob: boolean): TemplatePart {
  return { nodes: [textGlob ? anySegments : oneSegment], length, globs: true, textGlob }
}

function many(set: CodePointSet, min: number): PatternNode {
  return { kind: 'repeat', of: { kind: 'set', set }, min, max: Number.POSITIVE_INFINITY }
}
