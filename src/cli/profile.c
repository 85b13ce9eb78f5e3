/* crisol profile and crisol init: what files hold, as a table, as JSON, or as a dataset. */
#include "profile/profile.h"

#include "base/file.h"
#include "base/log.h"
#include "base/visible.h"
#include "cli/grid.h"
#include "cli/load.h"
#include "config/catalog.h"
#include "value/json_value.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

enum { SAMPLE = 100000 };

static bool find_profile(struct cli *cli, struct profile *profile, struct error *err)
{
  const char *path = cli->arguments[0];
  uint64_t limit = cli->sample ? SAMPLE : 0;
  bool is_dataset = (text_ends_with(text_from(path), TEXT(".yml")) || text_ends_with(text_from(path), TEXT(".yaml"))) &&
                    config_kind_of(cli->arena, path) == CONFIG_DATASET;
  struct pipeline_options asked = cli_options(cli, path);
  *profile = (struct profile){ 0 };
  if (is_dataset)
    return profile_dataset(cli->arena, &asked, &cli->s3, limit, profile, err);
  return profile_files(cli->arena, &asked, path, &cli->s3, limit, profile, err);
}

static void add_text(struct text_buffer *out, const char *key, const char *value)
{
  text_buffer_printf(out, ", \"%s\": ", key);
  json_add_string_or_null(out, value);
}

static void print_counted(struct text_buffer *out, const char *key, const char *what, const struct counted_text *texts,
                          size_t count)
{
  text_buffer_printf(out, ", \"%s\": [", key);
  for (size_t i = 0; i < count; i++) {
    text_buffer_printf(out, "%s{\"%s\": ", i == 0 ? "" : ", ", what);
    json_add_string(out, texts[i].text);
    text_buffer_printf(out, ", \"count\": %" PRIu64 "}", texts[i].count);
  }
  text_buffer_add_char(out, ']');
}

static void print_quantiles(struct text_buffer *out, const double *quantiles)
{
  static const char *const shares[SUMMARY_QUANTILES] = { "0.25", "0.5", "0.75", "0.99" };
  text_buffer_add_string(out, ", \"quantiles\": ");
  for (size_t i = 0; quantiles != NULL && i < SUMMARY_QUANTILES; i++)
    text_buffer_printf(out, "%s\"%s\": %.15g", i == 0 ? "{" : ", ", shares[i], quantiles[i]);
  text_buffer_add_string(out, quantiles == NULL ? "null" : "}");
}

static void print_column(struct arena *arena, const struct profile *profile, const struct column_profile *column,
                         struct text_buffer *out)
{
  const struct summary_facts *facts = &column->facts;
  text_buffer_add_string(out, "{\"name\": ");
  json_add_string(out, text_from(column->name));
  add_text(out, "type", type_name(arena, column->type));
  add_text(out, "format_hint", column->hint);
  add_text(out, "locale", column->locale);
  text_buffer_printf(out, ", \"count\": %" PRIu64 ", \"nulls\": %" PRIu64 ", \"distinct\": %" PRIu64 ", \"exact\": %s",
                     profile->n_rows - column->nulls, column->nulls, facts->distinct,
                     facts->is_exact ? "true" : "false");
  add_text(out, "min", column->least);
  add_text(out, "max", column->greatest);
  print_quantiles(out, column->quantiles);
  print_counted(out, "top", "value", facts->top, facts->n_top);
  print_counted(out, "patterns", "pattern", facts->shapes, facts->n_shapes);
  add_text(out, "doubt", column->doubt);
  text_buffer_add_char(out, '}');
}

static void print_json(struct arena *arena, const struct profile *profile)
{
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  text_buffer_printf(&out, "{\"rows\": %" PRIu64 ", \"malformed\": %" PRIu64 ", \"files\": %zu, \"columns\": [",
                     profile->n_rows, profile->n_malformed, profile->n_files);
  for (size_t i = 0; i < profile->n_columns; i++) {
    text_buffer_add_string(&out, i == 0 ? "" : ", ");
    print_column(arena, profile, &profile->columns[i], &out);
  }
  text_buffer_add_string(&out, "]}\n");
  print_data(text_buffer_text(&out));
}

/* "a (12), b (3)". */
static const char *join_counted(struct arena *arena, const struct counted_text *texts, size_t count)
{
  enum { SHOWN = 5 };
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  for (size_t i = 0; i < count && i < SHOWN; i++)
    text_buffer_printf(&out, "%s%.*s (%" PRIu64 ")", i == 0 ? "" : ", ", TEXT_ARGS(texts[i].text), texts[i].count);
  return text_copy(arena, text_buffer_text(&out));
}

static const char *join_quantiles(struct arena *arena, const double *quantiles)
{
  if (quantiles == NULL)
    return NULL;
  return arena_printf(arena, "%.10g, %.10g, %.10g, %.10g", quantiles[0], quantiles[1], quantiles[2], quantiles[3]);
}

static void print_table(struct arena *arena, const struct profile *profile)
{
  static const struct grid_column columns[] = { { "column", false },  { "type", false },      { "count", true },
                                                { "nulls", true },    { "distinct", true },   { "min", false },
                                                { "max", false },     { "quantiles", false }, { "top", false },
                                                { "patterns", false } };
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  size_t width = isatty(STDOUT_FILENO) ? terminal_width(STDOUT_FILENO) : 0;
  struct grid *grid = grid_new(arena, columns, ARRAY_LENGTH(columns), width, wants_color(STDOUT_FILENO), &out);
  for (size_t i = 0; i < profile->n_columns; i++) {
    const struct column_profile *column = &profile->columns[i];
    const char *type = type_name(arena, column->type);
    const struct text cells[ARRAY_LENGTH(columns)] = {
      text_from(column->name),
      text_from(column->hint == NULL ? type : arena_printf(arena, "%s %s", type, column->hint)),
      text_from(arena_printf(arena, "%" PRIu64, profile->n_rows - column->nulls)),
      text_from(arena_printf(arena, "%" PRIu64, column->nulls)),
      text_from(arena_printf(arena, "%s%" PRIu64, column->facts.is_exact ? "" : "~", column->facts.distinct)),
      text_from(column->least),
      text_from(column->greatest),
      text_from(join_quantiles(arena, column->quantiles)),
      text_from(join_counted(arena, column->facts.top, column->facts.n_top)),
      text_from(join_counted(arena, column->facts.shapes, column->facts.n_shapes)),
    };
    grid_add(grid, cells);
  }
  grid_finish(grid);
  print_out(text_buffer_text(&out));
}

bool command_profile(struct cli *cli, int *ret_exit, struct error *err)
{
  (void)ret_exit;
  struct profile profile;
  TRY(find_profile(cli, &profile, err) && cli_fail_unused(cli, err));
  if (cli->json)
    print_json(cli->arena, &profile);
  else
    print_table(cli->arena, &profile);
  log_info("profile", "%" PRIu64 " records, %" PRIu64 " malformed, in %zu files", profile.n_rows, profile.n_malformed,
           profile.n_files);
  return true;
}

/* Of "in/Sales 2024-*.csv" sales_2024. */
static const char *id_of(struct arena *arena, const char *path)
{
  struct text name = text_from(path);
  while (name.length > 0 && name.data[name.length - 1] == '/')
    name.length--;
  char *copy = text_copy(arena, name);
  const char *start = strrchr(copy, '/') == NULL ? copy : strrchr(copy, '/') + 1;
  if (start > copy && strchr("*?[", start[0]) != NULL) { /* the folder's name says more */
    copy[start - copy - 1] = '\0';
    start = strrchr(copy, '/') == NULL ? copy : strrchr(copy, '/') + 1;
  }
  char *id = text_copy(arena, text_from(start));
  size_t length = 0;
  for (const char *p = start; *p != '\0' && *p != '.'; p++) {
    bool is_word = isalnum((unsigned char)*p) && (unsigned char)*p < 128;
    if (is_word || (length > 0 && id[length - 1] != '_'))
      id[length++] = is_word ? (char)tolower((unsigned char)*p) : '_';
  }
  while (length > 0 && id[length - 1] == '_')
    length--;
  id[length] = '\0';
  return length == 0 ? "dataset" : isdigit((unsigned char)id[0]) ? arena_printf(arena, "data_%s", id) : id;
}

static bool fail_without_records(const char *path, const struct profile *profile, struct error *err)
{
  if (profile->n_malformed == 0)
    return fail(err, ERROR_DATA, NOWHERE, "\"%s\" has no record to learn from", path);
  fail(err, ERROR_DATA, NOWHERE, "no record of \"%s\" can be read, %" PRIu64 " are malformed, the first at %s", path,
       profile->n_malformed, profile->malformed);
  bool is_json = profile->form.format[0] == 'j';
  return add_hint(err,
                  is_json ? "A record is a JSON object." : "Is there a title above the header? Cut such lines off.");
}

bool command_init(struct cli *cli, int *ret_exit, struct error *err)
{
  (void)ret_exit;
  struct profile profile;
  const char *dataset = NULL, *directory = cli->output == NULL ? "." : cli->output;
  const char *id = cli->id != NULL ? cli->id : id_of(cli->arena, cli->arguments[0]);
  struct pipeline_options asked = cli_options(cli, NULL);
  if (id[0] == '\0' || id[strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")] != '\0')
    return fail(err, ERROR_CONFIG, NOWHERE, "--id is \"%s\", letters, digits, _ and - were expected", id);
  if (!path_is_directory(directory))
    return fail(err, ERROR_CONFIG, NOWHERE, "there is no directory \"%s\" for --output", directory);
  TRY(profile_files(cli->arena, &asked, cli->arguments[0], &cli->s3, cli->sample ? SAMPLE : 0, &profile, err));
  if (profile.n_rows == 0)
    return fail_without_records(cli->arguments[0], &profile, err);
  TRY(profile_write(cli->arena, &profile, cli->arguments[0], id, directory, cli->gold, &dataset, err));
  log_info("init", "wrote \"%s\", its expectations and its JSON Schema: `crisol check %s`, then `crisol run %s`",
           dataset, dataset, dataset);
  return true;
}
