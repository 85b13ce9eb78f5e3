#include "engine/rows/text_source.h"

#include "base/log.h"
#include "engine/rows/files_drift.h"
#include "engine/rows/infer.h"
#include "reader/csv_guess.h"

#include <stdio.h>

/* Spark's options for a character take one; the configuration has checked that. */
static unsigned char option_character(struct config_text option, unsigned char if_absent)
{
  return option.value == NULL ? if_absent : (unsigned char)option.value[0];
}

struct reader_options reader_options_from(const struct source_config *config)
{
  const struct source_options *options = &config->options;
  struct reader_options result = {
    .format = config->format == SOURCE_CSV ? READER_CSV : READER_JSON,
    .header = options->header,
    .multi_line = true,
    .quote = option_character(options->quote, '"'),
    .comment = option_character(options->comment, 0),
    .null_value = options->null_value.value,
    .empty_value = options->empty_value.value,
    .trim_leading = options->ignore_leading_white_space,
    .trim_trailing = options->ignore_trailing_white_space,
    .encoding = options->encoding.value,
    .records = options->records.value,
    .allow_comments = options->allow_comments,
    .allow_unquoted_names = options->allow_unquoted_field_names,
    .allow_single_quotes = options->allow_single_quotes,
  };
  result.escape = option_character(options->escape, result.quote);
  const char *separator = options->separator.value == NULL ? "," : options->separator.value;
  memcpy(result.separator, separator, strnlen(separator, sizeof(result.separator) - 1));
  return result;
}

struct opened_files opened_files_of(const struct plan_source *source)
{
  if (source->n_files == 0 && source->model != NULL)
    return (struct opened_files){ source->model, 1 };
  return (struct opened_files){ source->files, source->n_files };
}

void text_source_set_document(struct arena *arena, const struct dataset *dataset, struct reader_options *options)
{
  options->document = options->records != NULL &&
                      dataset_uses_document(arena, dataset, &options->document_keys, &options->n_document_keys);
}

/* The plan outlives the reader, and so do its columns. */
static void copy_columns(struct arena *arena, const struct reader *reader, const struct reader_options *options,
                         struct plan_source *source)
{
  struct error ignored;
  source->n_columns = reader_column_count(reader);
  source->columns = arena_array(arena, source->n_columns + 1, sizeof(*source->columns));
  for (size_t i = 0; i < source->n_columns; i++) {
    const char *own = reader_column_name(reader, i);
    source->columns[i] =
        (struct source_column){ .name = arena_copy(arena, own, strlen(own)), .type = type_simple(TYPE_STRING) };
    source->columns[i].is_document = options->document && strcmp(own, READER_DOCUMENT) == 0;
  }
  const struct type *document = reader_document_type(reader);
  if (document != NULL && type_parse(arena, text_from(type_ddl(arena, document)), NOWHERE, &document, &ignored))
    source->columns[source->n_columns - 1].inferred = document;
}

static const char **names_of(struct arena *arena, const struct config_list *list)
{
  const char **names = list->count == 0 ? NULL : arena_array(arena, list->count, sizeof(*names));
  for (size_t i = 0; i < list->count; i++)
    names[i] = list->items[i].value;
  return names;
}

/* What the reader, which knows no places, has against the names. */
static bool blame_names(const struct source_config *config, struct error *err)
{
  struct error told = *err;
  if (told.kind != ERROR_CONFIG)
    return false;
  fail(err, told.kind, config->columns.items[0].place, "%s", told.message);
  return add_hint(err, "%s", told.hint);
}

/* What the first file's header says may be a record. */
static void guess_header(const struct reader *reader, struct plan_source *source)
{
  const struct source_config *config = source->config;
  SCOPED(arena_done) struct arena scratch = { 0 };
  size_t count = 0;
  const size_t *columns = source->n_files == 0 ? NULL : reader_file_columns(reader, 0, &count);
  struct text *names = arena_array(&scratch, count + 1, sizeof(*names));
  if (config->format != SOURCE_CSV || !config->options.header || config->columns.count > 0)
    return;
  for (size_t i = 0; i < count; i++)
    names[i] = text_from(source->columns[columns[i]].name);
  source->looks_headless = csv_looks_headless(names, count);
  if (source->looks_headless)
    log_warning(
        "source",
        "the header of \"%s\" looks like a record, which is not read as one: if it is, write options: { header: "
        "false } and name the columns in source.columns",
        source->files[0].path);
}

enum { MARK_DISTANCE = 128 * 1024 * 1024 }; /* the least that is worth a task of a cluster */

bool text_source_open(struct arena *arena, struct database *database, const struct plan *plan,
                      struct plan_source *source, size_t index, struct drift *drift, struct reader **ret_reader,
                      struct table_function **ret_function, struct error *err)
{
  struct reader_options options = reader_options_from(source->config);
  struct opened_files files = opened_files_of(source);
  const char **paths = arena_array(arena, files.count, sizeof(*paths));
  for (size_t i = 0; i < files.count; i++)
    paths[i] = files.items[i].kept != NULL ? files.items[i].kept : files.items[i].path;
  options.kept = files.count > 0 ? files.items[0].kept != NULL : source->n_known_columns > 0;
  if (options.kept) {
    options.columns = source->known_columns;
    options.n_columns = source->n_known_columns;
  }
  options.remote = remote_s3(plan->config->s3);
  options.mark_distance = MARK_DISTANCE;
  text_source_set_document(arena, plan->dataset, &options);
  if (options.kept) { /* what lay around the records is not kept */
    options.records = NULL;
    options.document = false;
  }
  options.names = names_of(arena, &source->config->columns);
  options.n_names = source->config->columns.count;
  if (!reader_open(paths, files.count, &options, environment_threads(&plan->config->env), ret_reader, err))
    return options.names != NULL ? blame_names(source->config, err) : false;
  copy_columns(arena, *ret_reader, &options, source);
  source->is_blank = reader_is_blank(*ret_reader);
  guess_header(*ret_reader, source);
  text_drift(drift, source, *ret_reader);
  char name[64];
  snprintf(name, sizeof(name), "crisol_source_%zu", index);
  TRY(table_function_register(database, name, *ret_reader, ret_function, err));
  if (!source->config->options.infer_schema)
    return true;
  if (!infer_types(arena, database, source, index, err)) {
    const struct error *reason = table_function_error(*ret_function);
    if (reason != NULL)
      *err = *reason;
    return false;
  }
  return true;
}
