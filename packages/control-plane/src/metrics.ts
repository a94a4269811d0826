/** Labels of a sample, in the order in which they are shown. */
export type Labels = Readonly<Record<string, string>>

/** Something that shows itself in the Prometheus text format. */
export interface Metric {
  /** Lines, each ending with a line feed. */
  render(): string
}

/** Counts up. */
export class Counter implements Metric {
  readonly #name: string
  readonly #help: string
  readonly #values = new Map<string, number>()

  constructor(name: string, help: string) {
    this.#name = name
    this.#help = help
  }

  /** Label values come from a closed set: each combination is kept for good. */
  add(labels: Labels = {}, by = 1): void {
    const key = labelText(labels)
    this.#values.set(key, (this.#values.get(key) ?? 0) + by)
  }

  render(): string {
    const samples = [...this.#values].map(([labels, value]) => `${this.#name}${labels} ${value}\n`)
    return `${heading(this.#name, this.#help, 'counter')}${samples.join('')}`
  }
}

/** Is read when it is shown. */
export class Gauge implements Metric {
  readonly #name: string
  readonly #help: string
  readonly #read: () => Iterable<readonly [labels: Labels, value: number]>

  constructor(
    name: string,
    help: string,
    read: () => Iterable<readonly [labels: Labels, value: number]>,
  ) {
    this.#name = name
    this.#help = help
    this.#read = read
  }

  render(): string {
    const samples = [...this.#read()].map(
      ([labels, value]) => `${this.#name}${labelText(labels)} ${value}\n`,
    )
    return `${heading(this.#name, this.#help, 'gauge')}${samples.join('')}`
  }
}

/** Counts observations by their size. */
export class Histogram implements Metric {
  readonly #name: string
  readonly #help: string
  /** Upper bounds, rising. */
  readonly #bounds: readonly number[]
  readonly #counts: number[]
  #sum = 0
  #count = 0

  constructor(name: string, help: string, bounds: readonly number[]) {
    this.#name = name
    this.#help = help
    this.#bounds = bounds
    this.#counts = bounds.map(() => 0)
  }

  observe(value: number): void {
    this.#sum += value
    this.#count += 1
    for (const [i, bound] of this.#bounds.entries()) {
      if (value <= bound) this.#counts[i] = (this.#counts[i] ?? 0) + 1
    }
  }

  render(): string {
    const buckets = this.#bounds.map(
      (bound, i) => `${this.#name}_bucket{le="${bound}"} ${this.#counts[i]}\n`,
    )
    const totals = [
      `${this.#name}_bucket{le="+Inf"} ${this.#count}\n`,
      `${this.#name}_sum ${this.#sum}\n`,
      `${this.#name}_count ${this.#count}\n`,
    ]
    return [heading(this.#name, this.#help, 'histogram'), ...buckets, ...totals].join('')
  }
}

function heading(name: string, help: string, type: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
