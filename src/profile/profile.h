/** What rows look like: formats of files, and types, shapes and values of columns. What `crisol profile` prints and
 * `crisol init` writes a dataset out of. Always in this process, on the embedded engine. */
#ifndef CRISOL_PROFILE_PROFILE_H
#define CRISOL_PROFILE_PROFILE_H

#include "pipeline/pipeline.h"
#include "summary/summary.h"

/** How files are to be read, as their bytes say. */
struct file_form {
  const char *format;          /* "csv", "json", "jsonl", "parquet" */
  char separator;              /* of CSV, as the next ones */
  char quote, escape, comment; /* '\0': none; an escape of '\0' is the quote */
  bool doubles_quotes;         /* a quote within quotes is written twice */
  bool has_header;             /* of CSV */
  const char *encoding;        /* NULL: UTF-8 */
  const char *records;         /* where JSON's records lie in their document; NULL: documents are records */
  const char **columns;        /* of CSV without a header, or whose header repeats names; NULL: the header's */
  size_t n_columns;
  bool is_blank;       /* the file holds nothing */
  bool has_characters; /* of UTF-8 that are no ASCII */
  bool has_empty_list; /* JSON: one document with a list of nothing, such as an empty page */
  const char *doubt;   /* what is not alike in all files; NULL: nothing */
};

struct column_profile {
  const char *name;        /* as the source has it */
  const char *column;      /* as the dataset may call it: letters, digits and underscores, no two alike */
  const struct type *type; /* what every value can be cast to without loss: int, decimal(12,2), string */
  const char *hint;        /* the pattern of a date or of numbers; NULL: none */
  const char *locale;      /* whose marks and names the texts have; NULL: Spark's own */
  const char *doubt;       /* what is not sure, with its figures; NULL: nothing */
  const char *offer;       /* lines for `standardization` that may be meant; NULL: none */
  bool is_typed;           /* the source itself has the type */
  bool is_private;         /* values are masked, and left out of `facts` */
  struct summary_facts facts;
  uint64_t nulls;
  const char *least, *greatest; /* NULL: there is none */
  const double *quantiles;      /* SUMMARY_QUANTILES of them; NULL: it is no number */
};

struct profile {
  struct file_form form;
  uint64_t n_rows, n_malformed;
  uint64_t n_invalid;    /* of the malformed: no text in the encoding */
  const char *malformed; /* where the first one is and why; NULL: there is none */
  size_t n_files;
  bool is_sample;
  const char *locale; /* of all casts of the dataset; NULL: each has its own */
  struct column_profile *columns;
  size_t n_columns;
  const char **differences; /* of the columns of files, for people */
  size_t n_differences;
};

/** Looks at the source of the dataset of the options; `limit`: at most so many records, 0: all. */
MUST_CHECK bool profile_dataset(struct arena *arena, const struct pipeline_options *options, struct s3 **s3,
                                uint64_t limit, struct profile *ret_profile, struct error *err);
/** The same of files: a path, a pattern or an object's address. Their form is found out first. `options` says where
 * the object store is. */
MUST_CHECK bool profile_files(struct arena *arena, const struct pipeline_options *options, const char *path,
                              struct s3 **s3, uint64_t limit, struct profile *ret_profile, struct error *err);
/** Adds `source:` of a dataset that reads these files. */
void profile_print_source(const struct file_form *form, const char *path, struct text_buffer *out);
/** Writes <id>.yml, <id>_expectations.yml and <id>_schema.json into the directory (with_gold: <id>_database.yml, too);
 * ERROR_CONFIG, and none is written, where one is there. Returns the dataset's path. */
MUST_CHECK bool profile_write(struct arena *arena, const struct profile *profile, const char *path, const char *id,
                              const char *directory, bool with_gold, const char **ret_path, struct error *err);

#endif
