/* Whether the parts of a date that silver is partitioned by tell its dates apart: `month` alone puts all Junes into one
 * partition, and a run with this year's would replace last year's. */
#include "plan/plan_internal.h"

/* From the coarsest to the finest; each one needs those before it. */
static const char *const date_parts[] = { "year", "month", "day", "hour" };

static bool has_partition(const struct plan *plan, const char *name)
{
  for (size_t i = 0; i < plan->n_partitions; i++)
    if (strcmp(plan->partitions[i].name, name) == 0)
      return true;
  return false;
}

/* The place of a derived partition among date_parts; 0, which needs nothing, for any other one. */
static size_t fineness_of(const struct plan_partition *partition)
{
  for (size_t i = 1; i < ARRAY_LENGTH(date_parts); i++)
    if (partition->column == NO_COLUMN && strcmp(partition->name, date_parts[i]) == 0)
      return i;
  return 0;
}

/* The first part that is missing before part `fineness`, or NULL. */
static const char *missing_before(const struct plan *plan, size_t fineness)
{
  for (size_t i = 0; i < fineness; i++)
    if (!has_partition(plan, date_parts[i]))
      return date_parts[i];
  return NULL;
}

/* The scheme with what it lacks, as one would write it. */
static char *mended_scheme(struct arena *arena, const struct plan *plan, size_t finest)
{
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  bool has_parts = false;
  for (size_t i = 0; i < plan->n_partitions; i++) {
    const struct plan_partition *partition = &plan->partitions[i];
    bool is_part = fineness_of(partition) > 0 || strcmp(partition->name, date_parts[0]) == 0;
    if (!is_part)
      text_buffer_printf(&out, "%s%s", out.length == 0 ? "" : ", ", partition->name);
    for (size_t p = 0; is_part && !has_parts && p <= finest; p++)
      text_buffer_printf(&out, "%s%s", out.length == 0 ? "" : ", ", date_parts[p]);
    has_parts = has_parts || is_part;
  }
  return text_copy(arena, text_buffer_text(&out));
}

void plan_check_partition_scheme(struct plan_builder *builder)
{
  const struct plan *plan = builder->plan;
  const struct config_list *names = &plan->dataset->silver.partition_by;
  size_t finest = 0, first = 0;
  const char *missing = NULL;
  for (size_t i = 0; i < plan->n_partitions; i++) {
    size_t fineness = fineness_of(&plan->partitions[i]);
    finest = fineness > finest ? fineness : finest;
    if (missing == NULL && (missing = missing_before(plan, fineness)) != NULL)
      first = i;
  }
  if (missing == NULL || has_partition(plan, "date"))
    return;
  const char *name = plan->partitions[first].name;
  struct place place = plan->dataset->silver.path.place;
  for (size_t i = 0; i < names->count; i++)
    if (strcmp(names->items[i].value, name) == 0)
      place = names->items[i].place;
  struct problem *problem =
      plan->dataset->silver.mode == SILVER_OVERWRITE_DYNAMIC
          ? problem_at(builder->problems, place,
                       "partition_by has %s without %s: overwrite_dynamic would replace the rows of the same %s of "
                       "another %s",
                       name, missing, name, missing)
          : problem_warn_at(builder->problems, place,
                            "partition_by has %s without %s: a partition holds the rows of that %s of every %s", name,
                            missing, name, missing);
  add_hint(&problem->error, "Write partition_by: [%s], or [date].", mended_scheme(builder->arena, plan, finest));
}
