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

static void print_comment(const char *text, struct text_buffer *out)
{
  text_buffer_add_string(out, "# ");
  text_add_visible(out, text_from(text));
  text_buffer_add_string(out, ".\n");
}

/* Whether a column may tell records apart: no date, amount or long text does so by more than chance. */
static bool may_be_key(const struct profile *profile, const struct column_profile *column)
{
  return column->facts.uniqueness == VALUES_UNIQUE && column->nulls == 0 && profile->n_rows > 1 &&
         (type_is_integral(column->type) || column->type->id == TYPE_STRING);
}

/* What is doubtful in how the files are read. */
static void print_form_doubts(struct arena *arena, const struct profile *profile, struct text_buffer *out)
{
  if (profile->form.doubt != NULL)
    print_comment(profile->form.doubt, out);
  if (profile->form.records != NULL)
    print_comment(arena_printf(arena,
                               "The records are the elements of %s in each document; without `records` each "
                               "document is one",
                               profile->form.records),
                  out);
  if (profile->n_malformed > 0)
    print_comment(arena_printf(arena,
                               "%" PRIu64 " records are malformed, the first at %s: `crisol show --quarantine` "
                               "shows them after a run",
                               profile->n_malformed, profile->malformed),
                  out);
  for (size_t i = 0; i < profile->n_differences; i++)
    print_comment(profile->differences[i], out);
}

static void print_doubts(struct arena *arena, const struct profile *profile, struct text_buffer *out)
{
  print_form_doubts(arena, profile, out);
  for (size_t i = 0; i < profile->n_columns; i++) {
    const struct column_profile *column = &profile->columns[i];
    if (column->doubt != NULL)
      print_comment(arena_printf(arena, "%s: %s", column->column, column->doubt), out);
    if (column->nulls == profile->n_rows && profile->n_rows > 0)
      text_buffer_printf(out, "# %s: every value is null.\n", column->column);
    else if (column->nulls > 0)
      text_buffer_printf(out, "# %s: %.1f %% of the values are null.\n", column->column,
                         100.0 * (double)column->nulls / (double)profile->n_rows);
  }
}

/* What may be meant, as comments: keys, lists, expressions. */
static void print_offers(const struct profile *profile, struct text_buffer *out)
{
  bool has_key = false;
  for (size_t i = 0; i < profile->n_columns; i++) {
    const struct column_profile *column = &profile->columns[i];
    if (column->offer != NULL)
      text_buffer_add_string(out, column->offer);
    if (column->type->id == TYPE_ARRAY)
      text_buffer_printf(out,
                         "  # One row an element of %s:\n  # explode: { column: \"%s\", as: \"%s_element\", "
                         "keep_empty: true }\n",
                         column->column, column->column, column->column);
    if (!may_be_key(profile, column))
      continue;
    text_buffer_printf(
        out, "  # No value of %s is there twice%s:\n  # deduplicate: { key: [\"%s\"] }\n", column->column,
        has_key ? ", either" : "; where a later delivery brings one again, one row stays", column->column);
    has_key = true;
  }
}

static const char *dataset_text(struct arena *arena, const struct profile *profile, const char *path, const char *id,
                                bool with_gold)
{
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  text_buffer_printf(&out, "# Made by `crisol init` out of %s%" PRIu64 " records in %zu file%s.\n",
                     profile->is_sample ? "a sample of " : "", profile->n_rows, profile->n_files,
                     profile->n_files == 1 ? "" : "s");
  print_doubts(arena, profile, &out);
  text_buffer_printf(&out, "id: \"%s\"\n\n", id);
  profile_print_source(&profile->form, path, &out);
  text_buffer_add_string(&out, "\nstandardization:\n  timezone: UTC # of timestamps that have no offset\n");
  if (profile->locale != NULL)
    text_buffer_printf(&out, "  locale: %s # numbers and names of months are written so\n", profile->locale);
  print_renames(profile, &out);
  print_casts(arena, profile, &out);
  print_offers(profile, &out);
  text_buffer_printf(&out, "\nquality:\n  expectations_ref: %s_expectations.yml\n  quarantine: lake/quarantine/%s\n",
                     id, id);
  text_buffer_printf(&out, "\nschema:\n  ref: %s_schema.json\n  mode: flexible\n", id);
  text_buffer_printf(&out, "\noutput:\n  silver:\n    format: parquet\n    path: lake/silver/%s\n    mode: overwrite\n",
                     id);
  if (profile->n_differences > 0)
    text_buffer_add_string(&out, "    merge_schema: true # files have other columns than the first one\n");
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

static void add_presence(const struct profile *profile, const struct column_profile *column, struct text_buffer *out)
{
  SCOPED(text_buffer_done) struct text_buffer expr = { 0 };
  text_buffer_printf(&expr, "`%s` IS NOT NULL", column->column);
  if (column->nulls == 0) {
    add_rule(out, column->column, "present", text_buffer_text(&expr), "    on_fail: quarantine\n");
    return;
  }
  text_buffer_printf(out,
                     "  # %s is null in %.1f %% of %" PRIu64 " records:\n  # - name: %s_present\n  #   expr: \"%s\"\n"
                     "  #   on_fail: warn\n",
                     column->column, 100.0 * (double)column->nulls / (double)profile->n_rows, profile->n_rows,
                     column->column, expr.data);
}

/* Few values that recur, as a warning. */
static bool add_known(const struct profile *profile, const struct column_profile *column, struct text_buffer *out)
{
  const struct summary_facts *facts = &column->facts;
  SCOPED(text_buffer_done) struct text_buffer expr = { 0 };
  if (column->is_typed || column->type->id != TYPE_STRING || facts->n_top < 2 || !facts->is_top_exact ||
      facts->n_top != facts->distinct || profile->n_rows < facts->n_top * 10)
    return false;
  text_buffer_printf(&expr, "`%s` IN (", column->column);
  for (size_t v = 0; v < facts->n_top; v++) {
    if (strpbrk(facts->top[v].text.data, "'\\") != NULL || strlen(facts->top[v].text.data) != facts->top[v].text.length)
      return false;
    text_buffer_printf(&expr, "%s'%s'", v == 0 ? "" : ", ", facts->top[v].text.data);
  }
  text_buffer_add_char(&expr, ')');
  add_rule(out, column->column, "known", text_buffer_text(&expr), "    on_fail: warn\n    on_null: pass\n");
  return true;
}

/* The range of numbers and dates as a comment: the next delivery may well leave it, which only people can judge. */
static void add_range(struct arena *arena, const struct column_profile *column, struct text_buffer *out)
{
  enum type_id id = column->type->id;
  bool is_date = id == TYPE_DATE || id == TYPE_TIMESTAMP;
  if ((!type_is_numeric(column->type) && !is_date) || column->least == NULL || column->facts.distinct < 2)
    return;
  const char *word = id == TYPE_DATE ? "DATE" : "TIMESTAMP";
  const char *least = is_date ? arena_printf(arena, "%s'%s'", word, column->least) : column->least;
  const char *greatest = is_date ? arena_printf(arena, "%s'%s'", word, column->greatest) : column->greatest;
  text_buffer_printf(out, "  # %s lay between %s and %s", column->column, column->least, column->greatest);
  if (column->quantiles != NULL)
    text_buffer_printf(out, " (a quarter below %.10g, half below %.10g, 99 %% below %.10g)", column->quantiles[0],
                       column->quantiles[1], column->quantiles[3]);
  text_buffer_printf(out,
                     "; the next delivery may go beyond:\n  # - name: %s_range\n  #   expr: \"`%s` BETWEEN %s AND "
                     "%s\"\n  #   on_fail: warn\n  #   on_null: pass\n",
                     column->column, column->column, least, greatest);
}

static const char *expectations_text(struct arena *arena, const struct profile *profile)
{
  SCOPED(text_buffer_done) struct text_buffer out = { 0 }, rules = { 0 };
  bool has_rule = false;
  for (size_t i = 0; i < profile->n_columns; i++) {
    const struct column_profile *column = &profile->columns[i];
    has_rule = has_rule || column->nulls == 0;
    if (column->nulls < profile->n_rows)
      add_presence(profile, column, &rules);
    has_rule = add_known(profile, column, &rules) || has_rule;
    add_range(arena, column, &rules);
  }
  text_buffer_add_string(&out,
                         "# What every record that was looked at meets. Rules that are comments hold, too: take the # "
                         "away from those\n# that the next delivery has to meet.\n");
  text_buffer_add_string(&out, has_rule ? "rules:\n" : "rules: []\n");
  text_buffer_add_text(&out, text_buffer_text(&rules));
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
    bool is_json = id == TYPE_STRING && column->facts.n_json > 0; /* its values are no strings */
    if ((size_t)id >= ARRAY_LENGTH(json_types) || json_types[id].type == NULL || is_json)
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
