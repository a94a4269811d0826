import { everything, type Language } from '../language/language.ts'
import { type Formula, never } from './formulas.ts'
import type { HeaderSubject } from './read-header-condition.ts'
import type { RequestParts } from './request-parts.ts'
import type { TextTest } from './text-test.ts'

/**
 * `:path` as a header: the path with all that follows it.
 *
 * Where nothing follows, it is the path. Where something does, only tests by a beginning that ends before it, and for
 * exactly a path, are decided; the others are unknown there.
 */
export function readPathHeader(parts: RequestParts, ignoreParameters: boolean): HeaderSubject {
  const { formulas } = parts.vocabulary
  const outside = ignoreParameters ? /[?#;]/ : /[?#]/
  return {
    present: parts.passes(parts.path, { language: everything, description: 'is present' }),
    passes: (test) => {
      const plain = parts.passes(parts.path, test)
      const withTail = passesWithTail(test, plain, outside, parts)
      return formulas.or([
        formulas.and([formulas.not(parts.hasTail()), plain]),
        formulas.and([parts.hasTail(), withTail]),
      ])
    },
  }
}

function passesWithTail(
  { language, description }: TextTest,
  plain: Formula,
  outside: RegExp,
  parts: RequestParts,
): Formula {
  const { formulas } = parts.vocabulary
  if (!('unknown' in language) && isDecided(language, outside)) {
    return language.kind === 'prefix' ? plain : never
  }
  return formulas.unknown(`header :path ${description}, of a path with a query`)
}

function isDecided(language: Language, outside: RegExp): boolean {
  return (language.kind === 'prefix' || language.kind === 'exact') && !outside.test(language.text)
}
