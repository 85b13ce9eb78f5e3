/* A gold table in a DuckDB file as it stands, by the engine's catalog. */
#include "warehouse/gold_internal.h"
#include "warehouse/gold_table.h"

/* Adds " WHERE ..." that the rows of a catalog function are of the gold table. */
static void add_where(const struct plan *plan, struct text_buffer *sql)
{
  text_buffer_add_string(sql, " WHERE database_name = 'warehouse' AND ");
  sql_add_same_name(sql, "schema_name", plan->dataset->gold.schema);
  text_buffer_add_string(sql, " AND ");
  sql_add_same_name(sql, "table_name", plan->dataset->gold.table);
}

static bool query(struct arena *arena, struct warehouse *warehouse, const struct plan *plan, const char *select,
                  const char *rest, struct table *ret_table, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  text_buffer_add_string(&sql, select);
  add_where(plan, &sql);
  text_buffer_add_string(&sql, rest);
  return database_query(arena, warehouse->database, sql.data, ret_table, err);
}

static bool is_true(const char *cell)
{
  return cell != NULL && (cell[0] == 't' || cell[0] == '1');
}

/* The catalog shows a generated column's expression as a default; the binder knows better, and runs nothing. */
static bool is_generated(struct warehouse *warehouse, const struct plan *plan, const char *name)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  struct error ignored;
  text_buffer_add_string(&sql, "EXPLAIN INSERT INTO ");
  gold_add_table_name(plan, &sql);
  text_buffer_add_string(&sql, " (");
  sql_add_name(&sql, name);
  text_buffer_add_string(&sql, ") SELECT NULL");
  return !database_execute(warehouse->database, sql.data, &ignored);
}

static bool read_columns(struct arena *arena, struct warehouse *warehouse, const struct plan *plan,
                         struct gold_table *table, struct error *err)
{
  struct table found, definition;
  TRY(query(arena, warehouse, plan,
            "SELECT column_name, data_type, CAST(NOT is_nullable AS VARCHAR), column_default, comment FROM "
            "duckdb_columns()",
            " ORDER BY column_index", &found, err));
  TRY(query(arena, warehouse, plan, "SELECT sql FROM duckdb_tables()", "", &definition, err));
  bool may_be_generated = definition.n_rows > 0 && strstr(definition.cells[0], "GENERATED ALWAYS AS") != NULL;
  table->is_there = definition.n_rows > 0;
  table->columns = arena_array(arena, found.n_rows + 1, sizeof(*table->columns));
  table->n_columns = found.n_rows;
  for (size_t row = 0; row < found.n_rows; row++) {
    char **cells = &found.cells[row * found.n_columns];
    table->columns[row] = (struct gold_table_column){
      .name = cells[0],
      .type = cells[1],
      .base = cells[1],
      .is_required = is_true(cells[2]),
      .has_default = cells[3] != NULL,
      .is_generated = may_be_generated && cells[3] != NULL && is_generated(warehouse, plan, cells[0]),
      .comment = cells[4],
      .expression = cells[3],
    };
  }
  return true;
}

/* The column that a part of an index is: an expression stands in parentheses, a name in quotes where it wants them. */
static const char *part_column(const struct gold_table *table, const char *part)
{
  SCOPED(text_buffer_done) struct text_buffer quoted = { 0 };
  for (size_t i = 0; i < table->n_columns; i++) {
    text_buffer_clear(&quoted);
    sql_add_name(&quoted, table->columns[i].name);
    if (text_equal_nocase(text_from(part), text_from(table->columns[i].name)) ||
        text_equal_nocase(text_from(part), text_buffer_text(&quoted)))
      return table->columns[i].name;
  }
  return NULL;
}

/* A key that has an expression is one of parts, over the columns that those speak of. */
static void add_part(const struct gold_table *table, const char *part, struct gold_table_key *key)
{
  const char *column = part_column(table, part);
  key->parts[key->n_parts++] = part;
  key->is_plain = key->is_plain && column != NULL;
  if (column != NULL)
    key->columns[key->n_columns++] = column;
  for (size_t i = 0; column == NULL && i < table->n_columns; i++)
    if (gold_speaks_of(part, table->columns[i].name) && !gold_key_has(key, table->columns[i].name))
      key->columns[key->n_columns++] = table->columns[i].name;
}

/* One row a column of each key, or a part of each index. */
static bool read_keys(struct arena *arena, struct warehouse *warehouse, const struct plan *plan,
                      struct gold_table *table, struct error *err)
{
  struct table constraints, indexes;
  TRY(query(arena, warehouse, plan,
            "SELECT constraint_name, constraint_type, unnest(constraint_column_names) FROM duckdb_constraints()",
            " AND constraint_type IN ('PRIMARY KEY', 'UNIQUE')", &constraints, err));
  TRY(query(arena, warehouse, plan,
            "SELECT index_name, 'INDEX', unnest(CAST(expressions AS VARCHAR[])) FROM duckdb_indexes()",
            " AND is_unique AND NOT is_primary", &indexes, err));
  const struct table *found[] = { &constraints, &indexes };
  table->keys = arena_array(arena, constraints.n_rows + indexes.n_rows + 1, sizeof(*table->keys));
  for (size_t i = 0; i < ARRAY_LENGTH(found); i++)
    for (size_t row = 0; row < found[i]->n_rows; row++) {
      char **cells = &found[i]->cells[row * 3];
      struct gold_table_key *key = &table->keys[table->n_keys == 0 ? 0 : table->n_keys - 1];
      if (key->name == NULL || strcmp(key->name, cells[0]) != 0) {
        key = &table->keys[table->n_keys++];
        *key =
            (struct gold_table_key){ .kind = cells[1][0] == 'P'   ? GOLD_PRIMARY_KEY
                                             : cells[1][0] == 'U' ? GOLD_UNIQUE
                                                                  : GOLD_UNIQUE_INDEX,
                                     .name = cells[0],
                                     .columns = arena_array(arena, table->n_columns + found[i]->n_rows, sizeof(char *)),
                                     .parts = arena_array(arena, found[i]->n_rows, sizeof(char *)),
                                     .is_plain = true };
      }
      if (found[i] == &indexes)
        add_part(table, cells[2], key);
      else
        key->columns[key->n_columns++] = cells[2];
    }
  for (size_t i = 0; i < table->n_keys; i++)
    if (table->keys[i].is_plain)
      table->keys[i].parts = NULL;
  return true;
}

/* Names are those of the engine: without case. */
static int find_wanted(const struct plan *plan, const char *name)
{
  for (size_t i = 0; i < plan->n_gold_columns; i++)
    if (text_equal_nocase(text_from(plan->gold_columns[i].name), text_from(name)))
      return (int)i;
  return NO_COLUMN;
}

static void note_requirements(const struct warehouse *warehouse, const struct plan *plan, struct gold_table *table)
{
  for (size_t i = 0; i < table->n_columns; i++) {
    struct gold_table_column *column = &table->columns[i];
    column->wanted = find_wanted(plan, column->name);
    bool stays = !gold_was_required(warehouse, column->name) ||
                 (column->wanted != NO_COLUMN && plan->gold_columns[column->wanted].is_required);
    for (size_t k = 0; k < table->n_keys; k++)
      stays = stays || (table->keys[k].kind == GOLD_PRIMARY_KEY && gold_key_has(&table->keys[k], column->name));
    column->stays_required = column->is_required && stays;
  }
}

bool duckdb_read_table(struct arena *arena, struct warehouse *warehouse, const struct plan *plan,
                       struct gold_table *ret_table, struct error *err)
{
  struct gold_table table = { 0 };
  TRY(read_columns(arena, warehouse, plan, &table, err));
  if (table.is_there)
    TRY(read_keys(arena, warehouse, plan, &table, err));
  note_requirements(warehouse, plan, &table);
  *ret_table = table;
  return true;
}
