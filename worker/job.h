/** What the worker is told to do with its file: JSON, as engine/spark/job.c prints it.
 *
 *   {"version": 1, "format": "csv" | "json",
 *    "options": {"header": true, "separator": ",", ...},           as struct reader_options has them
 *                                                               ("by_position": its names are the fields)
 *    "timezone": "America/Bogota", "zones": "<worker/zones.h>",
 *    "schema": "<the JSON Schema's text>", "schema_name": "x.json",
 *    "fields": ["id", ...],                                        the source's columns, as its files name them
 *    "columns": [{"name": "id", "type": "bigint", "raw_type": "string", "field": 0, "conversion": "cast",
 *                 "is_converted": true, "pattern": "yyyy", "has_iso_fallback": true, "has_cast": true,
 *                 "is_localized": true, "locale": "es_CO", "number_pattern": "#.##0,00", "is_parsed": true,
 *                 "default": "0", "property": 0, "checks_raw": true, "counts_keys": true,
 *                 "keeps_raw": true}, ...]}
 *
 * What is false or null may be left out. */
#ifndef CRISOL_WORKER_JOB_H
#define CRISOL_WORKER_JOB_H

#include "reader/reader.h"
#include "schema/schema.h"
#include "value/datetime_pattern.h"
#include "value/locale.h"

enum { NO_FIELD = -1, CASTS_PER_WORD = 31 };

/** How the text of a column becomes a value of its type. */
enum conversion {
  CONVERT_NOTHING,   /* it is the value */
  CONVERT_CAST,      /* as Spark casts */
  CONVERT_PATTERN,   /* by the pattern of a format hint or of inferSchema */
  CONVERT_INTEGER,   /* an integer of a schema, which may be written 5.0 or 1e2 */
  CONVERT_TIMESTAMP, /* a date-time of a schema, whose letters may be small */
  CONVERT_JSON,      /* a part of JSON */
};

/** A column of the plan. */
struct job_column {
  const char *name;
  const struct type *type, *raw_type;
  int field; /* of the source; NO_FIELD where it has none */
  enum conversion conversion;
  struct datetime_pattern *pattern;
  bool has_iso_fallback;
  const struct localized *localized;       /* how the text is written; NULL: as Spark's casts read it */
  bool is_parsed;                          /* of JSON: a part that is lost counts as a value that became null */
  const char *default_text;                /* NULL: there is none */
  const struct schema_property *property;  /* NULL: there is none */
  bool checks_raw, counts_keys, keeps_raw; /* as in plan/plan.h; keeps_raw: r<i> is given */
  bool has_cast;                           /* a cast names it */
  int cast;                                /* number of its bits in the cast words; -1 where it has none */
};

struct job {
  struct reader_options reader; /* with the source's columns, where files do not name them */
  const char **fields;
  size_t n_fields;
  struct job_column *columns;
  size_t n_columns;
  size_t n_casts;
  const struct timezone *zone;
};

/** Reads a job, which lives as long as `arena`, as does `text`. A job that does not hold what it should is
 * ERROR_DEFECT: crisol wrote it. Takes the job's zones (worker/zones.h). */
MUST_CHECK bool job_read(struct arena *arena, struct text text, struct job *ret_job, struct error *err);

#endif
