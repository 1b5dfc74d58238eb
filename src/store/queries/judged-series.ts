/**
 * What is to be expected of series of counts, by ClickHouse's own functions:
 * https://clickhouse.com/docs/sql-reference/functions/time-series-functions
 *
 * `seriesDecomposeSTL` is not robust: a surge raises what is expected at the same hour of every other period, which then
 * look silent. So the worst outliers are replaced by what was expected, and the rest is decomposed again, a few times: a
 * surge shrinks to a third or less with each pass, and what it did to others with it.
 */
const passes = 3

/** Counts vary by their square root even where nothing happens; series that hardly vary are held to half of that. */
const leastSpread = 0.5

/**
 * SQL that adds to each row of `counted` (one value, with its `counts`): `expected` and `scores`, one number a bucket, and
 * `outliers`, 0 where the fence of Tukey says that a bucket is like the others. `period` is in buckets, and the series
 * have three whole ones at least; undefined for series that are compared with their median.
 */
export const judgedSeries = (counted: string, period: number | undefined): string => {
  const start = `SELECT *, arrayMap(n -> toFloat64(n), counts) AS x, x AS cleaned FROM (${counted})`
  if (period === undefined) {
    const expected = `arrayMap(n -> arrayReduce('medianExact', x), x)`
    return scored(`SELECT *, ${deviations} AS z, arrayMap(n -> 1., x) AS outliers
      FROM (SELECT *, ${expected} AS e FROM (${start}))`)
  }
  let sql = start
  for (let pass = 0; pass < passes; pass++) sql = peeled(judged(sql, period))
  return scored(judged(sql, period))
}

/** In units of what a count varies by. */
const deviations = `arrayMap((n, m) -> (n - m) / sqrt(greatest(m, 1)), x, e)`

// Each step is a query of its own: ClickHouse writes out a name wherever it stands, which would double it with each pass.
const judged = (sql: string, period: number): string => {
  const parts = `SELECT *, seriesDecomposeSTL(cleaned, ${period}) AS parts FROM (${sql})`
  const expected = `SELECT * EXCEPT parts, arrayMap((s, t) -> greatest(0., s + t), parts[1], parts[2]) AS e FROM (${parts})`
  return `SELECT *, seriesOutliersDetectTukey(z) AS outliers FROM (SELECT *, ${deviations} AS z FROM (${expected}))`
}

const peeled = (sql: string): string => {
  const worst = `SELECT *, greatest(arrayMax(arrayMap(o -> abs(o), outliers)) / 2, 0.001) AS worst FROM (${sql})`
  return `SELECT * EXCEPT (cleaned, e, z, outliers, worst),
    arrayMap((c, m, o) -> if(abs(o) > worst, m, c), cleaned, e, outliers) AS cleaned FROM (${worst})`
}

const scored = (sql: string): string => {
  const middle = `SELECT *, arrayReduce('medianExact', z) AS middle FROM (${sql})`
  const spread = `SELECT *, 1.4826 * arrayReduce('medianExact', arrayMap(d -> abs(d - middle), z)) AS mad FROM (${middle})`
  return `SELECT *, arrayMap(m -> round(m, 2), e) AS expected,
    arrayMap(d -> round(d / greatest(mad, ${leastSpread}), 2), z) AS scores FROM (${spread})`
}
