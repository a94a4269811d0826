import { RE2JS } from 're2js'
import { isRun, type LiteralRun } from './literal-run.ts'
import { type NativePattern, nativePattern } from './native-pattern.ts'
import type { Regex, RegexEngine } from './regex-engine.ts'

/**
 * The engine that is used if none is given: RE2's algorithm in JavaScript, linear in the text. Patterns that provably mean the
 * same to the language's own engine, and are provably linear there, go to that one, which is many times quicker.
 */
export const re2Engine: RegexEngine = {
  compile(pattern: string): Regex {
    const native = nativePattern(pattern)
    return native === undefined ? new Re2Regex(pattern) : new NativeRegex(pattern, native)
  },
}

class Re2Regex implements Regex {
  readonly #regex: RE2JS

  constructor(pattern: string) {
    this.#regex = RE2JS.compile(pattern)
  }

  get groupCount(): number {
    return this.#regex.groupCount()
  }

  matches(text: string): boolean {
    return this.#regex.testExact(text)
  }

  replaceAll(text: string, substitution: string): string {
    return replaceAll(this.#regex, text, substitution)
  }
}

/** A backtracking engine keeps a stack of its choices; beyond this the other engine, which has none, takes over. */
const longestNativeText = 100_000

/** Both engines are set up when they are first needed: most routes of a large table are not asked for. */
class NativeRegex implements Regex {
  readonly groupCount: number
  readonly #pattern: string
  readonly #source: string
  readonly run: LiteralRun | undefined
  #native: RegExp | undefined
  #re2: Re2Regex | undefined

  constructor(pattern: string, { groupCount, source, run }: NativePattern) {
    this.groupCount = groupCount
    this.#pattern = pattern
    this.#source = source
    this.run = run
  }

  matches(text: string): boolean {
    if (text.length > longestNativeText) return this.#slow().matches(text)
    const answer = this.run === undefined ? undefined : isRun(this.run, text)
    if (answer !== undefined) return answer
    this.#native ??= new RegExp(this.#source, 'u')
    return this.#native.test(text)
  }

  replaceAll(text: string, substitution: string): string {
    return this.#slow().replaceAll(text, substitution)
  }

  #slow(): Re2Regex {
    this.#re2 ??= new Re2Regex(this.#pattern)
    return this.#re2
  }
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
