/** Why a pattern is not in the algebra: RE2 refuses it, or it asks for what cannot be said here. Never leaves the package. */
export class PatternFault extends Error {
  override readonly name: string = 'PatternFault'
}
