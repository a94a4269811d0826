/** A piece of a template, in order. `segment` is `*`, `segments` is `**`; `begin` and `end` are the brackets of a variable. */
export type TemplatePart =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'segment' }
  | { readonly kind: 'segments' }
  | { readonly kind: 'begin'; readonly name: string }
  | { readonly kind: 'end' }

/** Why a text is no URI template. */
export class UriTemplateError extends Error {
  override readonly name: string = 'UriTemplateError'
  readonly code = 'ERR_ROUTE_MATCHER_URI_TEMPLATE'
  readonly expected: string
  readonly found: string

  constructor(expected: string, found: string) {
    super(`expected ${expected}, got ${JSON.stringify(found)} [ERR_ROUTE_MATCHER_URI_TEMPLATE]`)
    this.expected = expected
    this.found = found
  }
}

const maxLength = 256
const maxVariables = 5

/**
 * Reads a template: segments between slashes, each a text, a glob with text after it at the end of the template, or a variable
 * with text around it.
 *
 * @throws {UriTemplateError}
 */
export function parseUriTemplate(template: string): {
  readonly parts: readonly TemplatePart[]
  readonly variables: readonly string[]
} {
  if (template === '' || template.length > maxLength) {
    throw new UriTemplateError(`1 to ${maxLength} characters`, template)
  }
  if (!/^\/[!-~]*$/.test(template)) {
    throw new UriTemplateError('a / followed by printable ASCII', template)
  }
  const parts: TemplatePart[] = [{ kind: 'literal', text: '/' }]
  let rest = template.slice(1)
  while (rest !== '') {
    rest = readSegment(rest, parts)
    if (rest === '') break
    parts.push({ kind: 'literal', text: '/' })
    // A / at the very end is fine, as the beginning of an empty segment is not.
    rest = rest.slice(1)
  }
  const variables = parts.flatMap((part) => (part.kind === 'begin' ? part.name : []))
  checkVariables(variables)
  checkGlobs(parts)
  return { parts, variables }
}

/** Reads a segment and gives what comes after it: nothing, or a text that begins with `/`. */
function readSegment(text: string, parts: TemplatePart[]): string {
  if (text.startsWith('*')) return readGlobSegment(text, parts)
  const brace = text.search(/[{/]/)
  if (brace === -1 || text[brace] === '/') return readLiteral(text, parts)
  if (brace > 0) {
    // A variable after a text stays within its segment.
    const [segment = ''] = text.split('/', 1)
    parts.push({
      kind: 'literal',
      text: literal(text.slice(0, segment.includes('}') ? brace : segment.length)),
    })
  }
  const after = readVariable(text.slice(brace), parts)
  return after === '' || after.startsWith('/') ? after : readLiteral(after, parts)
}

function readGlobSegment(text: string, parts: TemplatePart[]): string {
  const after = readGlob(text, parts)
  if (after === '' || after.startsWith('/')) return after
  const rest = readLiteral(after, parts)
  if (rest !== '') throw new UriTemplateError('nothing after the text that follows a glob', rest)
  return rest
}

function readGlob(text: string, parts: TemplatePart[]): string {
  const many = text.startsWith('**')
  parts.push({ kind: many ? 'segments' : 'segment' })
  return text.slice(many ? 2 : 1)
}

function readLiteral(text: string, parts: TemplatePart[]): string {
  const slash = text.indexOf('/')
  const own = slash === -1 ? text : text.slice(0, slash)
  parts.push({ kind: 'literal', text: literal(own) })
  return slash === -1 ? '' : text.slice(slash)
}

/** Envoy lets `*` stand within a text, where it then works as a quantifier of its regex; nobody means that. */
function literal(text: string): string {
  if (/^[\w.~%!$&'()+,;:@=-]+$/.test(text)) return text
  throw new UriTemplateError("letters, digits and -._~%!$&'()+,;:@= between slashes", text)
}

function readVariable(text: string, parts: TemplatePart[]): string {
  const close = text.indexOf('}')
  if (close === -1) throw new UriTemplateError('a } for the {', text)
  const inside = text.slice(1, close)
  const equals = inside.indexOf('=')
  const name = equals === -1 ? inside : inside.slice(0, equals)
  if (!/^[a-zA-Z]\w{0,15}$/.test(name)) {
    throw new UriTemplateError('a name of 1 to 16 letters, digits and _, a letter first', name)
  }
  parts.push({ kind: 'begin', name })
  if (equals === -1) parts.push({ kind: 'segment' })
  else readVariablePattern(inside.slice(equals + 1), parts)
  parts.push({ kind: 'end' })
  return text.slice(close + 1)
}

function readVariablePattern(pattern: string, parts: TemplatePart[]): void {
  let rest = pattern
  for (;;) {
    if (rest === '') throw new UriTemplateError('a pattern after = and after each /', pattern)
    rest = rest.startsWith('*') ? readGlob(rest, parts) : readLiteral(rest, parts)
    if (rest === '') return
    if (!rest.startsWith('/')) throw new UriTemplateError('a / after a glob', rest)
    parts.push({ kind: 'literal', text: '/' })
    rest = rest.slice(1)
  }
}

function checkVariables(names: readonly string[]): void {
  if (names.length > maxVariables) {
    throw new UriTemplateError(`at most ${maxVariables} variables`, names.join(', '))
  }
  const repeated = names.find((name, i) => names.indexOf(name) !== i)
  if (repeated !== undefined) throw new UriTemplateError('a name once', repeated)
}

function checkGlobs(parts: readonly TemplatePart[]): void {
  const globs = parts.filter(({ kind }) => kind === 'segment' || kind === 'segments')
  const many = globs.findIndex(({ kind }) => kind === 'segments')
  if (many !== -1 && many < globs.length - 1) {
    throw new UriTemplateError('no glob and no variable after **', 'one')
  }
}
