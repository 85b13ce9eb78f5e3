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
/* Warns of an expression that is true for no row, or for every one, by its own text. `what` names it in the message. */
void plan_warn_of_settled(struct plan_builder *builder, struct place place, const char *what, const struct expr *expr);
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
/* The plan's columns by name: as r<i> with the types read, or as v<i> with those of silver. Room for `extra` more. */
struct expr_scope plan_scope(struct arena *arena, const struct plan *plan, char prefix, size_t extra);
char *spark_name(struct arena *arena, const char *name);
char *spark_string(struct arena *arena, const char *value);

void plan_build_columns(struct plan_builder *builder);
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
/* partitions.c */
/* Whether a folder is a Hive partition's: "name=value". */
bool partition_is_folder(struct text name);
/* Reads the folders of a source's files. ERROR_ENVIRONMENT where they are not of the same names. */
MUST_CHECK bool partitions_read(struct arena *arena, struct plan_source *source, struct error *err);

/* Adds the objects that a path in an object store, as resolved, means; no object is ERROR_ENVIRONMENT. */
MUST_CHECK bool add_objects(struct arena *arena, struct s3 *s3, struct config_text path, const char *resolved,
                            struct file_list *list, struct error *err);

#endif
