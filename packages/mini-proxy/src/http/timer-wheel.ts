import type { Clock, Timers } from '../ambient.ts'
import { turnClockOn } from '../channel/turn.ts'

/** Milliseconds that one slot holds, and how many there are: once round in eight seconds. */
const slotMs = 16
const slotCount = 512
/** The wheel looks at least so often while anything waits: it sleeps through no more than a second by mistake. */
const maxSleepMs = 1000
/** Timers may go off a little before their time by the clock; by more than this, clock and timers are not the same. */
const earlyMs = 8

/** One thing that waits. Linked into its slot, so that starting and stopping cost the same however many wait. */
interface Waiting {
  readonly run: () => void
  readonly dueMs: number
  /** Counted from time 0, or one of the two below. */
  slot: number
  previous: Waiting | undefined
  next: Waiting | undefined
}

/**
 * Timers by the thousand on one timer of the platform: setting and clearing one touch a list, and nothing is armed for a
 * time-out that does not happen. They run when the platform's own timers would, which count from the beginning of a turn, too;
 * after `Infinity`, never.
 */
export class TimerWheel implements Timers {
  readonly #timers: Timers
  readonly #clock: Clock
  readonly #slots: (Waiting | undefined)[] = new Array(slotCount).fill(undefined)
  #waiting = 0
  /** Slots before this one are empty of what is due. */
  #looked: number
  #armed: { readonly timer: unknown; readonly forMs: number } | undefined
  /** What the timers are ahead of the clock: a test may move the one and not the other. */
  #skewMs = 0

  constructor(timers: Timers, clock: Clock) {
    this.#timers = timers
    this.#clock = turnClockOn(clock)
    this.#looked = slotOf(clock.now())
  }

  setTimeout(run: () => void, ms: number): unknown {
    const now = this.#now()
    if (this.#waiting === 0) this.#looked = slotOf(now)
    const dueMs = now + Math.max(0, ms)
    const slot = dueMs < Number.POSITIVE_INFINITY ? slotOf(dueMs) : gone
    const item: Waiting = { run, dueMs, slot, previous: undefined, next: undefined }
    if (slot === gone) return item
    this.#link(item)
    if (dueMs < this.#armedForMs) this.#arm(now, dueMs)
    return item
  }

  clearTimeout(timer: unknown): void {
    const item = timer as Waiting | undefined
    if (item === undefined || item.slot === gone) return
    if (item.slot === taken) item.slot = gone
    else this.#unlink(item)
    if (this.#waiting === 0) this.#disarm()
  }

  #now(): number {
    return this.#clock.now() + this.#skewMs
  }

  #link(item: Waiting): void {
    const at = item.slot % slotCount
    const head = this.#slots[at]
    item.next = head
    if (head !== undefined) head.previous = item
    this.#slots[at] = item
    this.#waiting += 1
  }

  #unlink(item: Waiting): void {
    if (item.previous === undefined) this.#slots[item.slot % slotCount] = item.next
    else item.previous.next = item.next
    if (item.next !== undefined) item.next.previous = item.previous
    item.slot = gone
    item.previous = undefined
    item.next = undefined
    this.#waiting -= 1
  }

  get #armedForMs(): number {
    return this.#armed?.forMs ?? Number.POSITIVE_INFINITY
  }

  #arm(now: number, dueMs: number): void {
    this.#disarm()
    const sleepMs = Math.min(Math.max(dueMs - now, 0), maxSleepMs)
    const timer = this.#timers.setTimeout(() => this.#look(), Math.ceil(sleepMs))
    this.#armed = { timer, forMs: now + sleepMs }
  }

  /** Rare with nothing waiting: whoever serves watches deadlines all the time. */
  #disarm(): void {
    if (this.#armed !== undefined) this.#timers.clearTimeout(this.#armed.timer)
    this.#armed = undefined
  }

  #look(): void {
    const armedFor = this.#armed?.forMs ?? 0
    this.#armed = undefined
    const early = armedFor - this.#now()
    if (early > earlyMs) this.#skewMs += early
    const now = Math.max(this.#now(), armedFor)
    for (const item of this.#takeDue(now)) {
      if (item.slot === gone) continue
      item.slot = gone
      item.run()
    }
    if (this.#waiting === 0) return
    // What was set meanwhile has armed the timer for itself, and others may come before it.
    const next = this.#nextDue(now)
    if (next < this.#armedForMs) this.#arm(now, next)
  }

  /** Takes out what is due, in order of its time. What is cleared before its turn does not run. */
  #takeDue(now: number): Waiting[] {
    const due: Waiting[] = []
    const last = slotOf(now)
    const first = Math.max(this.#looked, last - slotCount + 1)
    for (let slot = first; slot <= last; slot += 1) {
      for (let item = this.#slots[slot % slotCount]; item !== undefined; ) {
        const { next } = item
        if (item.dueMs <= now) {
          this.#unlink(item)
          item.slot = taken
          due.push(item)
        }
        item = next
      }
    }
    this.#looked = last
    return due.sort((a, b) => a.dueMs - b.dueMs)
  }

  /** When to look again: at the first that is due before the wheel would wake up anyway. */
  #nextDue(now: number): number {
    let first = now + maxSleepMs
    for (let slot = slotOf(now); slot <= slotOf(first); slot += 1) {
      for (let item = this.#slots[slot % slotCount]; item !== undefined; item = item.next) {
        if (item.dueMs < first) first = item.dueMs
      }
    }
    return first
  }
}

/** It does not wait any more. */
const gone = -1
/** Taken out to run with others: it may still be stopped by one of them. */
const taken = -2

function slotOf(ms: number): number {
  return Math.floor(ms / slotMs)
}

const shared = new WeakMap<Timers, TimerWheel>()

/** The one wheel over all that use the same timers; a wheel is its own. */
export function wheelOn(timers: Timers, clock: Clock): TimerWheel {
  if (timers instanceof TimerWheel) return timers
  const known = shared.get(timers)
  if (known !== undefined) return known
  const made = new TimerWheel(timers, clock)
  shared.set(timers, made)
  return made
}
