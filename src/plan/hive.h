/** Names of partition directories, as Hive and Spark write them. */
#ifndef CRISOL_PLAN_HIVE_H
#define CRISOL_PLAN_HIVE_H

#include "plan/plan.h"

/** Adds "month=01": the value escaped, derived parts of a date padded, null as __HIVE_DEFAULT_PARTITION__ (`value`
 * NULL). Two values have two names, and readers get each back from its name. Fails with ERROR_DATA, the value named,
 * for a name over 255 bytes, for the text __HIVE_DEFAULT_PARTITION__ and for bytes that are no text. */
MUST_CHECK bool hive_add_directory(struct text_buffer *out, const struct plan_partition *partition,
                                   const struct text *value, struct error *err);

/** Adds the name as it stands there before the "=": escaped. */
void hive_add_name(struct text_buffer *out, const char *name);

#endif
