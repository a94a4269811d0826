import type { Alphabet } from './alphabet.ts'
import type { LiteralLanguage } from './language.ts'
import { identityFold, type LiteralTrack, type SymbolFold } from './literal-track.ts'
import type { NumberSets } from './number-sets.ts'
import { PrefixTrack } from './prefix-track.ts'
import { SuffixTrack } from './suffix-track.ts'

/** Sorts literal tests into the tracks that follow them; a track that nobody needs is not there. */
export class Literals {
  readonly prefixes: PrefixTrack
  readonly #alphabet: Alphabet
  readonly #tests: NumberSets
  readonly #plain: SymbolFold
  readonly #caseless: SymbolFold
  #caselessPrefixes: PrefixTrack | undefined
  #suffixes: SuffixTrack | undefined
  #caselessSuffixes: SuffixTrack | undefined

  constructor(alphabet: Alphabet, tests: NumberSets) {
    this.#alphabet = alphabet
    this.#tests = tests
    this.#plain = identityFold(alphabet.characters.length)
    this.#caseless = caselessFold(alphabet)
    this.prefixes = new PrefixTrack(this.#plain, tests)
  }

  /** The symbols of some characters; undefined if the universe lacks one of them. */
  symbolsOf(codePoints: Iterable<number>): readonly number[] | undefined {
    const symbols: number[] = []
    for (const codePoint of codePoints) {
      const symbol = this.#alphabet.symbolOf(codePoint)
      if (symbol === -1) return undefined
      symbols.push(symbol)
    }
    return symbols
  }

  /** Adds a test, which is known by its number. */
  add(language: LiteralLanguage, test: number): void {
    const symbols = this.#foldedSymbols(language)
    if (symbols === undefined) return
    const tests = this.#tests.intern([test])
    if (language.kind === 'suffix' || language.kind === 'contains') {
      const track = this.#suffixTrack(language.ignoreCase)
      if (language.kind === 'suffix') track.addSuffix(symbols, tests)
      else track.addContained(symbols, tests)
      return
    }
    const track = this.#prefixTrack(language.ignoreCase)
    const node = track.insert(symbols)
    if (language.kind === 'prefix') track.addLatch(node, tests)
    else track.addHolds(node, tests)
    if (language.kind !== 'separated-prefix') return
    const slash = this.symbolsOf([0x2f])
    if (slash !== undefined) track.addLatch(track.insert([...symbols, ...slash]), tests)
  }

  /** The tracks, when every test is added; the first is {@link prefixes}. */
  seal(): readonly LiteralTrack[] {
    this.#suffixes?.seal()
    this.#caselessSuffixes?.seal()
    return [this.prefixes, this.#caselessPrefixes, this.#suffixes, this.#caselessSuffixes].filter(
      (track) => track !== undefined,
    )
  }

  #foldedSymbols(language: LiteralLanguage): readonly number[] | undefined {
    const fold = language.ignoreCase ? this.#caseless.folded : this.#plain.folded
    const symbols: number[] = []
    for (const character of language.text) {
      const symbol = this.#inAnyCase(character, language.ignoreCase)
      if (symbol === -1) return undefined
      symbols.push(fold[symbol] ?? symbol)
    }
    return symbols
  }

  /** A universe may have a letter in one case only. */
  #inAnyCase(character: string, ignoreCase: boolean): number {
    const symbol = this.#alphabet.symbolOf(character.codePointAt(0) ?? 0)
    if (symbol !== -1 || !ignoreCase || !/[a-z]/.test(character)) return symbol
    return this.#alphabet.symbolOf(character.toUpperCase().charCodeAt(0))
  }

  #prefixTrack(ignoreCase: boolean): PrefixTrack {
    if (!ignoreCase) return this.prefixes
    this.#caselessPrefixes ??= new PrefixTrack(this.#caseless, this.#tests)
    return this.#caselessPrefixes
  }

  #suffixTrack(ignoreCase: boolean): SuffixTrack {
    if (ignoreCase) {
      this.#caselessSuffixes ??= new SuffixTrack(this.#caseless, this.#tests)
      return this.#caselessSuffixes
    }
    this.#suffixes ??= new SuffixTrack(this.#plain, this.#tests)
    return this.#suffixes
  }
}

/** Sees a capital letter as the small one, where the universe has both. */
function caselessFold(alphabet: Alphabet): SymbolFold {
  const { folded } = identityFold(alphabet.characters.length)
  for (let letter = 0x61; letter <= 0x7a; letter++) {
    const lower = alphabet.symbolOf(letter)
    const upper = alphabet.symbolOf(letter - 0x20)
    if (lower !== -1 && upper !== -1) folded[upper] = lower
  }
  const unfolded: number[][] = Array.from(folded, () => [])
  for (const [symbol, into] of folded.entries()) unfolded[into]?.push(symbol)
  return { folded, unfolded }
}
