/* What form.c, columns.c and profile.c share. */
#ifndef CRISOL_PROFILE_PROFILE_INTERNAL_H
#define CRISOL_PROFILE_PROFILE_INTERNAL_H

#include "duckdb/database.h"
#include "profile/profile.h"

/* Finds the form of a file by its first bytes; what is no data of a known form is an error that names it. A file
 * without anything is blank. */
MUST_CHECK bool form_find(struct arena *arena, struct s3 *s3, const char *path, struct file_form *ret_form,
                          struct error *err);
/* The encoding of a whole file: NULL: UTF-8. */
MUST_CHECK bool form_find_encoding(struct s3 *s3, const char *path, const char **ret_encoding, struct error *err);

/* What the columns that are sure tell of the others. */
struct evidence {
  unsigned marks; /* enum number_marks that were seen where nothing else was possible */
  size_t orders[N_DATE_ORDERS];
  const char *language; /* of the names of months; NULL: there is none */
};

/* Decides the types of all columns from their facts; those that are typed keep theirs. */
void columns_decide(struct arena *arena, struct profile *profile);

/* Decides whether a column is of numbers; false: it is not, and `doubt` may say why not. */
bool numbers_decide(struct arena *arena, const struct evidence *evidence, struct column_profile *column);
/* Adds what its numbers tell. */
void numbers_testify(const struct column_profile *column, struct evidence *evidence);
/* The same of dates that are not as ISO-8601 has them. */
bool dates_decide(struct arena *arena, const struct evidence *evidence, struct column_profile *column);
void dates_testify(const struct column_profile *column, struct evidence *evidence);
/* Moves the locales of casts to the dataset, where one is right for all. */
void locales_settle(struct profile *profile);
/* ", such as "N/A": options.nullValue makes it null": what else the values of a column are; "" where nothing is known.
 */
const char *odd_value(struct arena *arena, const struct column_profile *column);
/* Adds a doubt behind those that there are. */
void column_doubt(struct arena *arena, struct column_profile *column, const char *format, ...) PRINTF_LIKE(3, 4);

#endif
