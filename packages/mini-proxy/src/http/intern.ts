/**
 * The one string that V8 keeps of these characters, which is also what a literal in the code is: to compare two such takes
 * no look at their characters. It is no piece of a larger text. Costs as much as a look into a table of all strings.
 */
export function intern(text: string): string {
  return Object.keys({ [text]: true })[0] ?? text
}
