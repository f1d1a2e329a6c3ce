declare module 'jstat' {
  const jStat: {
    betaln(a: number, b: number): number
    combinationln(n: number, k: number): number
    beta: { inv(p: number, a: number, b: number): number }
    normal: { inv(p: number, mean: number, deviation: number): number }
  }
  export default jStat
}
