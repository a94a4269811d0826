import { parseUriTemplate, type TemplatePart } from './parse-uri-template.ts'

/** A compiled template of `envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig`. */
export interface UriTemplate {
  /** What every path that fits begins with. */
  readonly literal: string
  /** The names of the variables, in order. */
  readonly variables: readonly string[]
  /** A pattern in RE2 syntax that fits the same paths, each variable a named group. */
  readonly pattern: string
  /** Whether a path without query fits. Linear in its length. */
  matches(path: string): boolean
  /** What each variable stands for in a path without query; undefined where the path does not fit. */
  captures(path: string): ReadonlyMap<string, string> | undefined
}

/**
 * Compiles a URI template as Envoy 1.40 reads it: `*` is one segment or the rest of one, `**` any number of segments, `{name}` a
 * segment with a name, `{name=pattern}` a pattern with one. Globs and variables stand for letters, digits and `-._~%!$&'()*+,;:@=`
 * only; other characters of a path fit no template.
 *
 * @throws {UriTemplateError} if it is no template: it says what was expected.
 */
export function compileUriTemplate(template: string): UriTemplate {
  const { parts, variables } = parseUriTemplate(template)
  return {
    literal: leadingLiteral(parts),
    variables,
    pattern: parts.map(patternOf).join(''),
    matches: (path) => globEnds(parts, path) !== undefined,
    captures: (path) => {
      const ends = globEnds(parts, path)
      return ends === undefined ? undefined : captured(parts, path, ends)
    },
  }
}

const segmentClass = "a-zA-Z0-9\\-._~%!$&'()*+,;:@="

function patternOf(part: TemplatePart): string {
  switch (part.kind) {
    case 'literal':
      return part.text.replace(/[.$()+*]/g, '\\$&')
    case 'segment':
      return `[${segmentClass}]+`
    case 'segments':
      return `[${segmentClass}/]*`
    case 'begin':
      return `(?P<${part.name}>`
    case 'end':
      return ')'
  }
}

function leadingLiteral(parts: readonly TemplatePart[]): string {
  let literal = ''
  for (const part of parts) {
    if (part.kind === 'segment' || part.kind === 'segments') break
    if (part.kind === 'literal') literal += part.text
  }
  return literal
}

/** Where each part ends in the path, or undefined if it does not fit. */
function globEnds(parts: readonly TemplatePart[], path: string): readonly number[] | undefined {
  const ends: number[] = []
  let at = 0
  for (const [index, part] of parts.entries()) {
    const end = endOf(part, parts, index, { path, at })
    if (end === undefined) return undefined
    at = end
    ends.push(at)
  }
  return at === path.length ? ends : undefined
}

interface Place {
  readonly path: string
  readonly at: number
}

function endOf(
  part: TemplatePart,
  parts: readonly TemplatePart[],
  index: number,
  { path, at }: Place,
): number | undefined {
  if (part.kind === 'begin' || part.kind === 'end') return at
  if (part.kind === 'literal') {
    return path.startsWith(part.text, at) ? at + part.text.length : undefined
  }
  const end = globEnd(parts, index, { path, at })
  const fits = part.kind === 'segments' ? anySegments : oneSegment
  return end >= at && fits.test(path.slice(at, end)) ? end : undefined
}

const oneSegment = new RegExp(`^[${segmentClass}]+$`)
const anySegments = new RegExp(`^[${segmentClass}/]*$`)

/**
 * A glob ends where what follows begins. Nothing but text follows the last one, so that its end is counted from the end of the
 * path; an earlier one is within a segment, and ends as far before the next `/` as text follows it there.
 */
function globEnd(parts: readonly TemplatePart[], index: number, { path, at }: Place): number {
  let rest = ''
  for (const part of parts.slice(index + 1)) {
    if (part.kind === 'segment' || part.kind === 'segments') {
      const slash = path.indexOf('/', at)
      return slash === -1 ? -1 : slash - rest.indexOf('/')
    }
    if (part.kind === 'literal') rest += part.text
  }
  return path.length - rest.length
}

function captured(
  parts: readonly TemplatePart[],
  path: string,
  ends: readonly number[],
): ReadonlyMap<string, string> {
  const captures = new Map<string, string>()
  let open = { name: '', from: 0 }
  for (const [index, part] of parts.entries()) {
    const end = ends[index] ?? 0
    if (part.kind === 'begin') open = { name: part.name, from: end }
    if (part.kind === 'end') captures.set(open.name, path.slice(open.from, end))
  }
  return captures
}
