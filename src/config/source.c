/* The blocks `source` and `sources`. */
#include "config/tables.h"

#include "base/names.h"

static const char *const changes[] = { "fail", "append", "skip", NULL };
static const char *const formats[] = { "csv", "json", "jsonl", "parquet", NULL };

static const struct key rename_keys[] = {
  { .name = "from",
    .kind = KEY_TEXT,
    .is_required = true,
    .offset = offsetof(struct config_rename, from),
    .example = "\"Payment ID\"",
    .doc = "Name in the source." },
  { .name = "to",
    .kind = KEY_TEXT,
    .is_required = true,
    .offset = offsetof(struct config_rename, to),
    .example = "payment_id",
    .doc = "Name from then on." },
};
const struct key_table rename_table = {
  .name = "rename[]", KEY_TABLE(rename_keys), .size = sizeof(struct config_rename), .place_offset = NO_PLACE
};

static const struct key_table *options_of(enum source_format format)
{
  switch (format) {
  case SOURCE_CSV:
    return &csv_options_table;
  case SOURCE_PARQUET:
    return &parquet_options_table;
  default:
    return &json_options_table;
  }
}

/* Which options there are depends on the format, which read_one has read before. */
static void read_options(struct reading *reading, const struct node *node, void *target)
{
  struct source_config *source = target;
  if (node->kind != NODE_MAPPING) {
    problem_at(reading->problems, node->place, "options is %s, a mapping was expected", node_kind_name(node));
    return;
  }
  keys_read(reading, node, options_of(source->format), &source->options);
  if (source->options.date_format.value != NULL)
    check_pattern(reading, source->options.date_format, false);
  if (source->options.timestamp_format.value != NULL)
    check_pattern(reading, source->options.timestamp_format, false);
}

static void read_name(struct reading *reading, const struct node *node, void *target)
{
  struct config_text name;
  if (read_text(reading, node, "name", &name))
    ((struct source_config *)target)->name = name.value;
}

#define FIELD(name) offsetof(struct source_config, name)

static const struct key source_keys[] = {
  { .name = "name",
    .kind = KEY_CUSTOM,
    .read = read_name,
    .example = "web",
    .doc = "Name of a member of sources, for messages." },
  { .name = "input_format",
    .kind = KEY_CHOICE,
    .offset = FIELD(format),
    .choices = formats,
    .example = "csv",
    .doc = "Format of the files." },
  { .name = "path",
    .kind = KEY_LIST,
    .offset = FIELD(paths),
    .example = "data/*.csv",
    .doc = "A file, a directory, a pattern (* ? [ ] { }) or a list of them; local, or s3a:// with a mount." },
  { .name = "dataset",
    .kind = KEY_TEXT,
    .offset = FIELD(dataset),
    .example = "orders",
    .doc = "In the place of input_format and path: the id of another dataset, whose silver is read, without its "
           "technical columns and the partitions that are derived from a date. It is looked for among the files of "
           "the command, then beside this one." },
  { .name = "options",
    .kind = KEY_CUSTOM,
    .read = read_options,
    .example = "{ header: true }",
    .doc = "Spark's reader options, matched without case." },
  { .name = "columns",
    .kind = KEY_LIST,
    .offset = FIELD(columns),
    .example = "[id, amount, paid_at]",
    .doc = "CSV: names of the columns by their position, where the files have no header, or in the place of one that "
           "repeats names (options.header: true then passes it over)." },
  { .name = "rename",
    .kind = KEY_MAPPINGS,
    .offset = FIELD(rename),
    .count_offset = FIELD(n_rename),
    .table = &rename_table,
    .example = "[{ from: \"ID\", to: id }]",
    .doc = "Renames columns of this source, before standardization.rename." },
  { .name = "incremental",
    .kind = KEY_BOOLEAN,
    .offset = FIELD(incremental),
    .if_absent = "false",
    .example = "true",
    .doc = "Takes only the files that no completed run of the dataset has taken; run --all takes all." },
  { .name = "on_changed",
    .kind = KEY_CHOICE,
    .offset = FIELD(on_changed),
    .choices = changes,
    .if_absent = "fail",
    .example = "skip",
    .doc = "What incremental does with a file whose bytes are not those that were taken: fail refuses the data, append "
           "takes the file again as a whole, skip leaves it out." },
  { .name = "allow_empty",
    .kind = KEY_BOOLEAN,
    .offset = FIELD(allow_empty),
    .if_absent = "false",
    .example = "true",
    .doc = "An input without a single record is no error. Where not even a header names its columns they are those "
           "that the dataset and its schema name." },
};
/* Files have a format and a path; a dataset has both of its own. */
static void check_source(struct reading *reading, const struct node *node, void *target)
{
  const struct source_config *source = target;
  static const char *const of_files[] = { "input_format", "path", "options" };
  static const char *const examples[] = { "csv", "data/*.csv" };
  for (size_t i = 0; source->dataset.value == NULL && i < ARRAY_LENGTH(examples); i++) {
    const struct node *found = node_find(node, of_files[i]);
    if (found != NULL && !node_is_null(found))
      continue;
    struct place place = node->place;
    place.length = 1;
    struct problem *problem = problem_at(reading->problems, place, "source lacks the key \"%s\"", of_files[i]);
    add_hint(&problem->error, "Such as %s: %s", of_files[i], examples[i]);
  }
  for (size_t i = 0; source->dataset.value != NULL && i < ARRAY_LENGTH(of_files); i++) {
    const struct node *found = node_find(node, of_files[i]);
    if (found == NULL || node_is_null(found))
      continue;
    struct problem *problem =
        problem_at(reading->problems, found->place, "source has both \"dataset\" and \"%s\"", of_files[i]);
    add_hint(&problem->error, "The files of a dataset are its silver: leave %s out.", of_files[i]);
  }
}

const struct key_table source_table = { .name = "source",
                                        KEY_TABLE(source_keys),
                                        .check = check_source,
                                        .size = sizeof(struct source_config),
                                        .place_offset = offsetof(struct source_config, place) };

/* In time proportional to the names, of which there may be tens of thousands. */
static void check_columns(struct reading *reading, const struct node *node, const struct source_config *source)
{
  const struct config_list *columns = &source->columns;
  const struct node *list = node_find(node, "columns");
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct name_set names = { 0 };
  for (size_t i = 0; i < columns->count; i++) {
    const struct config_text *column = &columns->items[i];
    size_t n_names = names.count;
    if (column->value[0] == '\0')
      problem_at(reading->problems, column->place, "the name of column %zu is empty", i + 1);
    else if (name_set_add(&scratch, &names, text_from(column->value)) < n_names)
      problem_at(reading->problems, column->place, "two columns are named \"%s\"", column->value);
  }
  if (columns->items != NULL && columns->count == 0)
    problem_at(reading->problems, list->place, "columns is an empty list, the names of the columns were expected");
  if (columns->items == NULL || source->format == SOURCE_CSV)
    return;
  struct problem *problem =
      problem_at(reading->problems, list->place, "columns names what %s has by name", formats[source->format]);
  add_hint(&problem->error, "Only the columns of CSV go by their position. Give others a new name by rename.");
}

static void read_one(struct reading *reading, const struct node *node, struct source_config *source)
{
  const struct node *format = node_find(node, "input_format");
  *source = (struct source_config){
    .options = { .multi_line = true, .sampling_ratio = 1, .allow_single_quotes = true, .mode = READ_PERMISSIVE }
  };
  for (int i = 0; format != NULL && format->kind == NODE_SCALAR && formats[i] != NULL; i++)
    if (text_equal_nocase(text_from(format->value), text_from(formats[i])))
      source->format = (enum source_format)i;
  keys_read(reading, node, &source_table, source);
  check_unique(reading, "renames from", NAMED_ITEMS(struct config_rename, source->rename, source->n_rename, from));
  check_unique(reading, "renames to", NAMED_ITEMS(struct config_rename, source->rename, source->n_rename, to));
  check_columns(reading, node, source);
}

static bool is_mapping(struct reading *reading, const struct node *node, const char *key)
{
  if (node->kind == NODE_MAPPING)
    return true;
  problem_at(reading->problems, node->place, "%s is %s, a mapping was expected", key, node_kind_name(node));
  return false;
}

static bool is_first(struct reading *reading, const struct node *node, const struct dataset *dataset)
{
  if (dataset->n_sources == 0)
    return true;
  struct problem *problem = problem_at(reading->problems, node->place, "there are both source and sources");
  add_hint(&problem->error, "Put the one into the list of the others.");
  return false;
}

void read_source(struct reading *reading, const struct node *node, void *target)
{
  struct dataset *dataset = target;
  if (!is_mapping(reading, node, "source") || !is_first(reading, node, dataset))
    return;
  dataset->sources = arena_array(reading->arena, 1, sizeof(*dataset->sources));
  dataset->n_sources = 1;
  read_one(reading, node, &dataset->sources[0]);
}

void read_sources(struct reading *reading, const struct node *node, void *target)
{
  struct dataset *dataset = target;
  if (node->kind != NODE_SEQUENCE || node->n_items == 0) {
    problem_at(reading->problems, node->place, "sources is %s, a list of at least one source was expected",
               node->kind == NODE_SEQUENCE ? "an empty list" : node_kind_name(node));
    return;
  }
  if (!is_first(reading, node, dataset))
    return;
  dataset->sources = arena_array(reading->arena, node->n_items, sizeof(*dataset->sources));
  for (size_t i = 0; i < node->n_items; i++)
    if (is_mapping(reading, node->items[i], "sources[]"))
      read_one(reading, node->items[i], &dataset->sources[dataset->n_sources++]);
}
