-- read, standardize, judge
CREATE OR REPLACE TABLE rows AS
WITH source AS (
  SELECT c0 AS r0,
    c1 AS r1,
    c2 AS r2,
    c3 AS r3,
    c4 AS r4,
    CAST(NULL AS VARCHAR) AS r5,
    CAST(NULL AS VARCHAR) AS r6,
    CAST(_file + 0 AS UINTEGER) AS file, _offset AS position, _line AS line,
    _reason AS reason, _raw AS raw, _raw_length AS raw_length
  FROM crisol_source_0()
  UNION ALL
  SELECT c0 AS r0,
    c1 AS r1,
    c2 AS r2,
    c3 AS r3,
    c4 AS r4,
    c5 AS r5,
    c6 AS r6,
    CAST(_file + 1 AS UINTEGER) AS file, _offset AS position, _line AS line,
    _reason AS reason, _raw AS raw, _raw_length AS raw_length
  FROM crisol_source_1()
  UNION ALL
  SELECT c0 AS r0,
    c1 AS r1,
    CAST(c2 AS VARCHAR) AS r2,
    spark_cast__decimal_10_2__string(c3) AS r3,
    spark_cast__timestamp__string(CASE WHEN b4 = 0 THEN c4 END) AS r4,
    c5 AS r5,
    CAST(NULL AS VARCHAR) AS r6,
    CAST(file_index + 2 AS UINTEGER) AS file, CAST(file_row_number AS UBIGINT) AS position,
    CAST(NULL AS UBIGINT) AS line, CAST(reason AS UTINYINT) AS reason, left(raw, 1048576) AS raw, CAST(strlen(raw) AS UBIGINT) AS raw_length
  FROM (SELECT c0, c1, c2, c3, c4, c5, file_index, file_row_number, coalesce(CASE WHEN coalesce(epoch_us(c4) NOT BETWEEN -9223371800000000000 AND 9223371800000000000, c4 IS NOT NULL) THEN 11 ELSE 0 END, 0) AS b4, greatest(0, b4) AS reason, CASE WHEN greatest(0, b4) <> 0 THEN '{' || concat_ws(', ', CASE WHEN b4 <> 0 THEN '"ordered_at": ' || coalesce(TRY(CAST(epoch_us(c4) AS VARCHAR)), CAST(c4 AS VARCHAR)) END) || '}' END AS raw
    FROM read_parquet(['data/archive.parquet'], hive_partitioning = false) AS t(c0, c1, c2, c3, c4, c5))
), converted AS (
  SELECT r0, r1, r2, r3, r4, r5, r6, file, position, line, reason, raw, raw_length,
    spark_cast__string__int(r2) AS x2,
    spark_cast__string__decimal_10_2(r3) AS x3,
    spark_cast__string__timestamp(r4) AS x4
  FROM source
), valued AS (
  SELECT r2, r3, r4, file, position, line, reason, raw, raw_length,
    r0 AS v0,
    r1 AS v1,
    coalesce(x2, spark_cast__string__int('1')) AS v2,
    x3 AS v3,
    x4 AS v4,
    r5 AS v5,
    r6 AS v6,
    CAST(CASE WHEN x2 IS NULL AND r2 IS NOT NULL THEN 1 ELSE 0 END | CASE WHEN x3 IS NULL AND r3 IS NOT NULL THEN 4 ELSE 0 END | CASE WHEN x4 IS NULL AND r4 IS NOT NULL THEN 16 ELSE 0 END AS BIGINT) AS c0
  FROM converted
), judged AS (
  SELECT *,
    CAST(CASE WHEN ((v1 IS NOT NULL)) IS TRUE THEN 0 ELSE 1 END
      | CASE WHEN ((v3 > CAST('0.00' AS DECIMAL(10,2)))) IS TRUE THEN 0 ELSE 2 END
      | CASE WHEN ((NOT (v1 LIKE 'TEST%' ESCAPE '\'))) IS NOT FALSE THEN 0 ELSE 4 END
      | CASE WHEN ((v5 IS NOT NULL)) IS TRUE THEN 0 ELSE 8 END AS BIGINT) AS w0
  FROM valued
), listed AS (
  SELECT *,
    CAST(NULL AS UBIGINT[]) AS schema
  FROM judged
), decided AS (
  SELECT *,
    CAST(CASE WHEN reason <> 0 THEN 1
      WHEN FALSE THEN 6
      WHEN (c0 & 21) <> 0 THEN 2
      WHEN FALSE THEN 7
      WHEN (w0 & 7) <> 0 THEN CASE WHEN ((w0 & 7) & -(w0 & 7) & 4) <> 0 THEN 4 ELSE 3 END
      WHEN schema IS NOT NULL THEN 5
      ELSE 0 END AS UTINYINT) AS fate
  FROM listed
)
SELECT v0, v1, v2, CASE WHEN fate <> 0 THEN r2 END AS q2, v3, CASE WHEN fate <> 0 THEN r3 END AS q3, v4, CASE WHEN fate <> 0 THEN r4 END AS q4, v5, v6, 
  c0, w0, CASE WHEN fate = 0 THEN spark_cast__timestamp__date(v4) END AS p0, schema, fate, file, position,
  CASE WHEN fate <> 0 THEN line END AS line, reason, raw, raw_length
FROM decided;

-- deduplicate
CREATE OR REPLACE TEMP TABLE losers AS
WITH repeated AS (
  SELECT hash(v0) AS key_hash FROM rows WHERE fate NOT IN (1, 2)
  GROUP BY ALL HAVING count(*) > 1
), ranked AS (
  SELECT rowid AS loser, row_number() OVER (PARTITION BY v0 ORDER BY v4 DESC NULLS LAST, [1, 2, 0][file + 1], position) AS place
  FROM rows WHERE fate NOT IN (1, 2) AND hash(v0) IN (FROM repeated)
)
SELECT loser FROM ranked WHERE place > 1;

-- remove the duplicates
DELETE FROM rows WHERE rowid IN (SELECT loser FROM losers);

-- partitions
CREATE OR REPLACE TABLE partitions AS
SELECT row_number() OVER () - 1 AS id, * FROM (SELECT p0, count(*) AS n_rows FROM rows WHERE fate = 0 GROUP BY ALL ORDER BY ALL);

-- silver
COPY (SELECT v0 AS "order_id", v1 AS "product", v2 AS "quantity", v3 AS "price", v4 AS "ordered_at", v5 AS "customer", v6 AS "coupon", '<run id>' AS _run_id, make_timestamptz(0) AS _ingestion_ts, id AS crisol_partition
  FROM rows JOIN partitions ON rows.p0 IS NOT DISTINCT FROM partitions.p0
  WHERE fate = 0)
TO '<staging>/silver' (FORMAT parquet, COMPRESSION 'snappy', PARTITION_BY (crisol_partition));

-- quarantine
SELECT v0 AS "order_id", v1 AS "product", q2 AS "quantity", q3 AS "price", q4 AS "ordered_at", v5 AS "customer", v6 AS "coupon", CASE fate WHEN 1 THEN ['malformed:' || CASE reason WHEN 1 THEN 'too_few_fields' WHEN 2 THEN 'too_many_fields' WHEN 3 THEN 'unclosed_quote' WHEN 4 THEN 'text_after_quote' WHEN 5 THEN 'invalid_text' WHEN 6 THEN 'invalid_json' WHEN 7 THEN 'not_an_object' WHEN 8 THEN 'too_deep' WHEN 9 THEN 'no_records' WHEN 10 THEN 'map_key' WHEN 11 THEN 'out_of_range' END]
  WHEN 2 THEN list_filter([NULL,
    CASE WHEN (c0 >> 0) & 1 = 1 THEN 'cast:quantity:int' END,
    CASE WHEN (c0 >> 2) & 1 = 1 THEN 'cast:price:decimal(10,2)' END,
    CASE WHEN (c0 >> 4) & 1 = 1 THEN 'cast:ordered_at:timestamp' END], lambda reason: reason IS NOT NULL)
  WHEN 5 THEN list_concat(list_filter([NULL,
    CASE WHEN (w0 & 1) <> 0 THEN 'has_a_product' END,
    CASE WHEN (w0 & 2) <> 0 THEN 'price_is_positive' END,
    CASE WHEN (w0 & 4) <> 0 THEN 'no_tests' END,
    CASE WHEN (w0 & 8) <> 0 THEN 'has_a_customer' END], lambda reason: reason IS NOT NULL), list_filter([NULL], lambda reason: reason IS NOT NULL))
  ELSE list_filter([NULL,
    CASE WHEN (w0 & 1) <> 0 THEN 'has_a_product' END,
    CASE WHEN (w0 & 2) <> 0 THEN 'price_is_positive' END,
    CASE WHEN (w0 & 4) <> 0 THEN 'no_tests' END,
    CASE WHEN (w0 & 8) <> 0 THEN 'has_a_customer' END], lambda reason: reason IS NOT NULL) END AS _failed_rules,
  '<run id>' AS _run_id, make_timestamptz(0) AS _ingestion_ts,
  ['data/till.csv', 'data/web.json', 'data/archive.parquet'][file + 1] AS _source_file, CAST(line AS BIGINT) AS _source_line,
  CAST(position AS BIGINT) AS _source_offset, coalesce(record, raw) AS _raw_record, CAST(coalesce(record_length, raw_length) AS BIGINT) AS _raw_length,
  CASE WHEN record IS NULL THEN NULL WHEN record_form & 1 = 0 THEN 'text' ELSE 'escaped' END AS _raw_form, record_form & 2 <> 0 AS _raw_cut,
  CAST(NULL AS VARCHAR) AS _source_header
FROM rows LEFT JOIN raw_records ON file = record_file AND position = record_position
WHERE fate NOT IN (0, 4);

-- gold
SELECT v0 AS "order_id",
  v1 AS "product",
  v2 AS "quantity",
  v3 AS "price",
  v4 AS "ordered_at",
  v5 AS "customer",
  v6 AS "coupon",
  spark_cast__decimal_21_2__decimal_12_2(spark_decimal_multiply__decimal_10_0__decimal_10_2__decimal_21_2(CAST(v2 AS DECIMAL(10,0)), v3)) AS "total"
FROM (SELECT *, '<run id>' AS run_id, make_timestamptz(0) AS ingestion_ts FROM rows WHERE fate = 0);
