/* What form.c, columns.c and profile.c share. */
#ifndef CRISOL_PROFILE_PROFILE_INTERNAL_H
#define CRISOL_PROFILE_PROFILE_INTERNAL_H

#include "duckdb/database.h"
#include "profile/profile.h"

/* Finds the form of a file by its first bytes; what is no data of a known form is an error that names it. */
MUST_CHECK bool form_find(struct arena *arena, struct s3 *s3, const char *path, struct file_form *ret_form,
                          struct error *err);
/* Finds type, hint, shapes and values of a column of the table; `sql` is its quoted name. */
MUST_CHECK bool column_look(struct arena *arena, struct database *database, const char *table, const char *sql,
                            uint64_t n_rows, struct column_profile *column, struct error *err);

#endif
