import { XdsServerError } from './errors.ts'

/** What a change of interest asks for. */
export interface InterestChange {
  /** Names to answer for: newly wanted, or asked for again. */
  readonly asked: readonly string[]
  /** Whether everything was asked for. */
  readonly all: boolean
  /** Whether names were given up. */
  readonly dropped: boolean
}

/**
 * Which resources of one type a client wants: names, all of them, or both.
 *
 * A first request without names means all of them where the type allows it (the legacy wildcard).
 * In state-of-the-world requests that ends with the first name the client sends; in delta ones names
 * come beside it, and it ends like the explicit one, by giving up `*`.
 *
 * @see https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol#how-the-client-specifies-what-resources-to-return
 */
export class Interest {
  readonly #names = new Set<string>()
  readonly #limit: number
  #wildcard = false
  #legacyAllowed: boolean

  /** @param limit names at most, from then on requests throw */
  constructor(legacyAllowed: boolean, limit: number) {
    this.#legacyAllowed = legacyAllowed
    this.#limit = limit
  }

  /** Whether everything is wanted. */
  get wildcard(): boolean {
    return this.#wildcard
  }

  /** The names asked for one by one. */
  get names(): ReadonlySet<string> {
    return this.#names
  }

  wants(name: string): boolean {
    return this.#wildcard || this.#names.has(name)
  }

  /** State of the world: `names` replaces all that was asked before. */
  replace(names: readonly string[]): InterestChange {
    const before = new Set(this.#names)
    const hadAll = this.#wildcard
    this.#wildcard = names.includes(wildcardName) || (names.length === 0 && this.#legacyAllowed)
    if (names.length > 0) this.#legacyAllowed = false
    this.#names.clear()
    for (const name of names) if (name !== wildcardName) this.#add(name)
    const asked = [...this.#names].filter((name) => !before.has(name))
    const dropped = [...before].some((name) => !this.#names.has(name))
    return { asked, all: this.#wildcard && !hadAll, dropped }
  }

  /** Delta: the first request of a stream, where no names can mean all of them. */
  begin(subscribe: readonly string[], unsubscribe: readonly string[]): InterestChange {
    if (this.#legacyAllowed && subscribe.length === 0) {
      this.#wildcard = true
      return { ...this.change([], unsubscribe), all: true }
    }
    return this.change(subscribe, unsubscribe)
  }

  /**
   * Delta: adds and removes names. A name that is wanted already and is asked for again counts as
   * asked, and so does one that is given up while everything is wanted: the protocol wants both
   * answered.
   */
  change(subscribe: readonly string[], unsubscribe: readonly string[]): InterestChange {
    const all = subscribe.includes(wildcardName)
    const named = subscribe.filter((name) => name !== wildcardName)
    if (all) this.#wildcard = true
    for (const name of named) this.#add(name)
    if (unsubscribe.includes(wildcardName)) this.#wildcard = false
    for (const name of unsubscribe) this.#names.delete(name)
    const covered = this.#wildcard ? unsubscribe.filter((name) => name !== wildcardName) : []
    const asked = [...named, ...covered]
    return { asked, all: all && this.#wildcard, dropped: unsubscribe.length > 0 }
  }

  #add(name: string): void {
    if (name.length > maxNameLength) {
      throw new XdsServerError(
        `expected resource names of at most ${maxNameLength} characters, got ${name.length}`,
        { code: 'ERR_XDS_SERVER_BAD_REQUEST' },
      )
    }
    this.#names.add(name)
    if (this.#names.size <= this.#limit) return
    throw new XdsServerError(
      `expected at most ${this.#limit} resource names of one type, got more`,
      { code: 'ERR_XDS_SERVER_TOO_MANY_NAMES' },
    )
  }
}

// Far beyond what is in use; what clients name is kept as long as they are connected.
const maxNameLength = 4_096

/** The name that asks for every resource of a type. */
const wildcardName = '*'
