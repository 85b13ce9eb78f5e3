/* A dataset, its expectations and its JSON Schema out of a profile: what every row meets, and doubts as comments. */
#include "base/file.h"
#include "base/visible.h"
#include "expr/expr.h"
#include "profile/profile.h"

#include <inttypes.h>
#include <sys/stat.h>

static void print_renames(const struct profile *profile, struct text_buffer *out)
{
  bool is_first = true;
  for (size_t i = 0; i < profile->n_columns; i++) {
    const struct column_profile *column = &profile->columns[i];
    if (strcmp(column->name, column->column) == 0)
      continue;
    text_buffer_add_string(out, is_first ? "  rename:\n" : "");
    is_first = false;
    text_buffer_add_string(out, "    - { from: ");
    json_add_string(out, text_from(column->name));
    text_buffer_printf(out, ", to: \"%s\" }\n", column->column);
  }
}

static bool is_cast(const struct column_profile *column)
{
  return !column->is_typed && column->type->id != TYPE_STRING;
}

static void print_casts(struct arena *arena, const struct profile *profile, struct text_buffer *out)
{
  bool is_first = true;
  for (size_t i = 0; i < profile->n_columns; i++) {
    const struct column_profile *column = &profile->columns[i];
    if (!is_cast(column))
      continue;
    text_buffer_add_string(out,
                           is_first ? "  # What cannot be converted is quarantined with its reason.\n  casts:\n" : "");
    is_first = false;
    text_buffer_printf(out, "    - { column: \"%s\", to: ", column->column);
    json_add_string(out, text_from(type_ddl(arena, column->type)));
    text_buffer_add_string(out, ", ");
    if (column->hint != NULL) {
      text_buffer_add_string(out, "format_hint: ");
      json_add_string(out, text_from(column->hint));
      text_buffer_add_string(out, ", ");
    }
    if (column->locale != NULL && (profile->locale == NULL || strcmp(profile->locale, column->locale) != 0))
      text_buffer_printf(out, "locale: %s, ", column->locale);
    text_buffer_add_string(out, "on_error: quarantine }\n");
  }
}

static void print_doubts(const struct profile *profile, struct text_buffer *out)
{
  if (profile->n_malformed > 0)
    text_buffer_printf(out, "# %" PRIu64 " records are malformed: `crisol show --quarantine` shows them after a run.\n",
                       profile->n_malformed);
  for (size_t i = 0; i < profile->n_columns; i++) {
    const struct column_profile *column = &profile->columns[i];
    if (column->doubt != NULL) {
      text_buffer_printf(out, "# %s: ", column->column);
      text_add_visible(out, text_from(column->doubt));
      text_buffer_add_string(out, ".\n");
    }
    if (column->nulls == profile->n_rows && profile->n_rows > 0)
      text_buffer_printf(out, "# %s: every value is null.\n", column->column);
    else if (column->nulls > 0)
      text_buffer_printf(out, "# %s: %.1f %% of the values are null.\n", column->column,
                         100.0 * (double)column->nulls / (double)profile->n_rows);
    if (column->facts.uniqueness == VALUES_UNIQUE && column->nulls == 0 && profile->n_rows > 1)
      text_buffer_printf(out, "# %s: no value is there twice; it may be a key (standardization.deduplicate).\n",
                         column->column);
  }
}

static const char *dataset_text(struct arena *arena, const struct profile *profile, const char *path, const char *id,
                                bool with_gold)
{
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  text_buffer_printf(&out, "# Made by `crisol init` out of %s%" PRIu64 " records in %zu file%s.\n",
                     profile->is_sample ? "a sample of " : "", profile->n_rows, profile->n_files,
                     profile->n_files == 1 ? "" : "s");
  print_doubts(profile, &out);
  text_buffer_printf(&out, "id: \"%s\"\n\n", id);
  profile_print_source(&profile->form, path, &out);
  text_buffer_add_string(&out, "\nstandardization:\n  timezone: UTC # of timestamps that have no offset\n");
  if (profile->locale != NULL)
    text_buffer_printf(&out, "  locale: %s # numbers and names of months are written so\n", profile->locale);
  print_renames(profile, &out);
  print_casts(arena, profile, &out);
  text_buffer_printf(&out, "\nquality:\n  expectations_ref: %s_expectations.yml\n  quarantine: lake/quarantine/%s\n",
                     id, id);
  text_buffer_printf(&out, "\nschema:\n  ref: %s_schema.json\n  mode: flexible\n", id);
  text_buffer_printf(&out, "\noutput:\n  silver:\n    format: parquet\n    path: lake/silver/%s\n    mode: overwrite\n",
                     id);
  if (with_gold)
    text_buffer_printf(
        &out, "  gold:\n    enabled: true\n    database_config: %s_database.yml\n    environment: development\n", id);
  return text_copy(arena, text_buffer_text(&out));
}

/* expectations */

static void add_rule(struct text_buffer *out, const char *column, const char *what, struct text expr, const char *rest)
{
  text_buffer_printf(out, "  - name: %s_%s\n    expr: ", column, what);
  json_add_string(out, expr);
  text_buffer_printf(out, "\n%s", rest);
}

static const char *expectations_text(struct arena *arena, const struct profile *profile)
{
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  text_buffer_add_string(&out, "# What every record that was looked at meets.\nrules:");
  size_t start = out.length;
  for (size_t i = 0; i < profile->n_columns; i++) {
    const struct column_profile *column = &profile->columns[i];
    SCOPED(text_buffer_done) struct text_buffer expr = { 0 };
    if (out.length == start)
      text_buffer_add_char(&out, '\n');
    if (column->nulls == 0 && profile->n_rows > 0) {
      text_buffer_printf(&expr, "`%s` IS NOT NULL", column->column);
      add_rule(&out, column->column, "present", text_buffer_text(&expr), "    on_fail: quarantine\n");
    }
    if (column->is_typed || column->type->id != TYPE_STRING || column->facts.n_top < 2 ||
        column->facts.n_top != column->facts.distinct || profile->n_rows < column->facts.n_top * 10)
      continue;
    text_buffer_clear(&expr);
    text_buffer_printf(&expr, "`%s` IN (", column->column);
    bool is_plain = true;
    for (size_t v = 0; v < column->facts.n_top; v++) {
      const char *value = column->facts.top[v].text.data;
      is_plain = is_plain && strpbrk(value, "'\\") == NULL;
      text_buffer_printf(&expr, "%s'%s'", v == 0 ? "" : ", ", value);
    }
    text_buffer_add_char(&expr, ')');
    if (is_plain)
      add_rule(&out, column->column, "known", text_buffer_text(&expr), "    on_fail: warn\n    on_null: pass\n");
  }
  if (text_buffer_text(&out).data[out.length - 1] == ':' || out.length == start + 1)
    text_buffer_add_string(&out, "  []\n");
  return text_copy(arena, text_buffer_text(&out));
}

/* the schema */

/* Of other types a schema says nothing. */
static const struct {
  const char *type, *format;
} json_types[] = {
  [TYPE_STRING] = { "string", NULL },           [TYPE_INT] = { "integer", NULL },
  [TYPE_BIGINT] = { "integer", NULL },          [TYPE_SMALLINT] = { "integer", NULL },
  [TYPE_TINYINT] = { "integer", NULL },         [TYPE_DECIMAL] = { "number", NULL },
  [TYPE_DOUBLE] = { "number", NULL },           [TYPE_FLOAT] = { "number", NULL },
  [TYPE_BOOLEAN] = { "boolean", NULL },         [TYPE_DATE] = { "string", "date" },
  [TYPE_TIMESTAMP] = { "string", "date-time" },
};

static const char *schema_text(struct arena *arena, const struct profile *profile)
{
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  bool is_first = true;
  text_buffer_add_string(&out, "{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n  \"type\": "
                               "\"object\",\n  \"properties\": {");
  for (size_t i = 0; i < profile->n_columns; i++) {
    const struct column_profile *column = &profile->columns[i];
    enum type_id id = column->type->id;
    if ((size_t)id >= ARRAY_LENGTH(json_types) || json_types[id].type == NULL)
      continue;
    text_buffer_printf(&out, "%s\n    \"%s\": { \"type\": ", is_first ? "" : ",", column->column);
    text_buffer_printf(&out, column->nulls > 0 ? "[\"%s\", \"null\"]" : "\"%s\"", json_types[id].type);
    if (json_types[id].format != NULL)
      text_buffer_printf(&out, ", \"format\": \"%s\"", json_types[id].format);
    text_buffer_add_string(&out, " }");
    is_first = false;
  }
  text_buffer_add_string(&out, "\n  }\n}\n");
  return text_copy(arena, text_buffer_text(&out));
}

bool profile_write(struct arena *arena, const struct profile *profile, const char *path, const char *id,
                   const char *directory, bool with_gold, const char **ret_path, struct error *err)
{
  const struct {
    const char *path;
    const char *text;
  } files[] = {
    { path_join(arena, directory, arena_printf(arena, "%s_expectations.yml", id)), expectations_text(arena, profile) },
    { path_join(arena, directory, arena_printf(arena, "%s_schema.json", id)), schema_text(arena, profile) },
    { path_join(arena, directory, arena_printf(arena, "%s_database.yml", id)),
      "development:\n  driver: duckdb\n  path: lake/warehouse.duckdb\n" },
    { path_join(arena, directory, arena_printf(arena, "%s.yml", id)),
      dataset_text(arena, profile, path, id, with_gold) },
  };
  for (size_t i = 0; i < ARRAY_LENGTH(files); i++)
    if ((i != 2 || with_gold) && lstat(files[i].path, &(struct stat){ 0 }) == 0)
      return fail(err, ERROR_CONFIG, NOWHERE, "\"%s\" is there already, and nothing was written", files[i].path) ||
             add_hint(err, "Give another name with --id, or another directory with -o.");
  for (size_t i = 0; i < ARRAY_LENGTH(files); i++)
    if (i != 2 || with_gold)
      TRY(file_write(files[i].path, text_from(files[i].text), err));
  *ret_path = files[ARRAY_LENGTH(files) - 1].path;
  return true;
}
