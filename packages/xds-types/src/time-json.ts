/** A `google.protobuf.Duration` or `Timestamp` as a message. */
export interface Seconds {
  readonly seconds?: bigint
  readonly nanos?: number
}

const maxDurationSeconds = 315_576_000_000n
const minTimestampSeconds = -62_135_596_800n
const maxTimestampSeconds = 253_402_300_799n
const secondsPerDay = 86_400n

/** `"1.500s"`; undefined when the seconds or nanos are out of range or of different signs. */
export function durationText({ seconds = 0n, nanos = 0 }: Seconds): string | undefined {
  if (seconds > maxDurationSeconds || seconds < -maxDurationSeconds) return undefined
  if (Math.abs(nanos) > 999_999_999 || (seconds > 0n && nanos < 0) || (seconds < 0n && nanos > 0)) {
    return undefined
  }
  const sign = seconds < 0n || nanos < 0 ? '-' : ''
  const whole = seconds < 0n ? -seconds : seconds
  return `${sign}${whole}${fraction(Math.abs(nanos))}s`
}

/** The duration of `"1.5s"`; undefined if the text is none. */
export function durationFromText(text: string): Seconds | undefined {
  const match = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/.exec(text)
  if (match === null) return undefined
  const [, sign, whole = '0', part = ''] = match
  const seconds = BigInt(whole)
  const nanos = Number(part.padEnd(9, '0'))
  if (seconds > maxDurationSeconds) return undefined
  return withoutZeros(sign === '-' ? -seconds : seconds, sign === '-' ? -nanos : nanos)
}

/** `"2026-11-21T13:52:00Z"`; undefined outside the years 1 to 9999. */
export function timestampText({ seconds = 0n, nanos = 0 }: Seconds): string | undefined {
  if (seconds < minTimestampSeconds || seconds > maxTimestampSeconds) return undefined
  if (nanos < 0 || nanos > 999_999_999) return undefined
  const ofDay = Number(((seconds % secondsPerDay) + secondsPerDay) % secondsPerDay)
  const days = (seconds - BigInt(ofDay)) / secondsPerDay
  const clock = [ofDay / 3600, (ofDay / 60) % 60, ofDay % 60]
  const time = clock.map((part) => String(Math.floor(part)).padStart(2, '0')).join(':')
  return `${dateText(Number(days))}T${time}${fraction(nanos)}Z`
}

const timestampForm =
  /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):(\d\d))$/

/** The instant of an RFC 3339 text with any offset; undefined if the text is none. */
export function timestampFromText(text: string): Seconds | undefined {
  const match = timestampForm.exec(text)
  if (match === null) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map(Number)
  const days = daysFromDate(year, month, day)
  if (days === undefined || hour > 23 || minute > 59 || second > 59) return undefined
  const [fractionDigits = '', sign, offsetHours, offsetMinutes] = match.slice(7)
  const offset = secondsOf(Number(offsetHours ?? 0), Number(offsetMinutes ?? 0))
  const ofDay = secondsOf(hour, minute) + second
  const seconds = BigInt(days) * secondsPerDay + BigInt(ofDay + (sign === '-' ? offset : -offset))
  if (seconds < minTimestampSeconds || seconds > maxTimestampSeconds) return undefined
  return withoutZeros(seconds, Number(fractionDigits.padEnd(9, '0')))
}

function secondsOf(hours: number, minutes: number): number {
  return (hours * 60 + minutes) * 60
}

function withoutZeros(seconds: bigint, nanos: number): Seconds {
  return { ...(seconds !== 0n && { seconds }), ...(nanos !== 0 && { nanos }) }
}

/** Three, six or nine digits, as few as keep the value. */
function fraction(nanos: number): string {
  if (nanos === 0) return ''
  const digits = String(nanos).padStart(9, '0')
  if (digits.endsWith('000000')) return `.${digits.slice(0, 3)}`
  return digits.endsWith('000') ? `.${digits.slice(0, 6)}` : `.${digits}`
}

// The proleptic Gregorian calendar in eras of 400 years that begin on 1 March, which puts the leap
// day last in its year. https://howardhinnant.github.io/date_algorithms.html

const daysPerEra = 146_097
/** From 1 March of year 0 to 1 January 1970. */
const epochShift = 719_468

function daysFromDate(year: number, month: number, day: number): number | undefined {
  if (month < 1 || month > 12 || day < 1) return undefined
  const shifted = month <= 2 ? year - 1 : year
  const era = Math.floor(shifted / 400)
  const ofEra = shifted - era * 400
  const ofYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1
  const leaps = Math.floor(ofEra / 4) - Math.floor(ofEra / 100)
  const days = era * daysPerEra + ofEra * 365 + leaps + ofYear - epochShift
  const back = dateText(days)
  return Number(back.slice(8)) === day ? days : undefined
}

function dateText(days: number): string {
  const shifted = days + epochShift
  const era = Math.floor(shifted / daysPerEra)
  const ofEra = shifted - era * daysPerEra
  const yearOfEra = Math.floor(
    (ofEra -
      Math.floor(ofEra / 1460) +
      Math.floor(ofEra / 36_524) -
      Math.floor(ofEra / (daysPerEra - 1))) /
      365,
  )
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shiftedMonth = Math.floor((5 * ofYear + 2) / 153)
  const day = ofYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  return [
    String(year).padStart(4, '0'),
    ...[month, day].map((n) => String(n).padStart(2, '0')),
  ].join('-')
}
