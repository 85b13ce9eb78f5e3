/** A pipeline as data: every column with its way from the source to silver and gold, every rule and check, in Spark SQL
 * expressions and without a dialect. Built from the configuration and the columns that the sources really have; printed
 * by `crisol plan`, walked by an engine. Immutable once built. */
#ifndef CRISOL_PLAN_PLAN_H
#define CRISOL_PLAN_PLAN_H

#include "base/names.h"
#include "config/dataset.h"
#include "plan/drift.h"

/** A column as a source has it. Text formats give strings (`kinds`: with the JSON kind of each value). */
struct source_column {
  const char *name;
  const struct type *type;     /* as read */
  const struct type *inferred; /* what inferSchema found in the text; NULL: nothing was asked */
  const char *inferred_by;     /* the pattern (dateFormat, timestampFormat) that a date or timestamp follows, or NULL */
  bool is_document;            /* what lies around the records of JSON documents: for expressions alone */
  size_t partition;            /* which of the source's partition_names it is, from 1; 0: the files hold it */
  bool is_left_out;            /* it is crisol's own, in the silver of another dataset: no column of the plan is it */
};

/** An input file as it was when the files were listed. */
struct plan_file {
  const char *path; /* local, or "s3://bucket/key" */
  const char *kept; /* the file of kept records (reader/kept.h) that is read in its place; NULL: it is read itself */
  uint64_t bytes;
  int64_t modified_us;    /* since 1970, UTC */
  int64_t changed_us;     /* of a local file: when its bytes, name or rights were changed last; 0 else */
  const char *etag;       /* of an object; NULL else */
  const char *md5;        /* of the bytes of a local file, where they were asked for; NULL else */
  uint64_t device, inode; /* of a local file; 0 else */
  const char *folders;    /* Hive folders between the source's path and the file, "p=a/q=b"; NULL: it lies in none */
  struct text *partition_values; /* by the source's partition_names; a null has no data */
};

struct parquet_reading;

/** A source with its files found and its columns read; filled by plan_inputs and the engine. */
struct plan_source {
  const struct source_config *config;
  struct plan_file *files; /* sorted by the bytes of their paths */
  size_t n_files;
  struct plan_file *model;      /* where none of the files is read: the one that is opened for the columns; else NULL */
  uint32_t first_file;          /* index of files[0] among the files of all sources */
  const char **partition_names; /* of the Hive folders that the files lie in */
  size_t n_partition_names;
  const char *const *known_columns; /* of kept records: that their files have, whether one of the records has them */
  size_t n_known_columns;
  struct source_column *columns;
  size_t n_columns;
  bool is_blank;                         /* text files without a record, and nothing in them names a column */
  bool looks_headless;                   /* the header of CSV files may be a record: see reader/csv_guess.h */
  const char **names;                    /* columns after this source's and the dataset's rename */
  size_t *column_of;                     /* plan column of each source column; SIZE_MAX of those left out */
  const struct parquet_reading *parquet; /* the engine's own way to read Parquet; NULL: text */
};

enum { NO_COLUMN = -1 };

struct plan_column {
  const char *name;
  const struct type *raw_type; /* as read: string for text */
  const struct type *type;     /* in silver */
  const struct type *inferred; /* by inferSchema; NULL: not asked */
  const char *inferred_by;     /* the reader option's pattern, or NULL */
  bool is_text;                /* a text file has it: it is read as text, and the kind of each value is known */
  bool is_missing;             /* no source has it: null, added for the schema */
  bool keeps_json;             /* gold stores the JSON text as it was read */
  const struct config_cast *cast;
  const struct config_default *default_config;
  const struct schema_property *property; /* that judges it; NULL: none */
  const struct schema_property *shape; /* that gives it a type where nothing else does: the same, or a dropped one's */
  const struct expr *converted;        /* raw -> type, before the default; over raw columns */
  bool is_localized;                /* crisol_localized__<i>(r<i>), the text as Spark writes it, is what is converted */
  bool is_parsed;                   /* by a cast to a nested type, of JSON: its bit says that a part was lost */
  bool has_iso_fallback;            /* converted by a format hint: ISO-8601 is tried next */
  const struct expr *default_value; /* of the column's type; NULL: none */
  bool changes;                     /* the value in silver may differ from the raw one */
  bool is_document;                 /* what lies around the records of JSON documents: dropped, for expressions */
  bool is_element;                  /* made by explode: no source has it, its raw value is the element */
  bool checks_raw;                  /* the schema judges the raw value (no cast names the column) */
  bool is_dropped;                  /* by standardization.drop: neither the schema, silver nor gold has it */
  const struct config_column *made; /* by standardization.columns; NULL: it is read. The rest is of such columns */
  const struct expr *value;         /* over the columns so far, of raw_type; `converted` is its cast, over r<i> */
  int replaces;                     /* plan column of the same name that stood here before; NO_COLUMN: it is new */
  size_t origin;                    /* plan column that is read under the name; its own index where none is */
  size_t level; /* from 1: it needs only made columns of lower levels, casts being one of their own */
};

/** One row an element of a list. */
struct plan_explode {
  bool is_set;
  size_t column, as; /* plan columns: the list, and the element */
};

struct plan_rule {
  const struct config_rule *config;
  const struct expr *expr; /* over silver columns */
};

/** Where a partition value comes from. */
struct plan_partition {
  const char *name;
  int column;              /* plan column of that name, or NO_COLUMN where it is derived */
  const struct expr *expr; /* over silver columns: an integer, a date or the column */
};

/** Whether a partition's values may be empty; an empty one is null in a directory's name, as in Spark, and so in the
 * table of partitions. */
bool partition_may_be_empty(const struct plan_partition *partition);

struct plan_order {
  size_t column;
  bool descending, nulls_first;
};

/** What a column of the gold table, as it stands in its database, does not take: a row with such a value is quarantined
 * as gold:<column>:<why>. */
struct plan_gold_limits {
  bool refuses_null; /* a NOT NULL or a key that a person has made */
  bool refuses_nul;  /* PostgreSQL's texts hold no NUL byte and its JSON no \u0000 */
  bool is_json;      /* text that the database must read as JSON */
  bool is_time;      /* a date or timestamp, whose range PostgreSQL bounds otherwise than the engine */
};

/** A column of the table that the dataset lacks: the table fills it from others, or with a value that stays. */
struct plan_gold_filled {
  const char *name, *type;
  const char *expression; /* in the database's own SQL, over columns before it; NULL: null */
};

/** Columns of gold in which no two rows may be alike, by index. */
struct plan_gold_key {
  size_t *columns;
  size_t n_columns;
  bool nulls_are_equal;
  bool is_upsert; /* that of output.gold.key */
  /* A key on expressions, or of some rows only: its parts in the database's own SQL, over the columns above. */
  const char **parts; /* NULL: the columns are the key */
  size_t n_parts;
  const char *condition;           /* of the rows that it holds for; NULL: of all */
  struct plan_gold_filled *filled; /* what the parts and the condition speak of beside the columns above */
  size_t n_filled;
};

/** A column of the gold table. */
struct plan_gold_column {
  const char *name;
  const struct type *type;
  const char *description; /* NULL: none */
  bool is_required;        /* NOT NULL holds: the schema requires it and something guarantees it */
  bool fits_int;           /* its bounds fit INTEGER and something guarantees them */
  bool keeps_digits;       /* a bare decimal: as many digits as are written, where the database has such a type */
  int json_column;         /* plan column whose JSON text, as read, is stored; else NO_COLUMN */
  int column;              /* plan column that it is; NO_COLUMN: a partition, a technical or an added one */
  const struct expr *expr; /* over silver and partition columns; NULL where json_column is set */
  struct plan_gold_limits limits;
};

struct plan_condition {
  const struct config_condition *config;
  const struct expr *expr; /* over silver and partition columns */
};

/** What expressions may read of a row beside its columns, and whether one does: the row's number, which the stage then
 * gives it, and what is known of its file. */
struct plan_places {
  struct expr_column row_number, metadata;
  struct expr_reading row_number_reading, metadata_reading;
};

struct plan {
  const struct config *config;
  const struct dataset *dataset;
  struct plan_source *sources;
  size_t n_sources;
  struct plan_file *files; /* of all sources, in the order of their index */
  size_t n_files;
  struct plan_places *places; /* NULL: the plan was not built */

  struct plan_column *columns; /* those that have their names still come first, in silver's order */
  size_t n_columns;
  size_t n_named; /* of those; behind them is what standardization.columns has replaced */
  size_t *made;   /* the columns that standardization.columns makes, in its order */
  size_t n_made;
  bool is_nameless; /* the input may be empty, is, and names no column: the columns are those that the dataset names */
  struct name_set column_names; /* without case; a name's number is its column's */
  struct plan_explode explode;
  size_t *dedupe_key;
  size_t n_dedupe_key;
  struct plan_order *dedupe_order;
  size_t n_dedupe_order;
  struct plan_rule *rules;
  size_t n_rules;
  struct plan_partition *partitions;
  size_t n_partitions;

  const char *gold_encoding;       /* of the texts in the gold's PostgreSQL, by its name; "" in a DuckDB file */
  struct plan_gold_key *gold_keys; /* found in the table that stands, before the rows are read */
  size_t n_gold_keys;
  bool gold_bounds_sizes; /* the table, or an index on it, does not take rows of every size: sizes are settled */
  struct plan_gold_column *gold_columns;
  size_t n_gold_columns;
  struct plan_condition *conditions;
  size_t n_conditions;

  const char *silver_path;     /* local and absolute, or "s3://bucket/key" */
  const char *quarantine_path; /* the same */
  const char *database_path;   /* of a DuckDB file, absolute; NULL where there is no gold, or it is in PostgreSQL */
  const char
      *database_label; /* what people read: the path, or "PostgreSQL host/database"; NULL where there is no gold */
};

/** Finds the files of each source (globs, lists, mounts, objects). A path that matches nothing is ERROR_ENVIRONMENT; a
 * directory is read for the files in it. Fills files and first_file. */
MUST_CHECK bool plan_inputs(struct arena *arena, const struct config *config, struct plan *ret_plan, struct error *err);

/** The patterns that one with braces stands for, its first "{a,b}" replaced by each choice in turn: others may be left.
 * NULL, and none, where there is no pair of braces. */
const char **pattern_choices(struct arena *arena, const char *pattern, size_t *ret_count);

/** Takes kept records in the place of the source's files: `files`, in the order of their sources, of which the first
 * counts[0] are of source 0, and so on. Every one of them has the source's columns that are named. */
struct plan_kept_files {
  struct plan_file *files;
  const size_t *counts; /* [source] */
  const char *const *const *columns;
  const size_t *n_columns;
};
void plan_take_kept(struct arena *arena, const struct config *config, const struct plan_kept_files *kept,
                    struct plan *ret_plan);

/* The folder of a partition without a value is named <name>=this, as Hive and Spark do. */
#define HIVE_NULL_PARTITION "__HIVE_DEFAULT_PARTITION__"

/** Where no source can be read: the expressions' syntax alone is checked, each problem is added to `problems`. */
void plan_check_syntax(struct arena *arena, const struct dataset *dataset, struct problem_list *problems);

/** Leaves of the files those for which `keeps` is true, in their order; to be called between plan_inputs and the
 * opening of the sources. A source that none is left of keeps its last one as `model`: its columns stay. */
void plan_keep_files(struct arena *arena, struct plan *plan,
                     bool (*keeps)(const struct plan_source *source, const struct plan_file *file, void *context),
                     void *context);

/** Builds only where the outputs lie, without looking at the sources. */
MUST_CHECK bool plan_outputs(struct arena *arena, const struct config *config, struct plan *ret_plan,
                             struct problem_list *problems);

/** Builds the rest once every source's columns are known. All problems are added to `problems`; false where one is an
 * error. A strict schema broken by a missing or unknown column is ERROR_DATA. */
MUST_CHECK bool plan_build(struct arena *arena, struct plan *plan, struct problem_list *problems);

/** Adds the facts of all files, of which _metadata is one, as a list of structs: of DuckDB's SQL, or of Spark's. */
void plan_print_files(const struct plan *plan, bool is_spark, struct text_buffer *out);
/** Compiles an expression of the user over the silver columns of a built plan, as a rule is. */
MUST_CHECK bool plan_compile_rule(struct arena *arena, const struct plan *plan, struct expr_text text,
                                  const struct expr **ret_expr, struct error *err);

/** The first column that a rule reads, which stands for a row that fails it; NO_COLUMN: it reads none. */
int plan_rule_column(const struct plan *plan, size_t rule);

/** All columns that it reads, in their order; in the arena. */
const size_t *plan_rule_columns(struct arena *arena, const struct plan *plan, size_t rule, size_t *ret_count);

/** The columns that the sources have, with their types in silver. */
struct drift_columns plan_read_columns(struct arena *arena, const struct plan *plan);

/** Whether the column is a partition's own: its values are in the names of directories, and not in the files. */
bool plan_is_partition_column(const struct plan *plan, size_t column);
/** Whether the files of silver hold the column: it was neither replaced nor dropped, and is no partition's own. */
bool plan_is_stored(const struct plan *plan, size_t column);
/** What a made column's expression sees, by plan column: names for those that are read, "" for all that are not there
 * yet. `columns` has room for plan->n_columns; `sql` and `type` are the caller's. */
void plan_begin_made(const struct plan *plan, struct expr_column *columns);
/** The same for those behind a made column: it takes the place of what it replaces. */
void plan_add_made(const struct plan *plan, size_t made, struct expr_column *columns);
/** Which of the source's columns becomes the plan's `column`; NO_COLUMN: it has none. */
int plan_find_source_column(const struct plan_source *source, size_t column);
/** Adds the columns that the source's Hive folders name, to source->columns, which has room for one more each. What the
 * folders say wins over what the files say, as in Spark. */
void plan_add_folder_columns(struct plan_source *source);

/** Index of a column by its name, exact first, then without case (as Spark); NO_COLUMN where there is none. */
int plan_find_column(const struct plan *plan, const char *name);

/** Whether a column of gold is part of one of the plan's gold keys. */
bool plan_is_gold_key(const struct plan *plan, size_t gold_column);
/** Adds the names of gold's columns, as INSERT and COPY take them: ("id", "amount"). */
void plan_add_gold_columns(const struct plan *plan, struct text_buffer *sql);

/** The word of the dataset file for it. */
const char *plan_silver_mode_name(enum silver_mode mode);
/** Prints the plan as people read it. */
void plan_print(const struct plan *plan, struct text_buffer *out);

/** The expressions of a plan refer to plan column i by these names, which no user's column can meet: r<i> the raw
 * value, v<i> the value in silver (of a made column: before and after its cast); to partition value i by p<i>; to the
 * technical columns by run_id and ingestion_ts.
 */

#endif
