/* What the gold table as it stands does not take, noted in the plan: the stage quarantines such rows, before silver is
 * written. */
#include "warehouse/gold_internal.h"

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

/* What the keys of a table are found with. */
struct search {
  struct arena *arena;
  const struct warehouse *warehouse;
  const struct gold_table *table;
  struct plan *plan;
};

static const struct gold_table_column *find_table_column(const struct search *search, const char *name)
{
  for (size_t i = 0; i < search->table->n_columns; i++)
    if (is_name(search->warehouse, search->table->columns[i].name, name))
      return &search->table->columns[i];
  return NULL;
}

/* A key that has a value of its own in each row lets every row in. */
static bool tells_rows_apart(const struct gold_table_column *column)
{
  static const char *const each_its_own[] = { "nextval(", "uuid(", "random" };
  for (size_t i = 0; i < ARRAY_LENGTH(each_its_own); i++)
    if (column->expression != NULL && strstr(column->expression, each_its_own[i]) != NULL)
      return true;
  return column->is_identity;
}

/* Adds a column that a key speaks of: one of the dataset, or one that the table fills, after those that it is made of.
 * A name that only happens to stand in an expression does no harm. False: each row has a value of its own there. */
static bool add_key_column(const struct search *search, const char *name, struct plan_gold_key *key)
{
  int index = find_column(search->warehouse, search->plan, name);
  const struct gold_table_column *column = find_table_column(search, name);
  for (size_t i = 0; i < key->n_columns; i++)
    if (index != NO_COLUMN && key->columns[i] == (size_t)index)
      return true;
  for (size_t i = 0; i < key->n_filled; i++)
    if (is_name(search->warehouse, key->filled[i].name, name))
      return true;
  if (index != NO_COLUMN)
    key->columns[key->n_columns++] = (size_t)index;
  if (index != NO_COLUMN || column == NULL)
    return true;
  TRY(!tells_rows_apart(column));
  for (size_t i = 0; column->is_generated && i < search->table->n_columns; i++) {
    const char *other = search->table->columns[i].name;
    if (!is_name(search->warehouse, other, name) && gold_speaks_of(column->expression, other))
      TRY(add_key_column(search, other, key));
  }
  key->filled[key->n_filled++] =
      (struct plan_gold_filled){ .name = column->name, .type = column->base, .expression = column->expression };
  return true;
}

/* A key of columns of which the table fills some is one of parts: what they are made of decides. */
static void make_parts(struct arena *arena, const struct gold_table_key *key, struct plan_gold_key *added)
{
  added->parts = arena_array(arena, key->n_columns + 1, sizeof(char *));
  for (size_t i = 0; i < key->n_columns; i++) {
    SCOPED(text_buffer_done) struct text_buffer name = { 0 };
    sql_add_name(&name, key->columns[i]);
    added->parts[added->n_parts++] = text_copy(arena, text_buffer_text(&name));
  }
}

/* One that speaks of no column of the dataset lets a single row in, or every one. */
static void add_table_key(const struct search *search, const struct gold_table_key *key)
{
  struct arena *arena = search->arena;
  struct plan_gold_key *added = &search->plan->gold_keys[search->plan->n_gold_keys];
  *added = (struct plan_gold_key){
    .columns = arena_array(arena, search->plan->n_gold_columns + 1, sizeof(size_t)),
    .nulls_are_equal = key->nulls_are_equal,
    .parts = key->parts,
    .n_parts = key->parts == NULL ? 0 : key->n_parts,
    .condition = key->condition,
    .filled = arena_array(arena, search->table->n_columns + 1, sizeof(*added->filled)),
  };
  for (size_t i = 0; i < key->n_columns; i++)
    if (!add_key_column(search, key->columns[i], added))
      return;
  if (added->n_filled > 0 && added->parts == NULL)
    make_parts(arena, key, added);
  search->plan->n_gold_keys += added->n_columns > 0;
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
  const struct search search = { .arena = arena, .warehouse = warehouse, .table = table, .plan = plan };
  bool is_upsert = plan->dataset->gold.mode == GOLD_UPSERT;
  plan->gold_keys = arena_array(arena, table->n_keys + 1, sizeof(*plan->gold_keys));
  if (is_upsert)
    add_upsert_key(arena, plan);
  for (size_t i = 0; i < table->n_keys; i++)
    if ((table->keys[i].is_plain || table->keys[i].parts != NULL) && table->keys[i].kind != GOLD_EXCLUSION &&
        !(is_upsert && gold_key_is_upsert(&table->keys[i], plan)))
      add_table_key(&search, &table->keys[i]);
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

bool gold_find_limits(struct arena *arena, struct warehouse *warehouse, const struct gold_table *table,
                      struct plan *plan, struct error *err)
{
  TRY(note_encoding(arena, warehouse, plan, err));
  note_requirements(warehouse, table, plan);
  note_keys(arena, warehouse, table, plan);
  plan->gold_bounds_sizes =
      warehouse->driver->loads_elsewhere && (table->bounds_sizes || plan->n_gold_columns >= GOLD_WIDE_COLUMNS);
  return true;
}
