/* What the gold table as it stands does not take, noted in the plan: the stage quarantines such rows, before silver is
 * written. */
#include "sink/gold_internal.h"

/* Names of a DuckDB file's columns are alike without case. */
static bool is_name(const struct warehouse *warehouse, const char *a, const char *b)
{
  return warehouse->driver->loads_elsewhere ? strcmp(a, b) == 0 : text_equal_nocase(text_from(a), text_from(b));
}

static int find_column(const struct warehouse *warehouse, const struct plan *plan, const char *name)
{
  for (size_t i = 0; i < plan->n_gold_columns; i++)
    if (is_name(warehouse, plan->gold_columns[i].name, name))
      return (int)i;
  return NO_COLUMN;
}

static void note_requirements(const struct warehouse *warehouse, const struct gold_table *table, struct plan *plan)
{
  for (size_t i = 0; i < table->n_columns; i++) {
    int index = find_column(warehouse, plan, table->columns[i].name);
    if (index != NO_COLUMN && table->columns[i].stays_required)
      plan->gold_columns[index].limits.refuses_null = !plan->gold_columns[index].is_required;
  }
}

/* A key of which gold lacks a column is filled by the table itself. */
static void add_table_key(struct arena *arena, const struct warehouse *warehouse, const struct gold_table_key *key,
                          struct plan *plan)
{
  struct plan_gold_key *added = &plan->gold_keys[plan->n_gold_keys];
  *added = (struct plan_gold_key){ .columns = arena_array(arena, key->n_columns + 1, sizeof(size_t)),
                                   .nulls_are_equal = key->nulls_are_equal,
                                   .parts = key->parts,
                                   .n_parts = key->n_parts,
                                   .condition = key->condition };
  for (size_t i = 0; i < key->n_columns; i++) {
    int index = find_column(warehouse, plan, key->columns[i]);
    if (index == NO_COLUMN)
      return;
    added->columns[added->n_columns++] = (size_t)index;
  }
  plan->n_gold_keys += added->n_columns > 0;
}

static void add_upsert_key(struct arena *arena, struct plan *plan)
{
  size_t count = plan->dataset->gold.key.count;
  struct plan_gold_key *added = &plan->gold_keys[plan->n_gold_keys++];
  *added = (struct plan_gold_key){ .columns = arena_array(arena, count + 1, sizeof(size_t)),
                                   .n_columns = count,
                                   .nulls_are_equal = true,
                                   .is_upsert = true };
  for (size_t i = 0; i < count; i++)
    added->columns[i] = (size_t)(gold_find_column(plan, gold_key_name(plan, i)) - plan->gold_columns);
}

static void note_keys(struct arena *arena, const struct warehouse *warehouse, const struct gold_table *table,
                      struct plan *plan)
{
  bool is_upsert = gold_replacement(plan) == REPLACES_KEYS;
  plan->gold_keys = arena_array(arena, table->n_keys + 1, sizeof(*plan->gold_keys));
  if (is_upsert)
    add_upsert_key(arena, plan);
  for (size_t i = 0; i < table->n_keys; i++)
    if ((table->keys[i].is_plain || table->keys[i].parts != NULL) && table->keys[i].kind != GOLD_EXCLUSION &&
        !(is_upsert && gold_key_is_upsert(&table->keys[i], plan)))
      add_table_key(arena, warehouse, &table->keys[i], plan);
}

static bool note_encoding(struct arena *arena, struct warehouse *warehouse, struct plan *plan, struct error *err)
{
  struct table answer;
  if (!warehouse->driver->loads_elsewhere)
    return true;
  TRY(warehouse_query(arena, warehouse, "SELECT current_setting('server_encoding')", &answer, err));
  plan->gold_encoding = answer.cells[0];
  return true;
}

bool gold_find_limits(struct arena *arena, struct warehouse *warehouse, struct plan *plan, struct error *err)
{
  struct gold_table table;
  TRY(gold_read_table(arena, warehouse, plan, &table, err));
  TRY(note_encoding(arena, warehouse, plan, err));
  note_requirements(warehouse, &table, plan);
  note_keys(arena, warehouse, &table, plan);
  return true;
}
