import { RE2JS } from 're2js'
import type { Regex, RegexEngine } from './regex-engine.ts'

/** The engine that is used if none is given: RE2's algorithm in JavaScript, linear in the text. */
export const re2Engine: RegexEngine = {
  compile(pattern: string): Regex {
    const regex = RE2JS.compile(pattern)
    return {
      groupCount: regex.groupCount(),
      matches: (text) => regex.testExact(text),
      replaceAll: (text, substitution) => replaceAll(regex, text, substitution),
    }
  },
}

/** RE2's GlobalReplace: an empty match next to the match before it does not count. */
function replaceAll(regex: RE2JS, text: string, substitution: string): string {
  const matcher = regex.matcher(text)
  let result = ''
  let position = 0
  let lastEnd = -1
  while (position <= text.length && matcher.find(position)) {
    const start = matcher.start()
    const end = matcher.end()
    result += text.slice(position, start)
    position = end
    if (end === start) {
      if (start !== lastEnd) result += expand(substitution, (group) => matcher.group(group))
      result += text.slice(end, end + 1)
      position = end + 1
    } else {
      result += expand(substitution, (group) => matcher.group(group))
    }
    lastEnd = end
  }
  return result + text.slice(position)
}

function expand(substitution: string, group: (index: number) => string | null): string {
  return substitution.replace(/\\(.)/g, (_, after: string) =>
    after === '\\' ? '\\' : (group(Number(after)) ?? ''),
  )
}
