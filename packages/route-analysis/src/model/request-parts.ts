import type { RequestTls } from '@meshwright/route-matcher'
import {
  complement,
  contains,
  everything,
  exact,
  intersection,
  type Language,
  type Unknown,
  union,
} from '../language/language.ts'
import { universes as fullUniverses, type Universes } from '../language/universes.ts'
import { AuthorityDimension } from './authority-dimension.ts'
import { ChoiceDimension } from './choice-dimension.ts'
import { byteCost, byteLength, type Cost, headerCost, oddityCost } from './cost.ts'
import type { Dimension } from './dimension.ts'
import type { EntangledParts } from './entangled-parts.ts'
import type { Formula } from './formulas.ts'
import { MetadataDimension } from './metadata-dimension.ts'
import { MethodDimension } from './method-dimension.ts'
import { OriginOnly } from './origin-only.ts'
import { PathDimension } from './path-dimension.ts'
import { TextDimension } from './text-dimension.ts'
import type { TextTest } from './text-test.ts'
import { Vocabulary } from './vocabulary.ts'

/** What has to be known of conditions before they are read. */
export interface RequestPartsOptions {
  readonly pathHeaderMatters?: boolean
  /** Path parameters are no part of the path that conditions see. */
  readonly ignoreParameters?: boolean
  readonly universes?: Universes
  readonly entangled?: EntangledParts
}

/** The parts of a request as dimensions, each made when something asks for it. */
export class RequestParts {
  readonly vocabulary: Vocabulary = new Vocabulary()
  readonly universes: Universes

  /** A header test asks about `:path`, which path and query make together. */
  readonly pathHeaderMatters: boolean

  readonly entangled: EntangledParts

  constructor({
    pathHeaderMatters = false,
    ignoreParameters = false,
    universes = fullUniverses,
    entangled = { cookies: false, metadata: new Set() },
  }: RequestPartsOptions = {}) {
    this.pathHeaderMatters = pathHeaderMatters
    this.entangled = entangled
    const { requestPaths } = universes
    // What follows a semicolon is then no part of the path that conditions see.
    this.universes = ignoreParameters
      ? { ...universes, requestPaths: intersection(requestPaths, complement(contains(';'))) }
      : universes
  }

  get path(): number {
    return this.#add('path', () => new PathDimension(this.universes.requestPaths))
  }

  get method(): number {
    return this.#add('method', () => new MethodDimension(this.universes.methods))
  }

  get authority(): number {
    return this.#add('authority', () => new AuthorityDimension())
  }

  get scheme(): number {
    return this.#add(
      'scheme',
      () =>
        new TextDimension({
          name: 'scheme',
          universe: union(exact('http'), exact('https')),
          optional: false,
          preferred: 'http',
          cost: () => oddityCost,
          write: (draft, value) => {
            draft.scheme = value
          },
        }),
    )
  }

  /** Whether something follows the path: a query, or path parameters where those are ignored. */
  get tail(): number {
    return this.#add('tail', () => {
      const choice = new ChoiceDimension({
        name: 'query',
        values: [false, true],
        cost: byteCost,
        write: (draft, value) => {
          draft.hasQuery = value
        },
      })
      return new OriginOnly(choice, {
        holds: [],
        cost: 0,
        // Conditions on parameters ask for a query first: where it was ruled out they hold for none.
        write: (draft) => {
          draft.query.length = 0
        },
      })
    })
  }

  /** A header; the pseudo-headers have dimensions of their own, except those that no request has. */
  header(lowerName: string): number {
    return this.#add(
      `header ${lowerName}`,
      () =>
        new TextDimension({
          name: `header ${lowerName}`,
          universe: this.universes.headerValues,
          optional: true,
          cost: () => headerCost,
          write: (draft, value) => {
            draft.headers[lowerName] = value
          },
        }),
    )
  }

  query(name: string): number {
    const cost = (value: string): Cost =>
      byteCost * (1 + byteLength(value === '' ? name : `${name}=${value}`))
    return this.#add(`query ${name}`, () => {
      const text = new TextDimension({
        name: `query parameter ${name}`,
        universe: this.universes.queryValues,
        optional: true,
        // Where the query is decided by itself, its question mark is paid for.
        cost: (value) => cost(value) - (this.pathHeaderMatters ? byteCost : 0),
        again: (value) => ({ kind: 'query', cost: cost(value) }),
        write: (draft, value) => {
          draft.query.push([name, value])
        },
      })
      return new OriginOnly(text)
    })
  }

  cookie(name: string): number {
    return this.#add(
      `cookie ${name}`,
      () =>
        new TextDimension({
          name: `cookie ${name}`,
          universe: this.universes.cookieValues,
          optional: true,
          again: () => ({ kind: 'cookie', cost: oddityCost }),
          cost: () => headerCost,
          write: (draft, value) => {
            draft.cookies.push([name, value])
          },
        }),
    )
  }

  metadata(filter: string, path: readonly string[]): number {
    return this.#add(
      `metadata ${JSON.stringify([filter, ...path])}`,
      () => new MetadataDimension(filter, path),
    )
  }

  filterState(key: string): number {
    return this.#add(
      `filter state ${key}`,
      () =>
        new TextDimension({
          name: `filter state ${key}`,
          universe: everything,
          optional: true,
          cost: () => oddityCost,
          write: (draft, value) => {
            draft.filterState[key] = value
          },
        }),
    )
  }

  /** The condition that the client's certificate was presented, or validated, which implies presented. */
  tlsFlag(member: keyof RequestTls): Formula {
    const dimension = this.#add(
      'tls',
      () =>
        new ChoiceDimension({
          name: 'client certificate',
          values: certificates,
          cost: oddityCost,
          write: (draft, value) => {
            draft.tls = value
          },
        }),
    )
    return this.vocabulary.accepted(dimension, member, {
      description: `is ${member}`,
      accepts: (value) => certificates.find((it) => it === value)?.[member] === true,
    })
  }

  /** The condition that a dimension is there and its text passes a test. */
  passes(dimension: number, { language, description }: TextTest): Formula {
    if (!isUnknown(language)) return this.vocabulary.inLanguage(dimension, language, description)
    // What is missing passes no test, known or not.
    const { formulas } = this.vocabulary
    const { name } = this.vocabulary.at(dimension)
    return formulas.and([
      this.present(dimension),
      formulas.unknown(`${name} ${description}: ${language.unknown}`),
    ])
  }

  /** The condition that a dimension is there. */
  present(dimension: number): Formula {
    return this.vocabulary.inLanguage(dimension, everything, 'is present')
  }

  /** The condition that something is known to follow the path. */
  hasTail(): Formula {
    return this.vocabulary.accepted(this.tail, 'true', {
      description: 'is present',
      accepts: (value) => value === true,
    })
  }

  #add(key: string, make: () => Dimension): number {
    return this.vocabulary.dimension(key, make)
  }
}

const certificates: readonly (RequestTls | undefined)[] = [
  undefined,
  { presented: true, validated: false },
  { presented: true, validated: true },
]

function isUnknown(language: Language | Unknown): language is Unknown {
  return 'unknown' in language
}
