/* What the files of plan/ share with each other. */
#ifndef CRISOL_PLAN_PLAN_INTERNAL_H
#define CRISOL_PLAN_PLAN_INTERNAL_H

#include "plan/plan.h"

struct plan_builder {
  struct arena *arena;
  struct plan *plan;
  struct problem_list *problems;
  struct expr_scope raw;    /* columns as r<i> */
  struct expr_scope silver; /* columns as v<i> */
  struct expr_scope gold;   /* silver columns, then partitions as p<i>, then _run_id and _ingestion_ts */
};

/* Compiles text made by crisol itself; a failure is reported at `place`. NULL on failure. */
const struct expr *plan_compile(struct plan_builder *builder, const struct expr_scope *scope, struct place place,
                                const char *text);
/* Warns of an expression that is true for no row, or for every one, by its own text and the types of its columns; one
 * that is true for none is an error where that is to be refused. `what` names it in the message. */
void plan_report_settled(struct plan_builder *builder, struct place place, const char *what, const struct expr *expr,
                         bool refuses_untrue);
/* Says, of a name that no column has, what may have made the columns others than meant: a CSV source that is read
 * without its header, whose columns are _c0, _c1, ..., or JSON that is read as CSV. */
/** What makes the partition of that name of partition_from's column ("%s"); NULL where it is the name of a column. */
const char *plan_derived_partition(const char *name);
/** What plan->is_nameless will be. */
bool plan_names_nothing(const struct plan *plan);
void plan_hint_header(const struct plan_builder *builder, struct error *err);
/* Compiles an expression of the user. NULL on failure, which is reported. */
const struct expr *plan_compile_user(struct plan_builder *builder, const struct expr_scope *scope,
                                     struct expr_text text, const char *what, const char *name);
/* Casts; NULL on failure, which is reported. */
const struct expr *plan_cast(struct plan_builder *builder, const struct expr *expr, const struct type *type,
                             struct place place);
/* Reports an unknown column with the nearest name of the scope. */
void plan_unknown_column(struct plan_builder *builder, struct config_text column, const char *what,
                         const struct expr_scope *scope);
/* Index within the scope, exact first, then without case; NO_COLUMN where there is none. */
int scope_find(const struct expr_scope *scope, const char *name);
/* The plan's columns by their names in the end, as v<i>. Room for `extra` more. */
struct expr_scope plan_scope(struct arena *arena, const struct plan *plan, size_t extra);
/* All of the plan's columns, of which those that are read have names: as r<i> with the types read, or as v<i>. */
struct expr_scope plan_scope_of_read(struct arena *arena, const struct plan *plan, char prefix);
/* Reports a column whose type is, or holds, a variant; whether it is one. */
bool plan_refuse_variant(struct plan_builder *builder, const struct type *type, struct place place, const char *name);
/* Gives the plan its places. */
void plan_add_places(struct arena *arena, struct plan *plan);
char *spark_name(struct arena *arena, const char *name);
char *spark_string(struct arena *arena, const char *value);

/* A column by its name, which is added where there is none. */
struct plan_column *plan_find_or_add_column(struct plan_builder *builder, const char *name, size_t *capacity);
/* Whether crisol itself adds a column of that name somewhere. */
bool plan_is_technical_name(const char *name);
void plan_build_columns(struct plan_builder *builder);
/* made.c: the columns that standardization.columns makes, and those that standardization.drop ends. */
/* Whether the dataset makes, or drops, a column of that name. */
const struct config_column *made_find(const struct dataset *dataset, const char *name);
const struct config_text *dropped_find(const struct dataset *dataset, const char *name);
/* Whether a made column may have the name: it is none of crisol's own, and not empty. `maker` is what makes it. */
void made_check_name(struct plan_builder *builder, const struct config_text *name, const char *maker);
/* Adds the names that no source has, before the schema adds its own. */
void made_add_names(struct plan_builder *builder, size_t *capacity);
/* Puts what is replaced behind all columns that keep their names; no column is added after it. */
void made_replace(struct plan_builder *builder, size_t *capacity);
/* Compiles the expressions, once all that is read has its type. */
void made_build(struct plan_builder *builder);
/* Reports names that no column has, and uses of dropped columns by what lacks them. */
void made_check_dropped(struct plan_builder *builder);
void plan_build_gold(struct plan_builder *builder);
/* Reports parts of a date that merge what is apart, such as month without year: an error under overwrite_dynamic. */
void plan_check_partition_scheme(struct plan_builder *builder);

/* Whether the cast of this text to the type is no null; types that no literal is written for take every text. */
bool literal_fits(struct text text, const struct type *type, const char *timezone);

/* inputs.c, inputs_s3.c */
struct file_list {
  struct plan_file *items;
  size_t count, capacity;
  bool takes_partitions; /* the files in Hive folders below a folder, too */
};
void add_file(struct arena *arena, struct file_list *list, const struct plan_file *file);

/* patterns.c */
/* Whether a name begins with "_" or ".": no data, as in Spark, unless a path says it. */
bool name_is_no_data(struct text name);
/* Whether a match is data by its folders and name: what a wildcard has found must not begin with "_" or ".". */
bool pattern_takes(const char *pattern, const char *path);
/* The folder that a pattern looks into: the part before its first special character. The first `names` bytes are no
 * pattern. */
const char *pattern_folder(struct arena *arena, const char *pattern, size_t names);
typedef bool pattern_taker(const char *path, void *context, struct error *err);
/* Calls `take` with each path that the pattern matches: none is no error. Folders at its start, and choices of its
 * braces, that are there as they are written are names. */
MUST_CHECK bool pattern_match(struct arena *arena, const char *pattern, size_t names, struct place place,
                              pattern_taker *take, void *context, struct error *err);

/* places.c: what a run reads and writes must not lie in one another. Problems are added to the list. */
/* That the paths of outputs, as they are written, are none that is empty. */
bool plan_check_written_outputs(const struct config *config, struct problem_list *problems);
/* That outputs are directories or can be, and none lies in another, nor the configuration in a lake that is replaced.
 */
bool plan_check_outputs(struct arena *arena, const struct plan *plan, struct problem_list *problems);
/* That no file that was found lies in an output, and none that will be written is found by the next run. */
bool plan_check_inputs(struct arena *arena, const struct plan *plan, struct problem_list *problems);

/* same_inputs.c */
/* Leaves of a source's files, sorted by path, one for each file that has several names, and says so; how many stay. */
size_t inputs_leave_out_same(struct arena *arena, struct plan_file *files, size_t count);
/* Leaves what a source reads out of the later ones that rename alike; where they rename otherwise it is only said. */
void inputs_leave_out_shared(struct arena *arena, struct plan *plan);
/* partitions.c */
/* Whether a folder is a Hive partition's: "name=value". */
bool partition_is_folder(struct text name);
/* Reads the folders of a source's files. ERROR_ENVIRONMENT where they are not of the same names. */
MUST_CHECK bool partitions_read(struct arena *arena, struct plan_source *source, struct error *err);

/* Adds the objects that a path in an object store, as resolved, means; no object is ERROR_ENVIRONMENT. */
MUST_CHECK bool add_objects(struct arena *arena, struct s3 *s3, struct config_text path, const char *resolved,
                            struct file_list *list, struct error *err);

#endif
