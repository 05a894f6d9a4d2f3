"""The columns of a sweep in four schemes as SQL, in DuckDB.

python in_duckdb.py FILE CHANNELS KERNELS SIZES, each a range FIRST:LAST:STEP. It knows nothing of sepcost;
the benchmark makes sure that it writes the same rows.
"""

from __future__ import annotations

import sys

SQL = """
COPY (
WITH numbers AS (SELECT n FROM {channels} t(n)),
pairs AS (SELECT a.n AS n_i, b.n AS n_o, b.n // gcd(a.n, b.n) AS p, a.n // gcd(a.n, b.n) AS q
          FROM numbers a, numbers b),
squares AS (SELECT n.k, max(s) AS root FROM range(1, 201) n(k), range(1, 15) r(s)
            WHERE n.k % (s * s) = 0 GROUP BY n.k),
parts AS (SELECT n_i, n_o, p, q, a.root AS above, b.root * (q // (b.root * b.root)) AS below,
                 (p // (a.root * a.root)) * (q // (b.root * b.root)) AS inside
          FROM pairs JOIN squares a ON a.k = p JOIN squares b ON b.k = q),
gammas AS (SELECT n_i, n_o, CASE WHEN q = 1 THEN p::VARCHAR ELSE p || '/' || q END AS gamma,
                  CASE WHEN q = 1 THEN p END AS whole,
                  CASE WHEN inside = 1 AND below = 1 THEN above END AS root,
                  CASE WHEN p >= q THEN
                    CASE WHEN inside = 1 THEN above::VARCHAR
                         ELSE CASE WHEN above > 1 THEN above || '*' ELSE '' END
                              || 'sqrt(' || inside || ')' END
                    || CASE WHEN below > 1 THEN '/' || below ELSE '' END END AS root_text
           FROM parts),
layers AS (SELECT g.*, f AS f_r, f AS f_c, l AS l_r, l AS l_c, scheme
           FROM gammas g, {kernels} k(f), {sizes} m(l),
                (VALUES ('standard'), ('separable'), ('generalized'), ('distributed')) s(scheme)),
counted AS (SELECT *, n_o * n_i * f_r * f_c AS standard, l_r * l_c AS positions,
              scheme IN ('generalized', 'distributed') AS follows,
              CASE scheme WHEN 'separable' THEN 1
                          WHEN 'generalized' THEN CASE WHEN n_o >= n_i THEN whole END
                          WHEN 'distributed' THEN CASE WHEN n_o >= n_i THEN root END END AS times
            FROM layers),
weighed AS (SELECT *, CASE scheme WHEN 'standard' THEN 0 ELSE times * n_i END AS inner_map,
              CASE WHEN scheme = 'standard' THEN standard ELSE times * n_i * (n_o + f_r * f_c) END AS weights
            FROM counted),
moved AS (SELECT *, weights * positions AS macs,
            CASE WHEN weights IS NOT NULL THEN (n_i + inner_map) * positions END AS inputs,
            CASE WHEN weights IS NOT NULL THEN (n_o + inner_map) * positions END AS outputs
          FROM weighed)
SELECT n_i, n_o, f_r, f_c, l_r, l_c, '1x1' AS stride, '1x1' AS dilation, 'same' AS padding, false AS bias,
  gamma, scheme,
  NOT follows OR n_o >= n_i AS applicable, weights IS NOT NULL AS realizable,
  CASE scheme WHEN 'separable' THEN '1' WHEN 'generalized' THEN CASE WHEN n_o >= n_i THEN gamma END
     WHEN 'distributed' THEN root_text END AS multiplier,
  weights, macs, standard / weights AS saving_weights, standard * positions / macs AS saving_macs,
  inputs, outputs,
  4 * (inputs + weights + outputs) AS bytes, macs / (4 * (inputs + weights + outputs)) AS intensity
FROM moved
) TO '{path}' (FORMAT parquet, COMPRESSION zstd)
"""


def values(text: str) -> str:
    """Return the whole numbers FIRST:LAST:STEP in SQL."""
    first, last, step = map(int, text.split(":"))
    return f"range({first}, {last + 1}, {step})"


def main(path: str, channels: str, kernels: str, sizes: str) -> None:
    """Write the rows to a Parquet file."""
    import duckdb

    given = {"path": path.replace("'", "''"), "channels": channels, "kernels": kernels, "sizes": sizes}
    duckdb.execute(SQL.format(**given))


if __name__ == "__main__":
    main(sys.argv[1], *map(values, sys.argv[2:]))
