/* metadata.gold_tables: which dataset made a gold table, and which others write it. A table belongs to the dataset's
 * id, not to its lake: two folders may hold one dataset. */
#include "ledger/ledger_internal.h"

#include "base/log.h"

#include <string.h>
#include <strings.h>

enum { OWNER_DATASET, OWNER_LAKE, OWNER_SHARED, OWNER_COLUMNS };

/* " WHERE schema_name = 'gold' AND table_name = 'payments'", as the database compares such names. */
static void add_table_condition(struct text_buffer *sql, const struct warehouse *warehouse, const struct plan *plan)
{
  const char *names[] = { "schema_name", plan->dataset->gold.schema, "table_name", plan->dataset->gold.table };
  for (size_t i = 0; i < ARRAY_LENGTH(names); i += 2) {
    text_buffer_add_string(sql, i == 0 ? " WHERE " : " AND ");
    if (warehouse->driver->folds_case) {
      sql_add_same_name(sql, names[i], names[i + 1]);
      continue;
    }
    text_buffer_printf(sql, "%s = ", names[i]);
    sql_add_string(sql, text_from(names[i + 1]));
  }
}

static bool read_owners(struct arena *arena, struct warehouse *warehouse, const struct plan *plan,
                        struct table *ret_owners, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  ledger_add(&sql, warehouse, "SELECT dataset_name, silver_path, is_shared FROM @gold_tables");
  add_table_condition(&sql, warehouse, plan);
  text_buffer_add_string(&sql, " ORDER BY since, dataset_name");
  return warehouse_query(arena, warehouse, sql.data, ret_owners, err);
}

static char **owner_at(const struct table *owners, size_t row)
{
  return &owners->cells[row * OWNER_COLUMNS];
}

static bool is_shared(char **owner)
{
  return owner[OWNER_SHARED] != NULL && owner[OWNER_SHARED][0] == 't';
}

static bool is_own(const struct plan *plan, char **owner)
{
  return strcmp(owner[OWNER_DATASET], plan->dataset->id.value) == 0;
}

static char **find_own(const struct plan *plan, const struct table *owners)
{
  for (size_t row = 0; row < owners->n_rows; row++)
    if (is_own(plan, owner_at(owners, row)))
      return owner_at(owners, row);
  return NULL;
}

/* What a person would run where the other dataset is this one under an earlier name. */
static void add_renaming(const struct warehouse *warehouse, const struct plan *plan, const char *other,
                         struct text_buffer *sql)
{
  text_buffer_add_string(sql, "UPDATE metadata.gold_tables SET dataset_name = ");
  sql_add_string(sql, text_from(plan->dataset->id.value));
  add_table_condition(sql, warehouse, plan);
  text_buffer_add_string(sql, " AND dataset_name = ");
  sql_add_string(sql, text_from(other));
}

static bool refuse(const struct warehouse *warehouse, const struct plan *plan, const char *other, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  const struct dataset *dataset = plan->dataset;
  bool is_case = strcasecmp(other, dataset->id.value) == 0;
  add_renaming(warehouse, plan, other, &sql);
  if (dataset->gold.shared)
    fail(err, ERROR_CONFIG, dataset->gold.place,
         "gold table \"%s\".\"%s\" belongs to dataset \"%s\", which does not share it", dataset->gold.schema,
         dataset->gold.table, other);
  else
    fail(err, ERROR_CONFIG, dataset->gold.place,
         "gold table \"%s\".\"%s\" belongs to dataset \"%s\": \"%s\" cannot write it%s", dataset->gold.schema,
         dataset->gold.table, other, dataset->id.value, is_case ? " (the two ids differ in case)" : "");
  return add_hint(err,
                  "Give it a table of its own by output.gold.table; or set output.gold.shared: true in both, and run "
                  "\"%s\" first; or, where that was this dataset's earlier id: %s",
                  other, sql.data);
}

/* The first who bars the way. A table that is gone belongs to nobody. */
static bool check_owners(const struct warehouse *warehouse, const struct plan *plan, const struct table *owners,
                         bool is_there, struct error *err)
{
  for (size_t row = 0; row < owners->n_rows && is_there; row++) {
    char **owner = owner_at(owners, row);
    if (!is_own(plan, owner) && !(is_shared(owner) && plan->dataset->gold.shared))
      return refuse(warehouse, plan, owner[OWNER_DATASET], err);
  }
  return true;
}

static void warn_of(const struct plan *plan, const struct table *owners)
{
  const struct dataset *dataset = plan->dataset;
  char **own = find_own(plan, owners);
  if (owners->n_rows == 0)
    log_warning("gold", "table \"%s\".\"%s\" was there and had no owner: from now on it is dataset \"%s\"'s",
                dataset->gold.schema, dataset->gold.table, dataset->id.value);
  else if (own != NULL && own[OWNER_LAKE][0] != '\0' && strcmp(own[OWNER_LAKE], plan->silver_path) != 0)
    log_warning("gold", "table \"%s\".\"%s\" was last written from the lake \"%s\", now from \"%s\"",
                dataset->gold.schema, dataset->gold.table, own[OWNER_LAKE], plan->silver_path);
}

bool ledger_check_gold_owner(struct warehouse *warehouse, const struct plan *plan, bool is_there, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct table owners;
  TRY(read_owners(&scratch, warehouse, plan, &owners, err));
  TRY(check_owners(warehouse, plan, &owners, is_there, err));
  if (is_there)
    warn_of(plan, &owners);
  return true;
}

static void add_row(struct text_buffer *sql, const struct warehouse *warehouse, const struct plan *plan,
                    const struct run *run)
{
  const char *values[] = { plan->dataset->gold.schema, plan->dataset->gold.table, plan->dataset->id.value,
                           plan->silver_path };
  ledger_add(
      sql, warehouse,
      "INSERT INTO @gold_tables (schema_name, table_name, dataset_name, silver_path, is_shared, since) VALUES (");
  for (size_t i = 0; i < ARRAY_LENGTH(values); i++) {
    sql_add_string(sql, text_from(values[i]));
    text_buffer_add_string(sql, ", ");
  }
  text_buffer_printf(sql, "%s, ", plan->dataset->gold.shared ? "true" : "false");
  ledger_add_instant(sql, run->instant_us);
  text_buffer_add_char(sql, ')');
}

static void add_change(struct text_buffer *sql, const struct warehouse *warehouse, const struct plan *plan)
{
  ledger_add(sql, warehouse, "UPDATE @gold_tables SET silver_path = ");
  sql_add_string(sql, text_from(plan->silver_path));
  text_buffer_printf(sql, ", is_shared = %s", plan->dataset->gold.shared ? "true" : "false");
  add_table_condition(sql, warehouse, plan);
  text_buffer_add_string(sql, " AND dataset_name = ");
  sql_add_string(sql, text_from(plan->dataset->id.value));
}

bool ledger_claim_gold(struct warehouse *warehouse, const struct plan *plan, const struct run *run, bool is_there,
                       struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  struct table owners;
  TRY(read_owners(&scratch, warehouse, plan, &owners, err));
  TRY(check_owners(warehouse, plan, &owners, is_there, err));
  char **own = is_there ? find_own(plan, &owners) : NULL;
  if (!is_there && owners.n_rows > 0) { /* of a table that was dropped */
    ledger_add(&sql, warehouse, "DELETE FROM @gold_tables");
    add_table_condition(&sql, warehouse, plan);
    TRY(ledger_write(warehouse, sql.data, err));
    text_buffer_clear(&sql);
  }
  if (own == NULL)
    add_row(&sql, warehouse, plan, run);
  else if (strcmp(own[OWNER_LAKE], plan->silver_path) != 0 || is_shared(own) != plan->dataset->gold.shared)
    add_change(&sql, warehouse, plan);
  return sql.length == 0 || ledger_write(warehouse, sql.data, err);
}
