-- read, standardize, judge
CREATE OR REPLACE TABLE rows AS
WITH source AS (
  SELECT c0 AS r0, CAST(k0 | 0 AS UTINYINT) AS k0,
    c1 AS r1, CAST(k1 | 0 AS UTINYINT) AS k1,
    c2 AS r2, CAST(k2 | 0 AS UTINYINT) AS k2,
    c3 AS r3, CAST(k3 | 0 AS UTINYINT) AS k3,
    c4 AS r4, CAST(k4 | 0 AS UTINYINT) AS k4,
    c5 AS r5, CAST(k5 | 0 AS UTINYINT) AS k5,
    c6 AS r6, CAST(k6 | 0 AS UTINYINT) AS k6,
    c7 AS r7, CAST(k7 | 0 AS UTINYINT) AS k7,
    c8 AS r8,
    c9 AS r9, CAST(k9 | 0 AS UTINYINT) AS k9,
    c10 AS r10, CAST(k10 | 0 AS UTINYINT) AS k10,
    CAST(_file + 0 AS UINTEGER) AS file, _offset AS position, _line AS line,
    _reason AS reason, _raw AS raw, _raw_length AS raw_length
  FROM crisol_source_0()
), converted AS (
  SELECT r0, k0, r1, k1, r2, k2, r3, r4, k4, r5, k5, r6, k6, r7, r8, r9, r10, file, position, line, reason, raw, raw_length,
    spark_to_timestamp(r1, 'yyyy-MM-dd''T''HH:mm:ss.SSSZ') AS h1,
    spark_cast__string__int(r4) AS x4,
    spark_cast__string__int(r5) AS x5,
    spark_cast__string__decimal_15_4(r6) AS x6,
    spark_from_json__string__struct_4_636f756e747279_string_63697479_string_6c61746974756465_double_6c6f6e676974756465_double(r9) AS x9,
    spark_from_json__string__map_string_string(r10) AS x10,
    CASE WHEN r3 IS NULL THEN crisol_check__3('UNKNOWN', k3) ELSE crisol_check_raw__3(r3, k3) END AS s3,
    crisol_check_raw__7(r7, k7) AS s7,
    crisol_check_raw__9(r9, k9) AS s9,
    crisol_unknown_keys__9(r9) AS u9,
    crisol_check_raw__10(r10, k10) AS s10
  FROM source
), repaired AS (
  SELECT *,
    coalesce(h1, crisol_iso_timestamp(r1)) AS x1
  FROM converted
), valued AS (
  SELECT k0, r1, k1, k2, r3, s3, r4, k4, r5, k5, r6, k6, s7, r9, s9, u9, r10, s10, file, position, line, reason, raw, raw_length,
    r0 AS v0,
    x1 AS v1,
    r2 AS v2,
    CASE WHEN r3 IS NULL THEN 'UNKNOWN' ELSE r3 END AS v3,
    coalesce(x4, spark_cast__string__int('0')) AS v4,
    coalesce(x5, spark_cast__string__int('1')) AS v5,
    x6 AS v6,
    r7 AS v7,
    r8 AS v8,
    x9 AS v9,
    x10 AS v10,
    CAST(CASE WHEN x1 IS NULL AND r1 IS NOT NULL THEN 1 WHEN h1 IS NULL AND x1 IS NOT NULL THEN 2 ELSE 0 END | CASE WHEN x4 IS NULL AND r4 IS NOT NULL THEN 4 ELSE 0 END | CASE WHEN x5 IS NULL AND r5 IS NOT NULL THEN 16 ELSE 0 END | CASE WHEN x6 IS NULL AND r6 IS NOT NULL THEN 64 ELSE 0 END AS BIGINT) AS c0
  FROM repaired
), judged AS (
  SELECT *,
    crisol_check__0(v0, k0) AS s0,
    crisol_check__1(CAST(v1 AS TIMESTAMP WITH TIME ZONE), k1) AS s1,
    crisol_check__2(v2, k2) AS s2,
    crisol_check__4(CAST(v4 AS BIGINT), k4) AS s4,
    crisol_check__5(CAST(v5 AS BIGINT), k5) AS s5,
    crisol_check__6(CAST(v6 AS DECIMAL(38,4)), k6) AS s6,
    CAST(CASE WHEN (spark_rlike(v0, '^[A-Z0-9]{8}-[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{12}$')) IS TRUE THEN 0 ELSE 1 END
      | CASE WHEN (((CAST(length(v2) AS INTEGER) >= 5) AND (CAST(length(v2) AS INTEGER) <= 50))) IS TRUE THEN 0 ELSE 2 END
      | CASE WHEN ((((v0 IS NOT NULL) AND (v2 IS NOT NULL)) AND (v1 IS NOT NULL))) IS TRUE THEN 0 ELSE 4 END
      | CASE WHEN (((v1 IS NOT NULL) AND (v1 <= coalesce(getvariable('crisol_instant'), current_timestamp)))) IS TRUE THEN 0 ELSE 8 END
      | CASE WHEN (((v4 IS NULL) OR ((v4 >= 0) AND (v4 <= 86400)))) IS TRUE THEN 0 ELSE 16 END
      | CASE WHEN (((v5 IS NULL) OR ((v5 >= 0) AND (v5 <= 1000)))) IS TRUE THEN 0 ELSE 32 END
      | CASE WHEN (((v6 IS NULL) OR ((v6 >= CAST('0.0000' AS DECIMAL(15,4))) AND (v6 <= CAST('100000.0000' AS DECIMAL(15,4)))))) IS TRUE THEN 0 ELSE 64 END
      | CASE WHEN (((v3 <> 'PURCHASE') OR ((v3 = 'PURCHASE') AND (v6 > CAST('0.0000' AS DECIMAL(15,4)))))) IS TRUE THEN 0 ELSE 128 END
      | CASE WHEN (((((v4 IS NULL) OR (v5 IS NULL)) OR ((v4 = 0) AND (v5 <= 1))) OR ((v4 > 0) AND (v5 >= 1)))) IS TRUE THEN 0 ELSE 256 END
      | CASE WHEN (((v3 IS NULL) OR (v3 <> 'SPAM'))) IS TRUE THEN 0 ELSE 512 END
      | CASE WHEN (((v7 IS NULL) OR (v7 IN ('DESKTOP', 'MOBILE', 'TABLET', 'TV', 'UNKNOWN')))) IS TRUE THEN 0 ELSE 1024 END
      | CASE WHEN (((v10 IS NULL) OR ((v10 IS NOT NULL) AND (coalesce(CAST(cardinality(v10) AS INTEGER), -1) > 0)))) IS TRUE THEN 0 ELSE 2048 END
      | CASE WHEN (((v9 IS NULL) OR ((struct_extract(v9, 'country') IS NOT NULL) AND (struct_extract(v9, 'city') IS NOT NULL)))) IS TRUE THEN 0 ELSE 4096 END AS BIGINT) AS w0
  FROM valued
), listed AS (
  SELECT *,
    CASE WHEN (((s0 | s1) | (s2 | (s3 | s4))) | ((s5 | s6) | (s7 | (s9 | s10)))) <> 0 THEN [s0, s1, s2, s3, s4, s5, s6, s7, s9, s10] END AS schema
  FROM judged
), decided AS (
  SELECT *,
    CAST(CASE WHEN reason <> 0 THEN 1
      WHEN FALSE THEN 6
      WHEN FALSE THEN 2
      WHEN FALSE THEN 7
      WHEN (w0 & 1599) <> 0 THEN CASE WHEN ((w0 & 1599) & -(w0 & 1599) & 1584) <> 0 THEN 4 ELSE 3 END
      ELSE 0 END AS UTINYINT) AS fate
  FROM listed
)
SELECT v0, v1, CASE WHEN fate <> 0 THEN r1 END AS q1, v2, v3, CASE WHEN fate <> 0 THEN r3 END AS q3, v4, CASE WHEN fate <> 0 THEN r4 END AS q4, v5, CASE WHEN fate <> 0 THEN r5 END AS q5, v6, CASE WHEN fate <> 0 THEN r6 END AS q6, v7, v8, v9, CASE WHEN fate <> 0 THEN r9 END AS q9, u9, v10, CASE WHEN fate <> 0 THEN r10 END AS q10, 
  c0, w0, CASE WHEN fate = 0 THEN CAST(year(spark_cast__timestamp__date(v1)) AS INTEGER) END AS p0, CASE WHEN fate = 0 THEN CAST(month(spark_cast__timestamp__date(v1)) AS INTEGER) END AS p1, CASE WHEN fate = 0 THEN CAST(day(spark_cast__timestamp__date(v1)) AS INTEGER) END AS p2, schema, fate, file, position,
  CASE WHEN fate <> 0 THEN line END AS line, reason, raw, raw_length
FROM decided;

-- deduplicate
CREATE OR REPLACE TEMP TABLE losers AS
WITH repeated AS (
  SELECT hash(v0, v2, v1) AS key_hash FROM rows WHERE fate NOT IN (1, 2)
  GROUP BY ALL HAVING count(*) > 1
), ranked AS (
  SELECT rowid AS loser, row_number() OVER (PARTITION BY v0, v2, v1 ORDER BY v1 DESC NULLS LAST, v4 DESC NULLS LAST, file, position) AS place
  FROM rows WHERE fate NOT IN (1, 2) AND hash(v0, v2, v1) IN (FROM repeated)
)
SELECT loser FROM ranked WHERE place > 1;

-- remove the duplicates
DELETE FROM rows WHERE rowid IN (SELECT loser FROM losers);

-- partitions
CREATE OR REPLACE TABLE partitions AS
SELECT row_number() OVER () - 1 AS id, * FROM (SELECT p0, p1, p2, count(*) AS n_rows FROM rows WHERE fate = 0 GROUP BY ALL ORDER BY ALL);

-- silver
COPY (SELECT v0 AS "record_id", v1 AS "event_timestamp", v2 AS "customer_id", v3 AS "action_type", v4 AS "session_duration", v5 AS "page_views", v6 AS "conversion_value", v7 AS "device_type", v8 AS "browser_info", v9 AS "geo_location", v10 AS "event_metadata", '<run id>' AS _run_id, make_timestamptz(0) AS _ingestion_ts, id AS crisol_partition
  FROM rows JOIN partitions ON rows.p0 IS NOT DISTINCT FROM partitions.p0 AND rows.p1 IS NOT DISTINCT FROM partitions.p1 AND rows.p2 IS NOT DISTINCT FROM partitions.p2
  WHERE fate = 0)
TO '<staging>/silver' (FORMAT parquet, COMPRESSION 'snappy', PARTITION_BY (crisol_partition));

-- quarantine
SELECT v0 AS "record_id", q1 AS "event_timestamp", v2 AS "customer_id", q3 AS "action_type", q4 AS "session_duration", q5 AS "page_views", q6 AS "conversion_value", v7 AS "device_type", v8 AS "browser_info", q9 AS "geo_location", q10 AS "event_metadata", CASE fate WHEN 1 THEN ['malformed:' || CASE reason WHEN 1 THEN 'too_few_fields' WHEN 2 THEN 'too_many_fields' WHEN 3 THEN 'unclosed_quote' WHEN 4 THEN 'text_after_quote' WHEN 5 THEN 'invalid_text' WHEN 6 THEN 'invalid_json' WHEN 7 THEN 'not_an_object' WHEN 8 THEN 'too_deep' WHEN 9 THEN 'no_records' WHEN 10 THEN 'map_key' WHEN 11 THEN 'out_of_range' END]
  WHEN 2 THEN list_filter([NULL], lambda reason: reason IS NOT NULL)
  WHEN 5 THEN list_concat(list_filter([NULL,
    CASE WHEN (w0 & 1) <> 0 THEN 'record_id_uuid_format' END,
    CASE WHEN (w0 & 2) <> 0 THEN 'customer_id_length' END,
    CASE WHEN (w0 & 4) <> 0 THEN 'required_fields_present' END,
    CASE WHEN (w0 & 8) <> 0 THEN 'timestamp_validity' END,
    CASE WHEN (w0 & 16) <> 0 THEN 'session_duration_logical' END,
    CASE WHEN (w0 & 32) <> 0 THEN 'page_views_logical' END,
    CASE WHEN (w0 & 64) <> 0 THEN 'conversion_value_range' END,
    CASE WHEN (w0 & 128) <> 0 THEN 'purchase_conversion_consistency' END,
    CASE WHEN (w0 & 256) <> 0 THEN 'session_page_views_consistency' END,
    CASE WHEN (w0 & 512) <> 0 THEN 'no_spam_actions' END,
    CASE WHEN (w0 & 1024) <> 0 THEN 'device_type_whitelist' END,
    CASE WHEN (w0 & 2048) <> 0 THEN 'event_metadata_structure' END,
    CASE WHEN (w0 & 4096) <> 0 THEN 'geo_location_completeness' END], lambda reason: reason IS NOT NULL), list_filter([NULL,
    CASE WHEN schema[1] & 1 <> 0 THEN 'schema:record_id:type' END,
    CASE WHEN schema[1] & 2 <> 0 THEN 'schema:record_id:required' END,
    CASE WHEN schema[1] & 4 <> 0 THEN 'schema:record_id:properties' END,
    CASE WHEN schema[1] & 8 <> 0 THEN 'schema:record_id:additionalProperties' END,
    CASE WHEN schema[1] & 16 <> 0 THEN 'schema:record_id:items' END,
    CASE WHEN schema[1] & 32 <> 0 THEN 'schema:record_id:pattern' END,
    CASE WHEN schema[1] & 64 <> 0 THEN 'schema:record_id:format' END,
    CASE WHEN schema[1] & 128 <> 0 THEN 'schema:record_id:minimum' END,
    CASE WHEN schema[1] & 256 <> 0 THEN 'schema:record_id:maximum' END,
    CASE WHEN schema[1] & 512 <> 0 THEN 'schema:record_id:exclusiveMinimum' END,
    CASE WHEN schema[1] & 1024 <> 0 THEN 'schema:record_id:exclusiveMaximum' END,
    CASE WHEN schema[1] & 2048 <> 0 THEN 'schema:record_id:multipleOf' END,
    CASE WHEN schema[1] & 4096 <> 0 THEN 'schema:record_id:minLength' END,
    CASE WHEN schema[1] & 8192 <> 0 THEN 'schema:record_id:maxLength' END,
    CASE WHEN schema[1] & 16384 <> 0 THEN 'schema:record_id:enum' END,
    CASE WHEN schema[1] & 32768 <> 0 THEN 'schema:record_id:const' END,
    CASE WHEN schema[1] & 65536 <> 0 THEN 'schema:record_id:minItems' END,
    CASE WHEN schema[1] & 131072 <> 0 THEN 'schema:record_id:maxItems' END,
    CASE WHEN schema[1] & 262144 <> 0 THEN 'schema:record_id:uniqueItems' END,
    CASE WHEN schema[1] & 524288 <> 0 THEN 'schema:record_id:$ref' END,
    CASE WHEN schema[1] & 1048576 <> 0 THEN 'schema:record_id:allOf' END,
    CASE WHEN schema[1] & 2097152 <> 0 THEN 'schema:record_id:anyOf' END,
    CASE WHEN schema[1] & 4194304 <> 0 THEN 'schema:record_id:oneOf' END,
    CASE WHEN schema[1] & 8388608 <> 0 THEN 'schema:record_id:not' END,
    CASE WHEN schema[1] & 16777216 <> 0 THEN 'schema:record_id:if' END,
    CASE WHEN schema[2] & 1 <> 0 THEN 'schema:event_timestamp:type' END,
    CASE WHEN schema[2] & 2 <> 0 THEN 'schema:event_timestamp:required' END,
    CASE WHEN schema[2] & 4 <> 0 THEN 'schema:event_timestamp:properties' END,
    CASE WHEN schema[2] & 8 <> 0 THEN 'schema:event_timestamp:additionalProperties' END,
    CASE WHEN schema[2] & 16 <> 0 THEN 'schema:event_timestamp:items' END,
    CASE WHEN schema[2] & 32 <> 0 THEN 'schema:event_timestamp:pattern' END,
    CASE WHEN schema[2] & 64 <> 0 THEN 'schema:event_timestamp:format' END,
    CASE WHEN schema[2] & 128 <> 0 THEN 'schema:event_timestamp:minimum' END,
    CASE WHEN schema[2] & 256 <> 0 THEN 'schema:event_timestamp:maximum' END,
    CASE WHEN schema[2] & 512 <> 0 THEN 'schema:event_timestamp:exclusiveMinimum' END,
    CASE WHEN schema[2] & 1024 <> 0 THEN 'schema:event_timestamp:exclusiveMaximum' END,
    CASE WHEN schema[2] & 2048 <> 0 THEN 'schema:event_timestamp:multipleOf' END,
    CASE WHEN schema[2] & 4096 <> 0 THEN 'schema:event_timestamp:minLength' END,
    CASE WHEN schema[2] & 8192 <> 0 THEN 'schema:event_timestamp:maxLength' END,
    CASE WHEN schema[2] & 16384 <> 0 THEN 'schema:event_timestamp:enum' END,
    CASE WHEN schema[2] & 32768 <> 0 THEN 'schema:event_timestamp:const' END,
    CASE WHEN schema[2] & 65536 <> 0 THEN 'schema:event_timestamp:minItems' END,
    CASE WHEN schema[2] & 131072 <> 0 THEN 'schema:event_timestamp:maxItems' END,
    CASE WHEN schema[2] & 262144 <> 0 THEN 'schema:event_timestamp:uniqueItems' END,
    CASE WHEN schema[2] & 524288 <> 0 THEN 'schema:event_timestamp:$ref' END,
    CASE WHEN schema[2] & 1048576 <> 0 THEN 'schema:event_timestamp:allOf' END,
    CASE WHEN schema[2] & 2097152 <> 0 THEN 'schema:event_timestamp:anyOf' END,
    CASE WHEN schema[2] & 4194304 <> 0 THEN 'schema:event_timestamp:oneOf' END,
    CASE WHEN schema[2] & 8388608 <> 0 THEN 'schema:event_timestamp:not' END,
    CASE WHEN schema[2] & 16777216 <> 0 THEN 'schema:event_timestamp:if' END,
    CASE WHEN schema[3] & 1 <> 0 THEN 'schema:customer_id:type' END,
    CASE WHEN schema[3] & 2 <> 0 THEN 'schema:customer_id:required' END,
    CASE WHEN schema[3] & 4 <> 0 THEN 'schema:customer_id:properties' END,
    CASE WHEN schema[3] & 8 <> 0 THEN 'schema:customer_id:additionalProperties' END,
    CASE WHEN schema[3] & 16 <> 0 THEN 'schema:customer_id:items' END,
    CASE WHEN schema[3] & 32 <> 0 THEN 'schema:customer_id:pattern' END,
    CASE WHEN schema[3] & 64 <> 0 THEN 'schema:customer_id:format' END,
    CASE WHEN schema[3] & 128 <> 0 THEN 'schema:customer_id:minimum' END,
    CASE WHEN schema[3] & 256 <> 0 THEN 'schema:customer_id:maximum' END,
    CASE WHEN schema[3] & 512 <> 0 THEN 'schema:customer_id:exclusiveMinimum' END,
    CASE WHEN schema[3] & 1024 <> 0 THEN 'schema:customer_id:exclusiveMaximum' END,
    CASE WHEN schema[3] & 2048 <> 0 THEN 'schema:customer_id:multipleOf' END,
    CASE WHEN schema[3] & 4096 <> 0 THEN 'schema:customer_id:minLength' END,
    CASE WHEN schema[3] & 8192 <> 0 THEN 'schema:customer_id:maxLength' END,
    CASE WHEN schema[3] & 16384 <> 0 THEN 'schema:customer_id:enum' END,
    CASE WHEN schema[3] & 32768 <> 0 THEN 'schema:customer_id:const' END,
    CASE WHEN schema[3] & 65536 <> 0 THEN 'schema:customer_id:minItems' END,
    CASE WHEN schema[3] & 131072 <> 0 THEN 'schema:customer_id:maxItems' END,
    CASE WHEN schema[3] & 262144 <> 0 THEN 'schema:customer_id:uniqueItems' END,
    CASE WHEN schema[3] & 524288 <> 0 THEN 'schema:customer_id:$ref' END,
    CASE WHEN schema[3] & 1048576 <> 0 THEN 'schema:customer_id:allOf' END,
    CASE WHEN schema[3] & 2097152 <> 0 THEN 'schema:customer_id:anyOf' END,
    CASE WHEN schema[3] & 4194304 <> 0 THEN 'schema:customer_id:oneOf' END,
    CASE WHEN schema[3] & 8388608 <> 0 THEN 'schema:customer_id:not' END,
    CASE WHEN schema[3] & 16777216 <> 0 THEN 'schema:customer_id:if' END,
    CASE WHEN schema[4] & 1 <> 0 THEN 'schema:action_type:type' END,
    CASE WHEN schema[4] & 2 <> 0 THEN 'schema:action_type:required' END,
    CASE WHEN schema[4] & 4 <> 0 THEN 'schema:action_type:properties' END,
    CASE WHEN schema[4] & 8 <> 0 THEN 'schema:action_type:additionalProperties' END,
    CASE WHEN schema[4] & 16 <> 0 THEN 'schema:action_type:items' END,
    CASE WHEN schema[4] & 32 <> 0 THEN 'schema:action_type:pattern' END,
    CASE WHEN schema[4] & 64 <> 0 THEN 'schema:action_type:format' END,
    CASE WHEN schema[4] & 128 <> 0 THEN 'schema:action_type:minimum' END,
    CASE WHEN schema[4] & 256 <> 0 THEN 'schema:action_type:maximum' END,
    CASE WHEN schema[4] & 512 <> 0 THEN 'schema:action_type:exclusiveMinimum' END,
    CASE WHEN schema[4] & 1024 <> 0 THEN 'schema:action_type:exclusiveMaximum' END,
    CASE WHEN schema[4] & 2048 <> 0 THEN 'schema:action_type:multipleOf' END,
    CASE WHEN schema[4] & 4096 <> 0 THEN 'schema:action_type:minLength' END,
    CASE WHEN schema[4] & 8192 <> 0 THEN 'schema:action_type:maxLength' END,
    CASE WHEN schema[4] & 16384 <> 0 THEN 'schema:action_type:enum' END,
    CASE WHEN schema[4] & 32768 <> 0 THEN 'schema:action_type:const' END,
    CASE WHEN schema[4] & 65536 <> 0 THEN 'schema:action_type:minItems' END,
    CASE WHEN schema[4] & 131072 <> 0 THEN 'schema:action_type:maxItems' END,
    CASE WHEN schema[4] & 262144 <> 0 THEN 'schema:action_type:uniqueItems' END,
    CASE WHEN schema[4] & 524288 <> 0 THEN 'schema:action_type:$ref' END,
    CASE WHEN schema[4] & 1048576 <> 0 THEN 'schema:action_type:allOf' END,
    CASE WHEN schema[4] & 2097152 <> 0 THEN 'schema:action_type:anyOf' END,
    CASE WHEN schema[4] & 4194304 <> 0 THEN 'schema:action_type:oneOf' END,
    CASE WHEN schema[4] & 8388608 <> 0 THEN 'schema:action_type:not' END,
    CASE WHEN schema[4] & 16777216 <> 0 THEN 'schema:action_type:if' END,
    CASE WHEN schema[5] & 1 <> 0 THEN 'schema:session_duration:type' END,
    CASE WHEN schema[5] & 2 <> 0 THEN 'schema:session_duration:required' END,
    CASE WHEN schema[5] & 4 <> 0 THEN 'schema:session_duration:properties' END,
    CASE WHEN schema[5] & 8 <> 0 THEN 'schema:session_duration:additionalProperties' END,
    CASE WHEN schema[5] & 16 <> 0 THEN 'schema:session_duration:items' END,
    CASE WHEN schema[5] & 32 <> 0 THEN 'schema:session_duration:pattern' END,
    CASE WHEN schema[5] & 64 <> 0 THEN 'schema:session_duration:format' END,
    CASE WHEN schema[5] & 128 <> 0 THEN 'schema:session_duration:minimum' END,
    CASE WHEN schema[5] & 256 <> 0 THEN 'schema:session_duration:maximum' END,
    CASE WHEN schema[5] & 512 <> 0 THEN 'schema:session_duration:exclusiveMinimum' END,
    CASE WHEN schema[5] & 1024 <> 0 THEN 'schema:session_duration:exclusiveMaximum' END,
    CASE WHEN schema[5] & 2048 <> 0 THEN 'schema:session_duration:multipleOf' END,
    CASE WHEN schema[5] & 4096 <> 0 THEN 'schema:session_duration:minLength' END,
    CASE WHEN schema[5] & 8192 <> 0 THEN 'schema:session_duration:maxLength' END,
    CASE WHEN schema[5] & 16384 <> 0 THEN 'schema:session_duration:enum' END,
    CASE WHEN schema[5] & 32768 <> 0 THEN 'schema:session_duration:const' END,
    CASE WHEN schema[5] & 65536 <> 0 THEN 'schema:session_duration:minItems' END,
    CASE WHEN schema[5] & 131072 <> 0 THEN 'schema:session_duration:maxItems' END,
    CASE WHEN schema[5] & 262144 <> 0 THEN 'schema:session_duration:uniqueItems' END,
    CASE WHEN schema[5] & 524288 <> 0 THEN 'schema:session_duration:$ref' END,
    CASE WHEN schema[5] & 1048576 <> 0 THEN 'schema:session_duration:allOf' END,
    CASE WHEN schema[5] & 2097152 <> 0 THEN 'schema:session_duration:anyOf' END,
    CASE WHEN schema[5] & 4194304 <> 0 THEN 'schema:session_duration:oneOf' END,
    CASE WHEN schema[5] & 8388608 <> 0 THEN 'schema:session_duration:not' END,
    CASE WHEN schema[5] & 16777216 <> 0 THEN 'schema:session_duration:if' END,
    CASE WHEN schema[6] & 1 <> 0 THEN 'schema:page_views:type' END,
    CASE WHEN schema[6] & 2 <> 0 THEN 'schema:page_views:required' END,
    CASE WHEN schema[6] & 4 <> 0 THEN 'schema:page_views:properties' END,
    CASE WHEN schema[6] & 8 <> 0 THEN 'schema:page_views:additionalProperties' END,
    CASE WHEN schema[6] & 16 <> 0 THEN 'schema:page_views:items' END,
    CASE WHEN schema[6] & 32 <> 0 THEN 'schema:page_views:pattern' END,
    CASE WHEN schema[6] & 64 <> 0 THEN 'schema:page_views:format' END,
    CASE WHEN schema[6] & 128 <> 0 THEN 'schema:page_views:minimum' END,
    CASE WHEN schema[6] & 256 <> 0 THEN 'schema:page_views:maximum' END,
    CASE WHEN schema[6] & 512 <> 0 THEN 'schema:page_views:exclusiveMinimum' END,
    CASE WHEN schema[6] & 1024 <> 0 THEN 'schema:page_views:exclusiveMaximum' END,
    CASE WHEN schema[6] & 2048 <> 0 THEN 'schema:page_views:multipleOf' END,
    CASE WHEN schema[6] & 4096 <> 0 THEN 'schema:page_views:minLength' END,
    CASE WHEN schema[6] & 8192 <> 0 THEN 'schema:page_views:maxLength' END,
    CASE WHEN schema[6] & 16384 <> 0 THEN 'schema:page_views:enum' END,
    CASE WHEN schema[6] & 32768 <> 0 THEN 'schema:page_views:const' END,
    CASE WHEN schema[6] & 65536 <> 0 THEN 'schema:page_views:minItems' END,
    CASE WHEN schema[6] & 131072 <> 0 THEN 'schema:page_views:maxItems' END,
    CASE WHEN schema[6] & 262144 <> 0 THEN 'schema:page_views:uniqueItems' END,
    CASE WHEN schema[6] & 524288 <> 0 THEN 'schema:page_views:$ref' END,
    CASE WHEN schema[6] & 1048576 <> 0 THEN 'schema:page_views:allOf' END,
    CASE WHEN schema[6] & 2097152 <> 0 THEN 'schema:page_views:anyOf' END,
    CASE WHEN schema[6] & 4194304 <> 0 THEN 'schema:page_views:oneOf' END,
    CASE WHEN schema[6] & 8388608 <> 0 THEN 'schema:page_views:not' END,
    CASE WHEN schema[6] & 16777216 <> 0 THEN 'schema:page_views:if' END,
    CASE WHEN schema[7] & 1 <> 0 THEN 'schema:conversion_value:type' END,
    CASE WHEN schema[7] & 2 <> 0 THEN 'schema:conversion_value:required' END,
    CASE WHEN schema[7] & 4 <> 0 THEN 'schema:conversion_value:properties' END,
    CASE WHEN schema[7] & 8 <> 0 THEN 'schema:conversion_value:additionalProperties' END,
    CASE WHEN schema[7] & 16 <> 0 THEN 'schema:conversion_value:items' END,
    CASE WHEN schema[7] & 32 <> 0 THEN 'schema:conversion_value:pattern' END,
    CASE WHEN schema[7] & 64 <> 0 THEN 'schema:conversion_value:format' END,
    CASE WHEN schema[7] & 128 <> 0 THEN 'schema:conversion_value:minimum' END,
    CASE WHEN schema[7] & 256 <> 0 THEN 'schema:conversion_value:maximum' END,
    CASE WHEN schema[7] & 512 <> 0 THEN 'schema:conversion_value:exclusiveMinimum' END,
    CASE WHEN schema[7] & 1024 <> 0 THEN 'schema:conversion_value:exclusiveMaximum' END,
    CASE WHEN schema[7] & 2048 <> 0 THEN 'schema:conversion_value:multipleOf' END,
    CASE WHEN schema[7] & 4096 <> 0 THEN 'schema:conversion_value:minLength' END,
    CASE WHEN schema[7] & 8192 <> 0 THEN 'schema:conversion_value:maxLength' END,
    CASE WHEN schema[7] & 16384 <> 0 THEN 'schema:conversion_value:enum' END,
    CASE WHEN schema[7] & 32768 <> 0 THEN 'schema:conversion_value:const' END,
    CASE WHEN schema[7] & 65536 <> 0 THEN 'schema:conversion_value:minItems' END,
    CASE WHEN schema[7] & 131072 <> 0 THEN 'schema:conversion_value:maxItems' END,
    CASE WHEN schema[7] & 262144 <> 0 THEN 'schema:conversion_value:uniqueItems' END,
    CASE WHEN schema[7] & 524288 <> 0 THEN 'schema:conversion_value:$ref' END,
    CASE WHEN schema[7] & 1048576 <> 0 THEN 'schema:conversion_value:allOf' END,
    CASE WHEN schema[7] & 2097152 <> 0 THEN 'schema:conversion_value:anyOf' END,
    CASE WHEN schema[7] & 4194304 <> 0 THEN 'schema:conversion_value:oneOf' END,
    CASE WHEN schema[7] & 8388608 <> 0 THEN 'schema:conversion_value:not' END,
    CASE WHEN schema[7] & 16777216 <> 0 THEN 'schema:conversion_value:if' END,
    CASE WHEN schema[8] & 1 <> 0 THEN 'schema:device_type:type' END,
    CASE WHEN schema[8] & 2 <> 0 THEN 'schema:device_type:required' END,
    CASE WHEN schema[8] & 4 <> 0 THEN 'schema:device_type:properties' END,
    CASE WHEN schema[8] & 8 <> 0 THEN 'schema:device_type:additionalProperties' END,
    CASE WHEN schema[8] & 16 <> 0 THEN 'schema:device_type:items' END,
    CASE WHEN schema[8] & 32 <> 0 THEN 'schema:device_type:pattern' END,
    CASE WHEN schema[8] & 64 <> 0 THEN 'schema:device_type:format' END,
    CASE WHEN schema[8] & 128 <> 0 THEN 'schema:device_type:minimum' END,
    CASE WHEN schema[8] & 256 <> 0 THEN 'schema:device_type:maximum' END,
    CASE WHEN schema[8] & 512 <> 0 THEN 'schema:device_type:exclusiveMinimum' END,
    CASE WHEN schema[8] & 1024 <> 0 THEN 'schema:device_type:exclusiveMaximum' END,
    CASE WHEN schema[8] & 2048 <> 0 THEN 'schema:device_type:multipleOf' END,
    CASE WHEN schema[8] & 4096 <> 0 THEN 'schema:device_type:minLength' END,
    CASE WHEN schema[8] & 8192 <> 0 THEN 'schema:device_type:maxLength' END,
    CASE WHEN schema[8] & 16384 <> 0 THEN 'schema:device_type:enum' END,
    CASE WHEN schema[8] & 32768 <> 0 THEN 'schema:device_type:const' END,
    CASE WHEN schema[8] & 65536 <> 0 THEN 'schema:device_type:minItems' END,
    CASE WHEN schema[8] & 131072 <> 0 THEN 'schema:device_type:maxItems' END,
    CASE WHEN schema[8] & 262144 <> 0 THEN 'schema:device_type:uniqueItems' END,
    CASE WHEN schema[8] & 524288 <> 0 THEN 'schema:device_type:$ref' END,
    CASE WHEN schema[8] & 1048576 <> 0 THEN 'schema:device_type:allOf' END,
    CASE WHEN schema[8] & 2097152 <> 0 THEN 'schema:device_type:anyOf' END,
    CASE WHEN schema[8] & 4194304 <> 0 THEN 'schema:device_type:oneOf' END,
    CASE WHEN schema[8] & 8388608 <> 0 THEN 'schema:device_type:not' END,
    CASE WHEN schema[8] & 16777216 <> 0 THEN 'schema:device_type:if' END,
    CASE WHEN schema[9] & 1 <> 0 THEN 'schema:geo_location:type' END,
    CASE WHEN schema[9] & 2 <> 0 THEN 'schema:geo_location:required' END,
    CASE WHEN schema[9] & 4 <> 0 THEN 'schema:geo_location:properties' END,
    CASE WHEN schema[9] & 8 <> 0 THEN 'schema:geo_location:additionalProperties' END,
    CASE WHEN schema[9] & 16 <> 0 THEN 'schema:geo_location:items' END,
    CASE WHEN schema[9] & 32 <> 0 THEN 'schema:geo_location:pattern' END,
    CASE WHEN schema[9] & 64 <> 0 THEN 'schema:geo_location:format' END,
    CASE WHEN schema[9] & 128 <> 0 THEN 'schema:geo_location:minimum' END,
    CASE WHEN schema[9] & 256 <> 0 THEN 'schema:geo_location:maximum' END,
    CASE WHEN schema[9] & 512 <> 0 THEN 'schema:geo_location:exclusiveMinimum' END,
    CASE WHEN schema[9] & 1024 <> 0 THEN 'schema:geo_location:exclusiveMaximum' END,
    CASE WHEN schema[9] & 2048 <> 0 THEN 'schema:geo_location:multipleOf' END,
    CASE WHEN schema[9] & 4096 <> 0 THEN 'schema:geo_location:minLength' END,
    CASE WHEN schema[9] & 8192 <> 0 THEN 'schema:geo_location:maxLength' END,
    CASE WHEN schema[9] & 16384 <> 0 THEN 'schema:geo_location:enum' END,
    CASE WHEN schema[9] & 32768 <> 0 THEN 'schema:geo_location:const' END,
    CASE WHEN schema[9] & 65536 <> 0 THEN 'schema:geo_location:minItems' END,
    CASE WHEN schema[9] & 131072 <> 0 THEN 'schema:geo_location:maxItems' END,
    CASE WHEN schema[9] & 262144 <> 0 THEN 'schema:geo_location:uniqueItems' END,
    CASE WHEN schema[9] & 524288 <> 0 THEN 'schema:geo_location:$ref' END,
    CASE WHEN schema[9] & 1048576 <> 0 THEN 'schema:geo_location:allOf' END,
    CASE WHEN schema[9] & 2097152 <> 0 THEN 'schema:geo_location:anyOf' END,
    CASE WHEN schema[9] & 4194304 <> 0 THEN 'schema:geo_location:oneOf' END,
    CASE WHEN schema[9] & 8388608 <> 0 THEN 'schema:geo_location:not' END,
    CASE WHEN schema[9] & 16777216 <> 0 THEN 'schema:geo_location:if' END,
    CASE WHEN schema[10] & 1 <> 0 THEN 'schema:event_metadata:type' END,
    CASE WHEN schema[10] & 2 <> 0 THEN 'schema:event_metadata:required' END,
    CASE WHEN schema[10] & 4 <> 0 THEN 'schema:event_metadata:properties' END,
    CASE WHEN schema[10] & 8 <> 0 THEN 'schema:event_metadata:additionalProperties' END,
    CASE WHEN schema[10] & 16 <> 0 THEN 'schema:event_metadata:items' END,
    CASE WHEN schema[10] & 32 <> 0 THEN 'schema:event_metadata:pattern' END,
    CASE WHEN schema[10] & 64 <> 0 THEN 'schema:event_metadata:format' END,
    CASE WHEN schema[10] & 128 <> 0 THEN 'schema:event_metadata:minimum' END,
    CASE WHEN schema[10] & 256 <> 0 THEN 'schema:event_metadata:maximum' END,
    CASE WHEN schema[10] & 512 <> 0 THEN 'schema:event_metadata:exclusiveMinimum' END,
    CASE WHEN schema[10] & 1024 <> 0 THEN 'schema:event_metadata:exclusiveMaximum' END,
    CASE WHEN schema[10] & 2048 <> 0 THEN 'schema:event_metadata:multipleOf' END,
    CASE WHEN schema[10] & 4096 <> 0 THEN 'schema:event_metadata:minLength' END,
    CASE WHEN schema[10] & 8192 <> 0 THEN 'schema:event_metadata:maxLength' END,
    CASE WHEN schema[10] & 16384 <> 0 THEN 'schema:event_metadata:enum' END,
    CASE WHEN schema[10] & 32768 <> 0 THEN 'schema:event_metadata:const' END,
    CASE WHEN schema[10] & 65536 <> 0 THEN 'schema:event_metadata:minItems' END,
    CASE WHEN schema[10] & 131072 <> 0 THEN 'schema:event_metadata:maxItems' END,
    CASE WHEN schema[10] & 262144 <> 0 THEN 'schema:event_metadata:uniqueItems' END,
    CASE WHEN schema[10] & 524288 <> 0 THEN 'schema:event_metadata:$ref' END,
    CASE WHEN schema[10] & 1048576 <> 0 THEN 'schema:event_metadata:allOf' END,
    CASE WHEN schema[10] & 2097152 <> 0 THEN 'schema:event_metadata:anyOf' END,
    CASE WHEN schema[10] & 4194304 <> 0 THEN 'schema:event_metadata:oneOf' END,
    CASE WHEN schema[10] & 8388608 <> 0 THEN 'schema:event_metadata:not' END,
    CASE WHEN schema[10] & 16777216 <> 0 THEN 'schema:event_metadata:if' END], lambda reason: reason IS NOT NULL))
  ELSE list_filter([NULL,
    CASE WHEN (w0 & 1) <> 0 THEN 'record_id_uuid_format' END,
    CASE WHEN (w0 & 2) <> 0 THEN 'customer_id_length' END,
    CASE WHEN (w0 & 4) <> 0 THEN 'required_fields_present' END,
    CASE WHEN (w0 & 8) <> 0 THEN 'timestamp_validity' END,
    CASE WHEN (w0 & 16) <> 0 THEN 'session_duration_logical' END,
    CASE WHEN (w0 & 32) <> 0 THEN 'page_views_logical' END,
    CASE WHEN (w0 & 64) <> 0 THEN 'conversion_value_range' END,
    CASE WHEN (w0 & 128) <> 0 THEN 'purchase_conversion_consistency' END,
    CASE WHEN (w0 & 256) <> 0 THEN 'session_page_views_consistency' END,
    CASE WHEN (w0 & 512) <> 0 THEN 'no_spam_actions' END,
    CASE WHEN (w0 & 1024) <> 0 THEN 'device_type_whitelist' END,
    CASE WHEN (w0 & 2048) <> 0 THEN 'event_metadata_structure' END,
    CASE WHEN (w0 & 4096) <> 0 THEN 'geo_location_completeness' END], lambda reason: reason IS NOT NULL) END AS _failed_rules,
  '<run id>' AS _run_id, make_timestamptz(0) AS _ingestion_ts,
  ['./lake/raw/casos-uso/multi-format/events_batch_001.json'][file + 1] AS _source_file, CAST(line AS BIGINT) AS _source_line,
  CAST(position AS BIGINT) AS _source_offset, coalesce(record, raw) AS _raw_record, CAST(coalesce(record_length, raw_length) AS BIGINT) AS _raw_length,
  CASE WHEN record IS NULL THEN NULL WHEN record_form & 1 = 0 THEN 'text' ELSE 'escaped' END AS _raw_form, record_form & 2 <> 0 AS _raw_cut,
  CAST(NULL AS VARCHAR) AS _source_header
FROM rows LEFT JOIN raw_records ON file = record_file AND position = record_position
WHERE fate NOT IN (0, 4);

-- gold
SELECT v0 AS "record_id",
  v1 AS "event_timestamp",
  v2 AS "customer_id",
  v3 AS "action_type",
  v4 AS "session_duration",
  v5 AS "page_views",
  v6 AS "conversion_value",
  v7 AS "device_type",
  v8 AS "browser_info",
  v9 AS "geo_location",
  'v2.1.0' AS "pipeline_version",
  spark_cast__string__decimal_18_1('95.5') AS "data_quality_score",
  coalesce(getvariable('crisol_instant'), current_timestamp) AS "processing_timestamp"
FROM (SELECT *, '<run id>' AS run_id, make_timestamptz(0) AS ingestion_ts FROM rows WHERE fate = 0)
WHERE ((v0 IS NOT NULL)) IS TRUE
  AND ((v2 IS NOT NULL)) IS TRUE
  AND ((v3 <> 'SPAM')) IS TRUE
  AND ((v4 >= 0)) IS TRUE
  AND ((v5 > 0)) IS TRUE;
