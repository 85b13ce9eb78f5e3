/* What the files of the cases share: cases.c finds and tries them, cases_given.c writes what is given, cases_found.c
 * looks at what came of it, cases_compare.c compares and tells the differences. */
#ifndef CRISOL_PIPELINE_CASES_INTERNAL_H
#define CRISOL_PIPELINE_CASES_INTERNAL_H

#include "base/names.h"
#include "duckdb/database.h"
#include "engine/engine.h"
#include "pipeline/cases.h"

/* A case while it is tried. */
struct trial {
  struct arena *arena; /* the case's own */
  const struct case_file *file;
  const struct test_case *test;
  const struct config *loaded; /* the dataset's, whole */
  const char *place;           /* a directory of the case's own */
  struct name_set *known;      /* by source: the columns that the file's cases name */
  struct config config;        /* of this case: its sources are what is given */
  struct dataset dataset;
  bool *is_model; /* by source: its file is there for its columns only */
  struct database *database;
  struct engine *engine;
  struct plan plan;
  struct run run;
  struct table read; /* id, file, position, fate of the staged rows, before deduplication; where they are asked for */
  bool is_refused;
  struct error refusal;
  struct text_buffer *recorded; /* what has become of the rows is told there, and compared with nothing; NULL: it is */
};

/* cases_given.c: the columns that the rows of all cases name, by source. */
struct name_set *cases_known_columns(struct arena *arena, const struct case_file *file, const struct dataset *dataset);
/* What the renames of a source, then the dataset's, make of a column's name. */
const char *cases_silver_name(const struct dataset *dataset, const struct source_config *source, const char *name);
/* Writes what is given, and makes the configuration of it. */
MUST_CHECK bool cases_give(struct trial *trial, struct error *err);

/* Rows that were found, as texts. */
struct found_column {
  const char *name;
  const struct type *type;
  bool is_json;    /* its text is a JSON value */
  bool is_private; /* people do not see it */
};
struct found {
  const char *what; /* "silver" */
  struct found_column *columns;
  size_t n_columns;
  struct table table;
};

/* cases_found.c: reads the rows of an outcome. */
MUST_CHECK bool cases_find_rows(struct trial *trial, enum case_outcome outcome, struct found *ret_found,
                                struct error *err);
/* Reads the staged rows with their fates. */
MUST_CHECK bool cases_read_fates(struct trial *trial, struct table *ret_fates, struct error *err);
/* As a column of the type shows them: texts as the case has them, into cells of the same number; what is no value of
 * the type is NULL. */
MUST_CHECK bool cases_normalize(struct trial *trial, const struct type *type, const char *const *texts, size_t count,
                                char **ret_texts, struct error *err);

/* cases_compare.c: adds a line for each difference; false where the case could not be compared. */
MUST_CHECK bool cases_compare(struct trial *trial, struct text_buffer *report, struct error *err);
/* cases_rows.c: the same of the rows of an outcome. */
MUST_CHECK bool cases_compare_rows(struct trial *trial, enum case_outcome outcome, struct text_buffer *report,
                                   struct error *err);
/* Adds "orders_test.yml:12:5" and a blank. */
void cases_add_place(struct place place, struct text_buffer *report);

/* cases_compare.c: adds the reasons for which rows fail, as `rules` takes them: "positive": 1, ... */
void cases_add_reasons(const struct trial *trial, struct text_buffer *out);

/* cases_record.c: adds, as YAML, what has become of the rows. */
MUST_CHECK bool cases_record(struct trial *trial, struct text_buffer *out, struct error *err);
/* cases.c: tries the case of a file that ends before what is expected, and adds that. `path` is what it will be called.
 */
MUST_CHECK bool cases_try_for_record(struct arena *arena, const struct pipeline_options *options, const char *path,
                                     struct text_buffer *out, struct error *err);

#endif
