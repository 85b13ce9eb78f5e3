/* Names in a server that keeps its texts in another encoding than UTF-8: it refuses any statement with a character that
 * it lacks, however far the run has come by then. */
#include "ledger/ledger_internal.h"

#include "base/file.h"
#include "base/log.h"

struct name {
  const char *what, *text;
  struct place place;
};

struct names {
  struct arena *arena;
  struct name *items;
  size_t count, capacity;
};

static bool is_ascii(const char *text)
{
  for (const char *c = text; *c != '\0'; c++)
    if ((*c & 0x80) != 0)
      return false;
  return true;
}

static void add_name(struct names *names, const char *what, const char *text, struct place place)
{
  if (text == NULL || is_ascii(text))
    return;
  names->items = arena_grow(names->arena, names->items, names->count, &names->capacity, sizeof(*names->items));
  names->items[names->count++] = (struct name){ .what = what, .text = text, .place = place };
}

static struct names find_names(struct arena *arena, const struct plan *plan)
{
  const struct dataset *dataset = plan->dataset;
  struct names names = { .arena = arena };
  struct drift_columns columns = plan_read_columns(arena, plan);
  add_name(&names, "dataset", dataset->id.value, dataset->id.place);
  add_name(&names, "silver path", plan->silver_path == NULL ? NULL : path_absolute(arena, plan->silver_path),
           dataset->silver.path.place);
  if (dataset->gold.enabled) {
    add_name(&names, "gold schema", dataset->gold.schema, dataset->gold.place);
    add_name(&names, "gold table", dataset->gold.table, dataset->gold.place);
    for (size_t i = 0; i < plan->n_gold_columns; i++) {
      add_name(&names, "gold column", plan->gold_columns[i].name, dataset->gold.place);
      add_name(&names, "description", plan->gold_columns[i].description, dataset->schema_ref.place);
    }
    for (size_t i = 0; i < dataset->gold.n_add_columns; i++)
      add_name(&names, "value of an added column", dataset->gold.add_columns[i].value.value,
               dataset->gold.add_columns[i].value.place);
  }
  for (size_t i = 0; i < dataset->n_rules; i++)
    add_name(&names, "rule", dataset->rules[i].name.value, dataset->rules[i].name.place);
  for (size_t i = 0; i < columns.count; i++)
    add_name(&names, "column", columns.names[i], NOWHERE);
  for (size_t i = 0; i < plan->n_files; i++)
    add_name(&names, "input", path_absolute(arena, plan->files[i].path), NOWHERE);
  return names;
}

/* Whether the server has all characters of these texts. It says so before it does anything: as what is tried is outside
 * of a transaction, nothing is lost. */
static bool ask(struct warehouse *warehouse, const struct name *items, size_t count, bool *ret_has, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  text_buffer_add_string(&sql, "SELECT length(");
  for (size_t i = 0; i < count; i++) {
    text_buffer_add_string(&sql, i == 0 ? "" : " || ");
    sql_add_string(&sql, text_from(items[i].text));
  }
  text_buffer_add_char(&sql, ')');
  *ret_has = warehouse_execute(warehouse, sql.data, err);
  return *ret_has || err->kind == ERROR_DATA;
}

bool ledger_check_names(struct arena *arena, struct warehouse *warehouse, const struct plan *plan, struct error *err)
{
  bool has_all = true;
  if (warehouse->encoding == NULL)
    return true;
  struct names names = find_names(arena, plan);
  TRY(names.count == 0 || ask(warehouse, names.items, names.count, &has_all, err));
  for (size_t i = 0; !has_all && i < names.count; i++) {
    bool has_it = true;
    TRY(ask(warehouse, &names.items[i], 1, &has_it, err));
    if (has_it)
      continue;
    fail(err, ERROR_CONFIG, names.items[i].place,
         "%s \"%s\" has a character that PostgreSQL at %s lacks: it keeps its texts in %s", names.items[i].what,
         names.items[i].text, warehouse->name, warehouse->encoding);
    return add_hint(err, "Choose another name, or a database that was made with ENCODING 'UTF8'.");
  }
  return true;
}

/* One character of UTF-8, visible in ASCII; the number of its bytes. `escape` is what begins it. */
static size_t add_character(struct text_buffer *out, const char *at, const char *escape)
{
  unsigned char first = (unsigned char)at[0];
  size_t length = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  uint32_t c = length == 1 ? first : first & (0xFFU >> (length + 1));
  for (size_t i = 1; i < length && at[i] != '\0'; i++)
    c = c << 6 | ((unsigned char)at[i] & 0x3FU);
  if (first < 0x80)
    text_buffer_add_char(out, at[0]);
  else
    text_buffer_printf(out, "%su%04x", escape, c);
  return length;
}

/* Within a transaction, a statement that fails must not end it. */
static bool has_characters(struct warehouse *warehouse, const char *text)
{
  struct name name = { .text = text };
  struct error ignored;
  bool has_all = false, is_within = warehouse->is_in_transaction;
  if (is_within && !warehouse_execute(warehouse, "SAVEPOINT crisol_text", &ignored))
    return true;
  if (!ask(warehouse, &name, 1, &has_all, &ignored))
    return true;
  if (is_within && !warehouse_execute(warehouse, "ROLLBACK TO SAVEPOINT crisol_text", &ignored))
    log_debug("metadata", "%s", ignored.message);
  return has_all;
}

void ledger_add_told(struct text_buffer *sql, struct warehouse *warehouse, const char *text, enum told_form form)
{
  SCOPED(text_buffer_done) struct text_buffer escaped = { 0 };
  if (text == NULL) {
    text_buffer_add_string(sql, "NULL");
    return;
  }
  if (warehouse->encoding == NULL || is_ascii(text) || has_characters(warehouse, text)) {
    sql_add_string(sql, text_from(text));
    return;
  }
  /* A server that lacks a character does not read JSON's own escape of it either. */
  for (const char *at = text; *at != '\0';)
    at += add_character(&escaped, at, form == TOLD_JSON ? "\\\\" : "\\");
  sql_add_string(sql, text_buffer_text(&escaped));
}
