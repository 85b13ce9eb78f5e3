/** A dataset and what belongs to it (expectations, schema, env.yml, database.yml) as typed structs. Each value
 * remembers where it was written. Filled by config_load; immutable afterwards; lives in the caller's arena. */
#ifndef CRISOL_CONFIG_DATASET_H
#define CRISOL_CONFIG_DATASET_H

#include "expr/expr.h"
#include "schema/schema.h"
#include "store/s3.h"
#include "value/locale.h"
#include "value/type.h"

/** A string with its place; `value` is NULL where the key was absent and has no default. */
struct config_text {
  const char *value;
  struct place place;
};

struct config_list {
  struct config_text *items;
  size_t count;
};

enum source_format { SOURCE_CSV, SOURCE_JSON, SOURCE_JSONL, SOURCE_PARQUET };
enum read_mode { READ_PERMISSIVE, READ_DROPMALFORMED, READ_FAILFAST };
enum on_changed { ON_CHANGED_FAIL, ON_CHANGED_APPEND, ON_CHANGED_SKIP };
enum on_error { ON_ERROR_FAIL, ON_ERROR_NULL, ON_ERROR_SKIP, ON_ERROR_QUARANTINE };
enum on_fail { ON_FAIL_QUARANTINE, ON_FAIL_DROP, ON_FAIL_WARN, ON_FAIL_FAIL };
enum schema_mode { SCHEMA_STRICT, SCHEMA_FLEXIBLE };
enum silver_mode { SILVER_OVERWRITE_DYNAMIC, SILVER_APPEND, SILVER_OVERWRITE };
enum gold_mode { GOLD_FOLLOW, GOLD_APPEND, GOLD_OVERWRITE, GOLD_UPSERT };

struct config_rename {
  struct config_text from, to;
};

struct source_options {
  bool header, infer_schema, multi_line;
  struct config_text separator, quote, escape, encoding, null_value, empty_value, comment, date_format,
      timestamp_format, locale;
  bool ignore_leading_white_space, ignore_trailing_white_space;
  double sampling_ratio;
  struct config_text records; /* the path of the records in each document; NULL: documents are records */
  bool allow_comments, allow_unquoted_field_names, allow_single_quotes;
  bool nanos_as_long;
  enum read_mode mode;
};

struct source_config {
  const char *name; /* of a member of `sources`; NULL for `source` */
  struct place place;
  enum source_format format;
  struct config_list paths;       /* as written; of a dataset that is read, its silver's */
  struct config_text dataset;     /* whose silver is read, in the place of format and path; NULL: none */
  const struct dataset *upstream; /* that dataset, as far as its silver goes; NULL: none */
  struct source_options options;
  struct config_list columns;   /* CSV: names by position, in the place of the header's; none: its own */
  struct config_rename *rename; /* of this member only; standardization.rename comes after */
  size_t n_rename;
  bool allow_empty;
  bool incremental;           /* only files that no completed run of the dataset has taken */
  enum on_changed on_changed; /* what becomes of a file that has other bytes than it was taken with */
};

struct config_cast {
  struct config_text column;
  struct place place;
  const struct type *type;
  struct config_text format_hint;  /* of a number: a pattern of DecimalFormat */
  bool is_hint_verbatim;           /* its bytes are those of the file */
  struct config_text locale;       /* NULL: the dataset's */
  const struct locale *written_in; /* whose marks and names the text has; NULL: Spark's own */
  const struct number_format
      *number; /* of a cast to a number that is written otherwise than Spark reads it; else NULL */
  enum on_error on_error;
};

/** One row an element of a list; `column.value` NULL: there is none. */
struct config_explode {
  struct config_text column, as;
  bool keep_empty;
};

struct config_default {
  struct config_text column;
  struct config_text value; /* as text; the expression engine casts it to the column's type */
};

/** A column that standardization makes, or makes anew. `cast.type` is NULL where the expression's own type stays. */
struct config_column {
  struct config_text name;
  struct expr_text expr;
  struct config_cast cast; /* `column` is the name again */
};

struct config_order {
  struct config_text column;
  bool descending;
  bool nulls_first;
};

/** A limit on failed rows: a count, or a share of the rows where is_percentage (0 to 100). */
struct config_limit {
  bool is_set;
  bool is_percentage;
  double value;
  struct place place;
};

struct config_rule {
  struct config_text name;
  struct expr_text expr;
  enum on_fail on_fail;
  bool null_passes;
  struct config_limit max_failed;
};

struct config_add_column {
  struct config_text name;
  struct config_text value;       /* a literal, or current_timestamp(), or uuid(); NULL where expr is set */
  struct expr_text expr;          /* text.data NULL where value is set */
  struct config_text type;        /* as written; NULL: the expression's own */
  const struct type *parsed_type; /* NULL for a bare `decimal` and for an absent type */
};

struct config_condition {
  struct expr_text condition;
  bool is_warning; /* action: warn; otherwise filter */
};

struct dataset {
  struct source source_text; /* the dataset file */
  const char *path;
  struct config_text id;
  struct config_list private_columns; /* whose values people do not see: by their names in silver or gold */
  struct config_list tags;

  struct source_config *sources;
  size_t n_sources;

  struct config_text locale; /* of the casts; NULL: none */
  const char *timezone;      /* dataset's, else env's, else UTC */
  struct config_rename *rename;
  size_t n_rename;
  struct config_cast *casts;
  size_t n_casts;
  struct config_explode explode; /* after the casts, before the defaults */
  struct config_default *defaults;
  size_t n_defaults;
  struct config_column *columns; /* made after the defaults, in this order; each sees those before it */
  size_t n_columns;
  struct config_list drop;       /* columns that end after the rules */
  struct config_list dedupe_key; /* count 0: no deduplication */
  struct config_order *dedupe_order;
  size_t n_dedupe_order;

  struct config_rule *rules;
  size_t n_rules;
  struct config_text quarantine; /* NULL: none; then a run with rows to quarantine is refused */
  struct config_limit max_rejected;

  struct schema *schema; /* NULL: none */
  struct config_text schema_ref;
  enum schema_mode schema_mode;

  struct {
    struct config_text path;
    struct config_list partition_by;
    struct config_text partition_from;
    enum silver_mode mode;
    enum silver_mode usual_mode; /* the file's, where all is made anew */
    bool merge_schema;
    const char *compression;
  } silver;
  bool allow_empty; /* a run without a row may replace what stands */
  bool is_remade;   /* --full-refresh: silver and gold are made anew, whatever their modes */

  struct {
    bool enabled;
    struct place place;
    struct config_text database_config, environment;
    const char *schema; /* "gold" */
    const char *table;  /* the dataset's id */
    struct config_list exclude_columns;
    struct config_add_column *add_columns;
    size_t n_add_columns;
    struct config_condition *business_rules;
    size_t n_business_rules;
    enum gold_mode mode;
    struct config_list key;
    bool shared; /* with other datasets */
  } gold;
};

/** Whether a partition of silver is made from partition_from, so that its values are those of no column. */
bool dataset_derives_partition(const struct dataset *dataset, const char *name);
/** The type that the file gives a column of silver: by a cast, or by the schema. NULL: none. */
const struct type *dataset_declared_type(const struct dataset *dataset, const char *column);

enum database_driver { DATABASE_POSTGRESQL, DATABASE_DUCKDB };

struct database_config {
  const char *environment;
  struct place place;
  enum database_driver driver;
  struct config_text path; /* duckdb */
  struct config_text host, database, user, password, password_env, sslmode;
  int port;
  struct {
    int min_size, max_size, connect_timeout, idle_timeout;
  } pool;
  int retries;
  int lock_timeout; /* s */
};

struct mount {
  struct config_text prefix; /* "s3a://raw" */
  struct config_text directory;
};

/** What `engine` of env.yml and --engine may be. Ends with NULL; the engines themselves are in engine/engines.c. */
extern const char *const engine_names[];

/** An entry of the configuration of a session with Spark. */
struct spark_entry {
  const char *key;
  struct config_text value;
};

struct environment {
  const char *timezone; /* NULL where absent */
  const char *engine;   /* "duckdb" unless set */
  struct {
    const char *memory_limit; /* NULL: DuckDB's own */
    int threads;              /* 0: all */
    const char *temp_directory;
  } duckdb;
  struct {
    struct config_text remote; /* "sc://host:port/..." */
    struct config_text token;
    struct spark_entry *config;
    size_t n_config;
  } spark;
  struct mount *mounts;
  size_t n_mounts;
  const char *state; /* "./.crisol" */
  struct s3_settings s3;
  bool has_path_style; /* s3.path_style was given */
};

struct config {
  struct dataset *dataset;
  struct environment env;
  struct database_config *database; /* NULL where gold is disabled */
  struct s3 *s3;                    /* NULL where no path is in an object store */
  const char **files;               /* that were read for it, as they are named */
  size_t n_files, files_capacity;
  char config_hash[33]; /* MD5 of the dataset, expectations and schema files as read and of --set, without secrets */
};

struct catalog;

struct config_options {
  const char *dataset_path;
  const char *dataset_text;     /* what the file holds, which is not read then; NULL: it is */
  const char *env_path;         /* NULL: config/env.yml where it exists */
  const char *database_path;    /* NULL: gold.database_config, else config/database.yml */
  const char *environment;      /* NULL: gold.environment, else "default" */
  const char *const *overrides; /* "key.path=value" of --set */
  size_t n_overrides;
  struct catalog *catalog; /* where datasets that sources name are looked for; NULL: beside the file */
  bool leaves_database;    /* gold goes into a DuckDB file of nobody: database.yml is not looked at */
};

/** Loads a dataset and every file that it names. All problems of all the files are added to `problems`; false where one
 * of them is an error. Column names are not checked here: that needs the sources' headers (plan_build). */
MUST_CHECK bool config_load(struct arena *arena, const struct config_options *options, struct problem_list *problems,
                            struct config **ret_config);

/** Makes a configuration that config_load refused, with these problems, whole enough to build a plan of it for `check`:
 * what is broken is left out or stood in for. False where too much is missing to look at its columns. Never to be run.
 */
bool config_mend(struct arena *arena, struct config *config, const struct problem_list *problems);

/** Loads env.yml alone (`path` NULL: config/env.yml where it exists, else the defaults). */
MUST_CHECK bool config_load_environment(struct arena *arena, const char *path, struct problem_list *problems,
                                        struct environment *ret_env);
/** Loads one environment of database.yml alone (`path` NULL: config/database.yml; `environment` NULL: "default").
 * *ret_database is NULL where no file was named and config/database.yml does not exist. */
MUST_CHECK bool config_load_database(struct arena *arena, const char *path, const char *environment,
                                     struct problem_list *problems, struct database_config **ret_database);

/** What people see in the place of a private value. Nulls stay nulls, silver and gold keep the values. */
#define PRIVATE_MASK "***"
/** Whether a column of silver, the quarantine or gold is private. */
bool dataset_is_private(const struct dataset *dataset, const char *column);
/** Whether a column of a source, by its name in the files, becomes a private one. */
bool dataset_is_private_source(const struct dataset *dataset, const char *name);
/** Whether the values of an output's column are to be masked: a private one's, those of a column that is made
 * (standardization.columns, gold.add_columns) by an expression with the name of one in it, and records as text
 * (_raw_record) where any column is private. */
bool dataset_hides(const struct dataset *dataset, const char *column);

/** Whether an expression of the dataset may look at what lies around the records of JSON documents (_document), and
 * which keys of it: `*ret_keys` is NULL where it may be any. In the arena. */
bool dataset_uses_document(struct arena *arena, const struct dataset *dataset, const char *const **ret_keys,
                           size_t *ret_count);

/** How many threads a run may use: duckdb.threads, else as many as there are processors. */
size_t environment_threads(const struct environment *env);

/** Where an input or output lies: a bucket that a mount serves is that directory, any other is "s3://bucket/key". */
const char *config_resolve(struct arena *arena, const struct environment *env, struct config_text path);

/** Finds an input file by its relative path: from the current directory, then from the dataset file's directory and its
 * parents. Returns the first that exists, else `path` itself. A glob is found by its directory part. */
const char *config_find_input(struct arena *arena, const struct dataset *dataset, const char *path);

/** Where an input lies, by the two functions above. The first `*ret_names` bytes are a folder that was found, of a
 * mount or of the dataset file: they are names, and no part of a pattern. 0 for a path as it was written. */
const char *config_find_pattern(struct arena *arena, const struct config *config, struct config_text path,
                                size_t *ret_names);

/** Prints the JSON Schema of the dataset file, made from the key tables. */
void config_print_json_schema(struct text_buffer *out);
/** Prints docs/config.md's tables of keys, made from the key tables. */
void config_print_docs(struct text_buffer *out);

#endif
