/** The text of one document of a file. */
export interface DocumentText {
  readonly text: string
  /** The line of the file, counted from 1, on which `text` begins. */
  readonly line: number
}

const marker = /^(---|\.\.\.)(?=[ \t\r\n]|$)/

/**
 * Cuts a YAML stream into its documents without reading them. A line that begins with `---` is a
 * marker wherever it stands, in a block of text too, so the cut needs no parser.
 *
 * @see https://yaml.org/spec/1.2.2/#rule-c-forbidden
 */
export function splitDocuments(text: string): readonly DocumentText[] {
  const documents: DocumentText[] = []
  let begin = 0
  let beginLine = 1
  const cut = (end: number, nextLine: number): void => {
    const piece = text.slice(begin, end)
    // Directives belong to the marker that follows them; without one they are a fault to report.
    if (end < text.length && hasOnlyDirectives(piece)) return
    if (hasContent(piece)) documents.push({ text: piece, line: beginLine })
    begin = end
    beginLine = nextLine
  }
  let line = 1
  for (let at = 0; at < text.length; line += 1) {
    const end = text.indexOf('\n', at)
    const next = end === -1 ? text.length : end + 1
    const found = isMarker(text, at)
    if (found === '---' && at > begin) cut(at, line)
    if (found === '...') cut(next, line + 1)
    at = next
  }
  cut(text.length, line)
  return documents
}

function isMarker(text: string, at: number): string | undefined {
  const first = text[at]
  if (first !== '-' && first !== '.') return undefined
  return marker.exec(text.slice(at, at + 4))?.[1]
}

function hasContent(text: string): boolean {
  return text
    .split('\n')
    .some((line) => !/^\s*(?:#.*)?$/.test(line) && !/^(?:---|\.\.\.)\s*(?:#.*)?$/.test(line))
}

function hasOnlyDirectives(text: string): boolean {
  const lines = text.split('\n').filter((line) => !/^\s*(?:#.*)?$/.test(line))
  return lines.length > 0 && lines.every((line) => line.startsWith('%'))
}
