/* The blocks `schema` and `output`, and the dataset file as a whole. */
#include "config/tables.h"

extern const struct key_table standardization_table, quality_table;

static const char *const schema_modes[] = { "strict", "flexible", NULL };
static const char *const silver_formats[] = { "parquet", NULL };
static const char *const silver_modes[] = { "overwrite_dynamic", "append", "overwrite", NULL };
static const char *const compressions[] = { "snappy", "zstd", "gzip", "lz4", "brotli", "uncompressed", NULL };
static const char *const gold_modes[] = { "follow", "append", "overwrite", "upsert", NULL };
static const char *const actions[] = { "filter", "warn", NULL };

#define DATASET(name) offsetof(struct dataset, name)
static const struct key schema_keys[] = {
  { .name = "ref",
    .kind = KEY_TEXT,
    .is_required = true,
    .offset = DATASET(schema_ref),
    .example = "config/payments_schema.json",
    .doc = "A JSON Schema (draft 2020-12) of one row." },
  { .name = "mode",
    .kind = KEY_CHOICE,
    .offset = DATASET(schema_mode),
    .choices = schema_modes,
    .if_absent = "strict",
    .example = "flexible",
    .doc = "strict: violating rows are quarantined, unknown and missing columns refuse the run; flexible: they warn." },
};
static const struct key_table schema_table = {
  .name = "schema", KEY_TABLE(schema_keys), .size = sizeof(struct dataset), .place_offset = NO_PLACE
};

/* silver */

static void read_format(struct reading *reading, const struct node *node, void *target)
{
  int index; /* there is one so far */
  (void)target;
  if (!read_choice(reading, node, "format", silver_formats, &index))
    return;
}

static const struct key silver_keys[] = {
  { .name = "format",
    .kind = KEY_CUSTOM,
    .read = read_format,
    .choices = silver_formats,
    .if_absent = "parquet",
    .example = "parquet",
    .doc = "Format of the lake." },
  { .name = "path",
    .kind = KEY_TEXT,
    .is_required = true,
    .offset = DATASET(silver.path),
    .example = "./lake/payments",
    .doc = "Directory of the lake." },
  { .name = "mode",
    .kind = KEY_CHOICE,
    .is_required = true,
    .offset = DATASET(silver.mode),
    .choices = silver_modes,
    .example = "overwrite_dynamic",
    .doc =
        "overwrite_dynamic replaces the partitions that the run has rows for, append adds, overwrite replaces all." },
  { .name = "partition_by",
    .kind = KEY_LIST,
    .offset = DATASET(silver.partition_by),
    .example = "[year, month]",
    .doc = "Columns, or year, month, day, hour and date of partition_from." },
  { .name = "partition_from",
    .kind = KEY_TEXT,
    .offset = DATASET(silver.partition_from),
    .example = "payment_date",
    .doc = "Timestamp or date column that the parts of a date are taken from." },
  { .name = "merge_schema",
    .kind = KEY_BOOLEAN,
    .offset = DATASET(silver.merge_schema),
    .if_absent = "false",
    .example = "true",
    .doc = "Lets columns be new, missing or wider than the lake's." },
  { .name = "compression",
    .kind = KEY_WORD,
    .offset = DATASET(silver.compression),
    .choices = compressions,
    .if_absent = "snappy",
    .example = "zstd",
    .doc = "Compression of the Parquet files." },
};
static const struct key_table silver_table = {
  .name = "output.silver", KEY_TABLE(silver_keys), .size = sizeof(struct dataset), .place_offset = NO_PLACE
};

/* gold */

static void read_add_type(struct reading *reading, const struct node *node, void *target)
{
  struct config_add_column *column = target;
  struct error err;
  if (!read_text(reading, node, "type", &column->type))
    return;
  if (text_equal_nocase(text_from(column->type.value), TEXT("decimal")))
    return; /* keeps the digits as written */
  if (!type_parse(reading->arena, text_from(column->type.value), node->place, &column->parsed_type, &err))
    problem_add(reading->problems, &err, false);
}

static void read_add_expression(struct reading *reading, const struct node *node, void *target)
{
  read_expression(reading, node, "expr", &((struct config_add_column *)target)->expr);
}

static void check_add_column(struct reading *reading, const struct node *node, void *target)
{
  const struct config_add_column *column = target;
  if ((column->value.value == NULL) != (column->expr.text.data == NULL))
    return;
  struct place place = node->place;
  place.length = 1;
  problem_at(reading->problems, place, "added column \"%s\" has %s", column->name.value,
             column->value.value == NULL ? "neither value nor expr" : "both value and expr");
}

#define ADD(name) offsetof(struct config_add_column, name)
static const struct key add_keys[] = {
  { .name = "name",
    .kind = KEY_TEXT,
    .is_required = true,
    .offset = ADD(name),
    .example = "processed_at",
    .doc = "Name of the column." },
  { .name = "value",
    .kind = KEY_TEXT,
    .offset = ADD(value),
    .example = "current_timestamp()",
    .doc = "A literal, or current_timestamp() (one instant a run), or uuid() (one a row)." },
  { .name = "expr",
    .kind = KEY_CUSTOM,
    .read = read_add_expression,
    .example = "\"amount * 1.19\"",
    .doc = "Instead of value: Spark SQL over silver and partition columns." },
  { .name = "type",
    .kind = KEY_CUSTOM,
    .read = read_add_type,
    .example = "string",
    .if_absent = "string, or the expression's",
    .doc = "Its type; a bare decimal keeps the digits as written." },
};
static const struct key_table add_table = { .name = "add_columns[]",
                                            KEY_TABLE(add_keys),
                                            .size = sizeof(struct config_add_column),
                                            .check = check_add_column,
                                            .place_offset = NO_PLACE };

static void read_condition(struct reading *reading, const struct node *node, void *target)
{
  read_expression(reading, node, "condition", &((struct config_condition *)target)->condition);
}

static void read_action(struct reading *reading, const struct node *node, void *target)
{
  int index;
  if (read_choice(reading, node, "action", actions, &index))
    ((struct config_condition *)target)->is_warning = index == 1;
}

static const struct key condition_keys[] = {
  { .name = "condition",
    .kind = KEY_CUSTOM,
    .is_required = true,
    .read = read_condition,
    .example = "\"amount > 0\"",
    .doc = "Spark SQL over silver and partition columns, before exclusion." },
  { .name = "action",
    .kind = KEY_CUSTOM,
    .read = read_action,
    .choices = actions,
    .if_absent = "filter",
    .example = "warn",
    .doc = "filter keeps only rows on which it is true; warn counts the others." },
};
static const struct key_table condition_table = { .name = "business_rules[]",
                                                  KEY_TABLE(condition_keys),
                                                  .size = sizeof(struct config_condition),
                                                  .place_offset = NO_PLACE };

static const struct key gold_keys[] = {
  { .name = "enabled",
    .kind = KEY_BOOLEAN,
    .offset = DATASET(gold.enabled),
    .if_absent = "true",
    .example = "false",
    .doc = "Whether there is a gold table." },
  { .name = "database_config",
    .kind = KEY_TEXT,
    .offset = DATASET(gold.database_config),
    .if_absent = "config/database.yml",
    .example = "config/database.yml",
    .doc = "The file that names the databases." },
  { .name = "environment",
    .kind = KEY_TEXT,
    .offset = DATASET(gold.environment),
    .if_absent = "default",
    .example = "development",
    .doc = "Which of its environments." },
  { .name = "schema",
    .kind = KEY_STRING,
    .offset = DATASET(gold.schema),
    .if_absent = "gold",
    .example = "gold",
    .doc = "Schema of the table." },
  { .name = "table",
    .kind = KEY_STRING,
    .offset = DATASET(gold.table),
    .if_absent = "the dataset's id",
    .example = "payments",
    .doc = "Name of the table." },
  { .name = "exclude_columns",
    .kind = KEY_LIST,
    .offset = DATASET(gold.exclude_columns),
    .example = "[_run_id]",
    .doc = "Columns of silver, partitions included, that gold leaves out." },
  { .name = "add_columns",
    .kind = KEY_MAPPINGS,
    .offset = DATASET(gold.add_columns),
    .count_offset = DATASET(gold.n_add_columns),
    .table = &add_table,
    .example = "[{ name: source, value: web, type: string }]",
    .doc = "Columns that gold has beside silver's." },
  { .name = "business_rules",
    .kind = KEY_MAPPINGS,
    .offset = DATASET(gold.business_rules),
    .count_offset = DATASET(gold.n_business_rules),
    .table = &condition_table,
    .example = "[{ condition: \"amount > 0\", action: filter }]",
    .doc = "Which of silver's rows gold takes." },
  { .name = "mode",
    .kind = KEY_CHOICE,
    .offset = DATASET(gold.mode),
    .choices = gold_modes,
    .if_absent = "follow",
    .example = "upsert",
    .doc = "follow does to the table what silver's mode does to the lake; append adds, overwrite replaces all, upsert "
           "replaces by key." },
  { .name = "key",
    .kind = KEY_LIST,
    .offset = DATASET(gold.key),
    .example = "[payment_id]",
    .doc = "Key of an upsert." },
  { .name = "shared",
    .kind = KEY_BOOLEAN,
    .offset = DATASET(gold.shared),
    .if_absent = "false",
    .example = "true",
    .doc = "Lets several datasets write the table, by append or upsert; each of them must say so. Otherwise a table is "
           "that of the dataset that made it." },
};
static const struct key_table gold_table = {
  .name = "output.gold", KEY_TABLE(gold_keys), .size = sizeof(struct dataset), .place_offset = DATASET(gold.place)
};

/* The whole block; gold is enabled by being there. */
static void read_gold(struct reading *reading, const struct node *node, void *target)
{
  struct dataset *dataset = target;
  if (node->kind != NODE_MAPPING) {
    problem_at(reading->problems, node->place, "gold is %s, a mapping was expected", node_kind_name(node));
    return;
  }
  dataset->gold.enabled = true;
  keys_read(reading, node, &gold_table, dataset);
}

static const struct key output_keys[] = {
  { .name = "silver",
    .kind = KEY_MAPPING,
    .is_required = true,
    .table = &silver_table,
    .example = "{ path: ./lake/payments, mode: overwrite }",
    .doc = "The lake." },
  { .name = "gold",
    .kind = KEY_CUSTOM,
    .read = read_gold,
    .table = &gold_table,
    .example = "{ database_config: config/database.yml }",
    .doc = "The table." },
  { .name = "allow_empty",
    .kind = KEY_BOOLEAN,
    .offset = DATASET(allow_empty),
    .if_absent = "false",
    .example = "true",
    .doc = "Lets a run that brings no row replace the rows of the lake or the table, which is refused otherwise." },
};
static const struct key_table output_table = {
  .name = "output", KEY_TABLE(output_keys), .size = sizeof(struct dataset), .place_offset = NO_PLACE
};

/* The parts of a date that a partition may be taken from; the others are columns, which the plan checks. */
static bool is_date_part(const char *name)
{
  static const char *const parts[] = { "year", "month", "day", "hour", "date" };
  for (size_t i = 0; i < ARRAY_LENGTH(parts); i++)
    if (strcmp(parts[i], name) == 0)
      return true;
  return false;
}

bool dataset_derives_partition(const struct dataset *dataset, const char *name)
{
  return dataset->silver.partition_from.value != NULL && is_date_part(name);
}

const struct type *dataset_declared_type(const struct dataset *dataset, const char *column)
{
  for (size_t i = 0; i < dataset->n_casts; i++)
    if (strcmp(dataset->casts[i].column.value, column) == 0)
      return dataset->casts[i].type;
  const struct schema_property *property = dataset->schema == NULL ? NULL : schema_find(dataset->schema, column);
  return property == NULL ? NULL : property->type;
}

/* Staging places and the usual quarantine are folders of that name, some of whose characters have three bytes there. */
static void check_id(struct reading *reading, const struct config_text *id)
{
  enum { ID_LIMIT = 200, ESCAPED = 2 };
  size_t length = strlen(id->value);
  for (const char *p = id->value; *p != '\0'; p++)
    length += (unsigned char)*p < ' ' || *p == '/' || *p == '%' ? ESCAPED : 0;
  if (length == 0)
    add_hint(&problem_at(reading->problems, id->place, "the dataset's id is empty")->error, "Such as id: payments");
  else if (length > ID_LIMIT)
    add_hint(&problem_at(reading->problems, id->place, "the dataset's id has %zu bytes, at most %d are possible",
                         length, ID_LIMIT)
                  ->error,
             "It is the name of folders beside the lake; a control character, a slash and %% count for three.");
}

static void check_dataset(struct reading *reading, const struct node *node, void *target)
{
  struct dataset *dataset = target;
  const struct config_list *by = &dataset->silver.partition_by;
  bool is_sound = problem_count_errors(reading->problems) == 0;
  if (dataset->id.value != NULL)
    check_id(reading, &dataset->id);
  check_gold(reading, node, dataset, is_sound);
  settle_locales(reading, dataset);
  if (!is_sound) /* what is missing may only be broken */
    return;
  if (dataset->n_sources == 0) {
    struct place place = node->place;
    place.length = 1;
    struct problem *problem = problem_at(reading->problems, place, "the dataset lacks the key \"source\"");
    add_hint(&problem->error, "Such as source: { input_format: csv, path: data/*.csv }");
  }
  check_unique(reading, "partition columns",
               (struct named_items){ by->items, by->count, sizeof(struct config_text), 0 });
  bool has_part = false;
  for (size_t i = 0; i < by->count; i++)
    has_part = has_part || is_date_part(by->items[i].value);
  if (dataset->silver.partition_from.value != NULL && !has_part)
    problem_at(reading->problems, dataset->silver.partition_from.place,
               "partition_from is there, but partition_by names no year, month, day, hour or date");
}

static const struct key dataset_keys[] = {
  { .name = "id",
    .kind = KEY_TEXT,
    .is_required = true,
    .offset = DATASET(id),
    .example = "payments",
    .doc = "Names the dataset, its gold table and its runs." },
  { .name = "private",
    .kind = KEY_LIST,
    .offset = DATASET(private_columns),
    .example = "[email, card_number]",
    .doc = "Columns, by their names after the renames, whose values are *** wherever people look: in show, in the "
           "samples of a run, in messages. Silver, gold and the quarantine's files keep them." },
  { .name = "tags",
    .kind = KEY_LIST,
    .offset = DATASET(tags),
    .example = "[daily, sales]",
    .doc = "Words to choose datasets by." },
  { .name = "source",
    .kind = KEY_CUSTOM,
    .read = read_source,
    .table = &source_table,
    .example = "{ input_format: csv, path: data/*.csv }",
    .doc = "What is read." },
  { .name = "sources",
    .kind = KEY_CUSTOM,
    .read = read_sources,
    .table = &source_table,
    .example = "[{ input_format: csv, path: a.csv }, { input_format: json, path: b.json }]",
    .doc = "Instead of source: several, whose rows are united by column name." },
  { .name = "standardization",
    .kind = KEY_MAPPING,
    .table = &standardization_table,
    .example = "{ timezone: UTC }",
    .doc = "What is done to every row, in the order of these keys." },
  { .name = "quality",
    .kind = KEY_MAPPING,
    .table = &quality_table,
    .example = "{ expectations_ref: rules.yml }",
    .doc = "What a row must meet." },
  { .name = "schema",
    .kind = KEY_MAPPING,
    .table = &schema_table,
    .example = "{ ref: schema.json, mode: strict }",
    .doc = "The JSON Schema that gives types and checks." },
  { .name = "output",
    .kind = KEY_MAPPING,
    .is_required = true,
    .table = &output_table,
    .example = "{ silver: { path: ./lake/payments, mode: overwrite } }",
    .doc = "Where it is written." },
};
const struct key_table dataset_table = { .name = "the dataset",
                                         KEY_TABLE(dataset_keys),
                                         .size = sizeof(struct dataset_draft),
                                         .check = check_dataset,
                                         .checks_broken = true,
                                         .place_offset = NO_PLACE };
