import { trimmed } from '../http/field-value.ts'
import type { HeaderList } from '../http/header-list.ts'

/** What Connection may not name: a client could hide from the next hop what proxies before this one have said of it. */
const unnamable =
  /^(?:content-|x-(?:forwarded|envoy)-|x-(?:request-id|real-ip)$|forwarded$|via$|authorization$|cookie$|host$|cache-control$|transfer-encoding$)/

/** What the Connection fields of one head say. */
export class ConnectionOptions {
  /** Nothing more follows on the connection. */
  close = false
  keepAlive = false
  upgrade = false
  #present = false
  /** Lower-case names of fields that end here. */
  #names: Set<string> | undefined

  /** Whether there is such a field at all. */
  get present(): boolean {
    return this.#present
  }

  add(value: string): void {
    this.#present = true
    // What nearly all of them say. It names no field that would be removed for it.
    if (value === 'keep-alive') this.keepAlive = true
    else for (const option of value.split(',')) this.#addOption(option)
  }

  /** Takes out the fields that are named, but for those that no one may name. */
  removeNamed(headers: HeaderList): void {
    if (this.#names !== undefined) headers.removeAll(this.#names)
  }

  #addOption(text: string): void {
    const option = trimmed(text, 0, text.length).toLowerCase()
    if (option === 'close') this.close = true
    else if (option === 'keep-alive') this.keepAlive = true
    else if (option === 'upgrade') this.upgrade = true
    if (unnamable.test(option)) return
    this.#names ??= new Set()
    this.#names.add(option)
  }
}
