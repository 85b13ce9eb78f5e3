/* What the files of the lake share: lake.c (its life), lake_columns.c (what is there), lake_objects.c (a lake or a
 * quarantine in an object store). */
#ifndef CRISOL_LAKE_LAKE_INTERNAL_H
#define CRISOL_LAKE_LAKE_INTERNAL_H

#include "lake/lake.h"

/* All objects of the lake, which is in an object store; hidden ones, too. */
MUST_CHECK bool lake_list_objects(struct arena *arena, const struct lake *lake, struct s3_listing *ret_listing,
                                  struct error *err);

/* Whether a part of a key below the lake's begins with a dot: it is none of the lake's. */
bool lake_is_hidden(const char *key);

/* Uploads files to the run's part of a place. Before, it notes which keys these are, so that what a dead run began can
 * be given up; after, it compares size and ETag of what is there with what was sent. */
MUST_CHECK bool objects_stage(struct lake *lake, const char *place, struct staged_object *objects, size_t count,
                              struct error *err);
/* Gives up what a dead run had begun to upload in parts, by its note. */
MUST_CHECK bool objects_give_up(struct arena *arena, struct s3 *s3, const char *run_place, struct error *err);

/* lake_rewrite.c: plans that rewritten files of a local lake take the place of those that stand. */
MUST_CHECK bool plan_rewritten(struct lake *lake, struct error *err);

/* The files of silver, written below a local directory, on their way; behind them those that are rewritten. */
struct staged_object *silver_objects(struct lake *lake, const char *directory);
/* Plans the publication of the lake: the copies, and the removal of what they replace under another key. */
MUST_CHECK bool plan_objects(struct lake *lake, struct error *err);

#endif
