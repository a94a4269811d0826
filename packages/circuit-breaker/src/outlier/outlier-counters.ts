import { type EjectionType, ejectionTypes } from './ejection-type.ts'

/** Counts as Envoy does below `cluster.<name>.outlier_detection.`, by its names, the deprecated ones included. */
export class OutlierCounters {
  readonly #counts: Record<string, number> = {
    ejections_active: 0,
    ejections_consecutive_5xx: 0,
    ejections_enforced_total: 0,
    ejections_overflow: 0,
    ejections_success_rate: 0,
    ejections_total: 0,
  }

  constructor() {
    for (const { stat } of Object.values(ejectionTypes)) {
      this.#counts[`ejections_detected_${stat}`] = 0
      this.#counts[`ejections_enforced_${stat}`] = 0
    }
  }

  get all(): Readonly<Record<string, number>> {
    return { ...this.#counts }
  }

  detected(type: EjectionType): void {
    this.#count(`ejections_detected_${ejectionTypes[type].stat}`)
    if (type === 'CONSECUTIVE_5XX') this.#count('ejections_consecutive_5xx')
    if (type === 'SUCCESS_RATE' || type === 'SUCCESS_RATE_LOCAL_ORIGIN') {
      this.#count('ejections_success_rate')
    }
  }

  /** There was room for the ejection; whether it came to one is another matter. */
  allowed(type: EjectionType): void {
    if (type === 'CONSECUTIVE_5XX' || type === 'SUCCESS_RATE') this.#count('ejections_total')
  }

  enforced(type: EjectionType): void {
    this.#count('ejections_enforced_total')
    this.#count(`ejections_enforced_${ejectionTypes[type].stat}`)
  }

  overflowed(): void {
    this.#count('ejections_overflow')
  }

  active(hosts: number): void {
    this.#counts['ejections_active'] = hosts
  }

  #count(name: string): void {
    this.#counts[name] = (this.#counts[name] ?? 0) + 1
  }
}
