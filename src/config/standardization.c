/* The blocks `standardization` and `quality`. */
#include "config/tables.h"

#include "value/datetime_pattern.h"
#include "value/timezone.h"

static const char *const on_error_words[] = { "fail", "null", "skip", "quarantine", NULL };
static const char *const on_fail_words[] = { "quarantine", "drop", "warn", "fail", NULL };
static const char *const on_null_words[] = { "fail", "pass", NULL };

static const struct config_text *name_of(const struct named_items *items, size_t index)
{
  const char *item = (const char *)items->items + index * items->size;
  return (const struct config_text *)(const void *)(item + items->offset);
}

void check_unique(struct reading *reading, const char *what, struct named_items items)
{
  for (size_t i = 0; i < items.count; i++) {
    const struct config_text *name = name_of(&items, i);
    size_t line, column, first = 0;
    while (first < i && (name->value == NULL || name_of(&items, first)->value == NULL ||
                         strcmp(name_of(&items, first)->value, name->value) != 0))
      first++;
    if (first == i)
      continue;
    place_position(name_of(&items, first)->place, &line, &column);
    struct problem *problem = problem_at(reading->problems, name->place, "two %s \"%s\"", what, name->value);
    add_hint(&problem->error, "The other one is at line %zu.", line);
  }
}

void check_pattern(struct reading *reading, struct config_text pattern, bool is_verbatim)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct datetime_pattern *compiled = NULL;
  struct error err;
  struct text text = text_from(pattern.value);
  if (datetime_pattern_compile(&scratch, text, PATTERN_PARSE, pattern.place, is_verbatim, &compiled, &err))
    datetime_pattern_lint(text, pattern.place, is_verbatim, reading->problems);
  else
    problem_add(reading->problems, &err, false);
}

void read_expression(struct reading *reading, const struct node *node, const char *key, struct expr_text *ret_text)
{
  struct config_text text;
  if (!read_text(reading, node, key, &text))
    return;
  if (node->length == 0) {
    problem_at(reading->problems, node->place, "%s is empty, an expression of Spark SQL was expected", key);
    return;
  }
  *ret_text = (struct expr_text){ .text = { node->value, node->length },
                                  .place = node->place,
                                  .is_verbatim = node->is_verbatim };
}

void read_timezone_name(struct reading *reading, const struct node *node, const char **ret_timezone)
{
  struct config_text text;
  if (!read_text(reading, node, "timezone", &text))
    return;
  if (timezone_find(text_from(text.value)) != NULL) {
    *ret_timezone = text.value;
    return;
  }
  size_t count;
  const char *const *names = timezone_names(&count);
  struct problem *problem = problem_at(reading->problems, node->place, "unknown time zone \"%s\"", text.value);
  const char *nearest = text_nearest(text_from(text.value), names, count);
  if (nearest != NULL)
    add_hint(&problem->error, "Did you mean \"%s\"?", nearest);
}

static void read_timezone(struct reading *reading, const struct node *node, void *target)
{
  read_timezone_name(reading, node, &((struct dataset *)target)->timezone);
}

/* casts */

/* A type that a cast makes. Another is reported; NULL where the text is none. */
static void read_type(struct reading *reading, const struct node *node, const char *key, const struct type **ret_type)
{
  struct config_text text;
  struct error err;
  if (!read_text(reading, node, key, &text))
    return;
  const struct type *type = NULL;
  if (!type_parse(reading->arena, text_from(text.value), node->place, &type, &err)) {
    problem_add(reading->problems, &err, false);
    return;
  }
  *ret_type = type;
  static const enum type_id allowed[] = { TYPE_STRING, TYPE_BOOLEAN, TYPE_INT,  TYPE_BIGINT,    TYPE_FLOAT,
                                          TYPE_DOUBLE, TYPE_DECIMAL, TYPE_DATE, TYPE_TIMESTAMP, TYPE_BINARY };
  for (size_t i = 0; i < ARRAY_LENGTH(allowed); i++)
    if (type->id == allowed[i])
      return;
  if (type_is_nested(type))
    return;
  struct problem *problem = problem_at(reading->problems, node->place, "a cast cannot make %s", text.value);
  add_hint(&problem->error, "It makes string, boolean, int, bigint, float, double, decimal(p,s), date, timestamp or "
                            "binary; of JSON also array<...>, map<string,...> and struct<...>.");
}

static void read_cast_type(struct reading *reading, const struct node *node, void *target)
{
  read_type(reading, node, "to", &((struct config_cast *)target)->type);
}

static void read_format_hint(struct reading *reading, const struct node *node, void *target)
{
  struct config_cast *cast = target;
  if (read_text(reading, node, "format_hint", &cast->format_hint))
    cast->is_hint_verbatim = node->is_verbatim;
}

static bool is_number(const struct type *type)
{
  return type->id == TYPE_INT || type->id == TYPE_BIGINT || type->id == TYPE_FLOAT || type->id == TYPE_DOUBLE ||
         type->id == TYPE_DECIMAL;
}

/* A pattern of dates, or of numbers: the latter once the locale is known, see settle_locale. */
static void check_hint(struct reading *reading, struct config_cast *cast)
{
  if (cast->format_hint.value == NULL || (cast->type != NULL && is_number(cast->type)))
    return;
  size_t before = problem_count_errors(reading->problems);
  check_pattern(reading, cast->format_hint, cast->is_hint_verbatim);
  if (problem_count_errors(reading->problems) > before)
    cast->format_hint = (struct config_text){ 0 }; /* it is told once */
}

static void check_cast(struct reading *reading, const struct node *node, void *target)
{
  struct config_cast *cast = target;
  (void)node;
  check_hint(reading, cast);
  if (cast->type == NULL)
    return;
  bool takes_locale = is_number(cast->type) || cast->type->id == TYPE_TIMESTAMP || cast->type->id == TYPE_DATE;
  if (takes_locale || (cast->format_hint.value == NULL && cast->locale.value == NULL))
    return;
  bool is_hint = cast->format_hint.value != NULL;
  struct problem *problem = problem_at(reading->problems, is_hint ? cast->format_hint.place : cast->locale.place,
                                       "%s is for a number, a date or a timestamp, this cast makes %s",
                                       is_hint ? "format_hint" : "locale", type_name(reading->arena, cast->type));
  add_hint(&problem->error, "Leave it out, or cast to a number, date or timestamp.");
}

#define CAST(name) offsetof(struct config_cast, name)
static const struct key cast_keys[] = {
  { .name = "column",
    .kind = KEY_TEXT,
    .is_required = true,
    .offset = CAST(column),
    .example = "amount",
    .doc = "The column, by its name after the renames." },
  { .name = "to",
    .kind = KEY_CUSTOM,
    .is_required = true,
    .read = read_cast_type,
    .example = "\"decimal(18,2)\"",
    .doc = "string, boolean, int or integer, bigint or long, float, double, decimal(p,s), date, timestamp, binary." },
  { .name = "format_hint",
    .kind = KEY_CUSTOM,
    .read = read_format_hint,
    .example = "\"yyyy-MM-dd HH:mm:ss\"",
    .doc =
        "Of a date or timestamp: pattern of Java's DateTimeFormatter; a value that it does not match is tried as "
        "ISO-8601. Of a number: pattern of DecimalFormat with the locale's marks, or, without a locale, one whose last "
        "of two marks is the decimal one: #.##0,00." },
  { .name = "locale",
    .kind = KEY_TEXT,
    .offset = CAST(locale),
    .if_absent = "standardization.locale",
    .example = "es_CO",
    .doc = "Language and country that the column is written in, see standardization.locale." },
  { .name = "on_error",
    .kind = KEY_CHOICE,
    .offset = CAST(on_error),
    .choices = on_error_words,
    .if_absent = "fail",
    .example = "\"null\"",
    .doc =
        "A value that does not convert: the data is refused, the value is null, the cast is left out where the types "
        "have none (and the value null), or the row is quarantined." },
};
const struct key_table cast_table = { .name = "casts[]",
                                      KEY_TABLE(cast_keys),
                                      .size = sizeof(struct config_cast),
                                      .check = check_cast,
                                      .checks_broken = true,
                                      .place_offset = CAST(place) };

#define DEFAULT(name) offsetof(struct config_default, name)
static const struct key default_keys[] = {
  { .name = "column",
    .kind = KEY_TEXT,
    .is_required = true,
    .offset = DEFAULT(column),
    .example = "currency",
    .doc = "The column, by its name after the renames." },
  { .name = "value",
    .kind = KEY_TEXT,
    .is_required = true,
    .offset = DEFAULT(value),
    .example = "USD",
    .doc = "What stands for null, cast to the column's type." },
};
const struct key_table default_table = {
  .name = "defaults[]", KEY_TABLE(default_keys), .size = sizeof(struct config_default), .place_offset = NO_PLACE
};

/* columns */

static void read_column_expression(struct reading *reading, const struct node *node, void *target)
{
  read_expression(reading, node, "expr", &((struct config_column *)target)->expr);
}

static void read_column_type(struct reading *reading, const struct node *node, void *target)
{
  struct config_cast *cast = &((struct config_column *)target)->cast;
  cast->place = node->place;
  read_type(reading, node, "type", &cast->type);
}

static void check_column(struct reading *reading, const struct node *node, void *target)
{
  struct config_column *column = target;
  const struct node *on_error = node_find(node, "on_error");
  column->cast.column = column->name;
  if (column->cast.type != NULL || on_error == NULL)
    return;
  struct problem *problem =
      problem_at(reading->problems, on_error->place, "on_error of column \"%s\" without a type", column->name.value);
  add_hint(&problem->error,
           "It says what becomes of a value that does not convert to type: give one, or leave it out.");
}

#define COLUMN(name) offsetof(struct config_column, name)
static const struct key column_keys[] = {
  { .name = "name",
    .kind = KEY_TEXT,
    .is_required = true,
    .offset = COLUMN(name),
    .example = "total",
    .doc = "A new column, or one that is there: then its place stays and its value is this one, as with Spark's "
           "withColumn." },
  { .name = "expr",
    .kind = KEY_CUSTOM,
    .is_required = true,
    .read = read_column_expression,
    .example = "\"price * quantity\"",
    .doc = "Spark SQL over the columns so far: after casts and defaults, and those made before it." },
  { .name = "type",
    .kind = KEY_CUSTOM,
    .read = read_column_type,
    .if_absent = "the expression's own",
    .example = "\"decimal(18,2)\"",
    .doc = "What the value is cast to, as under casts." },
  { .name = "on_error",
    .kind = KEY_CHOICE,
    .offset = COLUMN(cast.on_error),
    .choices = on_error_words,
    .if_absent = "fail",
    .example = "quarantine",
    .doc = "A value that does not convert to type, as under casts." },
};
const struct key_table column_table = { .name = "columns[]",
                                        KEY_TABLE(column_keys),
                                        .size = sizeof(struct config_column),
                                        .check = check_column,
                                        .place_offset = NO_PLACE };

/* explode */

#define EXPLODE(name) offsetof(struct dataset, explode.name)
static const struct key explode_keys[] = {
  { .name = "column",
    .kind = KEY_TEXT,
    .is_required = true,
    .offset = EXPLODE(column),
    .example = "lines",
    .doc = "A list: a column that the schema or a cast gives the type array<...>." },
  { .name = "as",
    .kind = KEY_TEXT,
    .is_required = true,
    .offset = EXPLODE(as),
    .example = "line",
    .doc = "Name of the new column with the element; the fields of a struct are line.sku, line.qty. The list stays." },
  { .name = "keep_empty",
    .kind = KEY_BOOLEAN,
    .offset = EXPLODE(keep_empty),
    .if_absent = "false",
    .example = "true",
    .doc = "Keeps the row of an empty or null list, with a null element; else it is dropped, and counted as "
           "explode:empty." },
};
static const struct key_table explode_table = {
  .name = "standardization.explode", KEY_TABLE(explode_keys), .size = sizeof(struct dataset), .place_offset = NO_PLACE
};

/* deduplicate */

/* Takes a last word off the text, if it is `word`. */
static bool take_last(struct text *text, const char *word)
{
  size_t length = strlen(word);
  if (text->length <= length || text->data[text->length - length - 1] != ' ')
    return false;
  struct text last = { text->data + text->length - length, length };
  if (!text_equal_nocase(last, text_from(word)))
    return false;
  *text = text_trim((struct text){ text->data, text->length - length });
  return true;
}

/* "updated_at desc nulls last": a column's name may hold blanks, so that the words are taken from the end. */
static void read_order(struct reading *reading, const struct config_text *item, struct config_order *order)
{
  struct text text = text_trim(text_from(item->value));
  *order = (struct config_order){ 0 };
  if (take_last(&text, "nulls first"))
    order->nulls_first = true;
  else
    take_last(&text, "nulls last");
  order->descending = take_last(&text, "desc");
  if (!order->descending)
    take_last(&text, "asc");
  if (text.length >= 2 && text.data[0] == '`' && text.data[text.length - 1] == '`')
    text = (struct text){ text.data + 1, text.length - 2 };
  order->column = (struct config_text){ .value = text_copy(reading->arena, text), .place = item->place };
}

static void read_order_by(struct reading *reading, const struct node *node, void *target)
{
  struct dataset *dataset = target;
  struct config_list list;
  if (!read_list(reading, node, "order_by", &list))
    return;
  dataset->dedupe_order = arena_array(reading->arena, list.count + 1, sizeof(*dataset->dedupe_order));
  for (size_t i = 0; i < list.count; i++)
    read_order(reading, &list.items[i], &dataset->dedupe_order[dataset->n_dedupe_order++]);
}

#define DATASET(name) offsetof(struct dataset, name)
static const struct key deduplicate_keys[] = {
  { .name = "key",
    .kind = KEY_LIST,
    .is_required = true,
    .offset = DATASET(dedupe_key),
    .example = "[payment_id]",
    .doc = "Of the rows with equal values here one survives; null keys are equal." },
  { .name = "order_by",
    .kind = KEY_CUSTOM,
    .read = read_order_by,
    .example = "[\"updated_at desc\"]",
    .doc = "Which one: the first by these columns, each with asc or desc and nulls first or last; full ties go to the "
           "lowest path, then the first position." },
};
static const struct key_table deduplicate_table = { .name = "standardization.deduplicate",
                                                    KEY_TABLE(deduplicate_keys),
                                                    .size = sizeof(struct dataset),
                                                    .place_offset = NO_PLACE };

static const struct locale *read_locale(struct reading *reading, struct config_text name)
{
  const struct locale *locale = name.value == NULL ? NULL : locale_find(text_from(name.value));
  if (name.value == NULL || locale != NULL)
    return locale;
  struct problem *problem = problem_at(reading->problems, name.place, "unknown locale \"%s\"", name.value);
  add_hint(&problem->error, "%s", locale_names_hint);
  return NULL;
}

void settle_locales(struct reading *reading, struct dataset *dataset)
{
  const struct locale *common = read_locale(reading, dataset->locale);
  for (size_t i = 0; i < dataset->n_sources; i++) {
    const struct locale *locale = read_locale(reading, dataset->sources[i].options.locale);
    if (dataset->locale.value == NULL && dataset->n_sources == 1)
      common = locale;
  }
  for (size_t i = 0; i < dataset->n_casts; i++) {
    struct config_cast *cast = &dataset->casts[i];
    struct error err;
    cast->written_in = cast->locale.value == NULL ? common : read_locale(reading, cast->locale);
    bool has_pattern = cast->format_hint.value != NULL;
    if (cast->type == NULL || !is_number(cast->type) || (cast->written_in == NULL && !has_pattern))
      continue;
    struct text pattern = has_pattern ? text_from(cast->format_hint.value) : (struct text){ 0 };
    if (number_format_compile(reading->arena, cast->written_in, pattern, cast->format_hint.place, &cast->number, &err))
      continue;
    problem_add(reading->problems, &err, false);
    cast->number = NULL;
  }
}

static void check_standardization(struct reading *reading, const struct node *node, void *target)
{
  const struct dataset *dataset = target;
  (void)node;
  check_unique(reading, "renames from", NAMED_ITEMS(struct config_rename, dataset->rename, dataset->n_rename, from));
  check_unique(reading, "renames to", NAMED_ITEMS(struct config_rename, dataset->rename, dataset->n_rename, to));
  check_unique(reading, "casts of", NAMED_ITEMS(struct config_cast, dataset->casts, dataset->n_casts, column));
  check_unique(reading, "defaults of",
               NAMED_ITEMS(struct config_default, dataset->defaults, dataset->n_defaults, column));
  check_unique(reading, "drops of",
               (struct named_items){ dataset->drop.items, dataset->drop.count, sizeof(struct config_text), 0 });
}

static const struct key standardization_keys[] = {
  { .name = "timezone",
    .kind = KEY_CUSTOM,
    .read = read_timezone,
    .if_absent = "env.yml's, else UTC",
    .example = "America/Bogota",
    .doc = "Zone of timestamps without an offset, of rules and of partitions; instants are stored in UTC." },
  { .name = "locale",
    .kind = KEY_TEXT,
    .offset = DATASET(locale),
    .example = "es_CO",
    .doc = "Language and country of the casts' texts (en, es, pt, fr, de, it and their countries, as in CLDR): the "
           "decimal "
           "and the grouping mark of numbers, and the names of months, with or without a dot, in any case. The first "
           "group "
           "has one to three digits, each later one three, else it is no number." },
  { .name = "rename",
    .kind = KEY_MAPPINGS,
    .offset = DATASET(rename),
    .count_offset = DATASET(n_rename),
    .table = &rename_table,
    .example = "[{ from: \"ID\", to: id }]",
    .doc = "Renames columns." },
  { .name = "casts",
    .kind = KEY_MAPPINGS,
    .offset = DATASET(casts),
    .count_offset = DATASET(n_casts),
    .table = &cast_table,
    .example = "[{ column: amount, to: \"decimal(18,2)\" }]",
    .doc = "Converts columns, after the renames." },
  { .name = "explode",
    .kind = KEY_MAPPING,
    .table = &explode_table,
    .example = "{ column: lines, as: line }",
    .doc = "One row an element of a list, after the casts." },
  { .name = "defaults",
    .kind = KEY_MAPPINGS,
    .offset = DATASET(defaults),
    .count_offset = DATASET(n_defaults),
    .table = &default_table,
    .example = "[{ column: currency, value: USD }]",
    .doc = "What stands for null, after the casts." },
  { .name = "columns",
    .kind = KEY_MAPPINGS,
    .offset = DATASET(columns),
    .count_offset = DATASET(n_columns),
    .table = &column_table,
    .example = "[{ name: total, expr: \"price * quantity\" }]",
    .doc = "Columns made of others, in this order, after the defaults." },
  { .name = "deduplicate",
    .kind = KEY_MAPPING,
    .table = &deduplicate_table,
    .example = "{ key: [payment_id] }",
    .doc = "One row a key survives." },
  { .name = "drop",
    .kind = KEY_LIST,
    .offset = DATASET(drop),
    .example = "[raw_amount]",
    .doc =
        "Columns that end after the rules. Rules, the key, partitions and business rules may use them, the quarantine "
        "keeps them; the schema, silver and gold lack them." },
};
const struct key_table standardization_table = { .name = "standardization",
                                                 KEY_TABLE(standardization_keys),
                                                 .size = sizeof(struct dataset),
                                                 .check = check_standardization,
                                                 .place_offset = NO_PLACE };

/* quality */

static void read_rule_expression(struct reading *reading, const struct node *node, void *target)
{
  read_expression(reading, node, "expr", &((struct config_rule *)target)->expr);
}

static void read_on_null(struct reading *reading, const struct node *node, void *target)
{
  int index;
  if (read_choice(reading, node, "on_null", on_null_words, &index))
    ((struct config_rule *)target)->null_passes = index == 1;
}

#define RULE(name) offsetof(struct config_rule, name)
static const struct key rule_keys[] = {
  { .name = "name",
    .kind = KEY_TEXT,
    .is_required = true,
    .offset = RULE(name),
    .example = "amount_positive",
    .doc = "Names the rule in counts and in _failed_rules." },
  { .name = "expr",
    .kind = KEY_CUSTOM,
    .is_required = true,
    .read = read_rule_expression,
    .example = "\"amount > 0\"",
    .doc = "Spark SQL over the standardized columns; a row passes where it is true." },
  { .name = "on_fail",
    .kind = KEY_CHOICE,
    .offset = RULE(on_fail),
    .choices = on_fail_words,
    .if_absent = "quarantine",
    .example = "drop",
    .doc = "What becomes of a failing row; fail refuses the data. The first failing rule that is not warn decides." },
  { .name = "on_null",
    .kind = KEY_CUSTOM,
    .read = read_on_null,
    .choices = on_null_words,
    .if_absent = "fail",
    .example = "pass",
    .doc = "Whether a null answer fails or passes." },
  { .name = "max_failed",
    .kind = KEY_LIMIT,
    .offset = RULE(max_failed),
    .example = "1%",
    .doc = "A count or a share of the rows; past it the data is refused." },
};
const struct key_table rule_table = {
  .name = "rules[]", KEY_TABLE(rule_keys), .size = sizeof(struct config_rule), .place_offset = NO_PLACE
};

#define DRAFT(name) offsetof(struct dataset_draft, name)
static const struct key expectations_keys[] = {
  { .name = "rules",
    .kind = KEY_MAPPINGS,
    .is_required = true,
    .offset = DRAFT(rules),
    .count_offset = DRAFT(n_rules),
    .table = &rule_table,
    .example = "[{ name: positive, expr: \"amount > 0\" }]",
    .doc = "The rules, in order." },
};
const struct key_table expectations_table = {
  .name = "expectations", KEY_TABLE(expectations_keys), .size = sizeof(struct dataset_draft), .place_offset = NO_PLACE
};

static const struct key quality_keys[] = {
  { .name = "expectations_ref",
    .kind = KEY_TEXT,
    .offset = DRAFT(expectations_ref),
    .example = "config/expectations.yml",
    .doc = "A file with the rules." },
  { .name = "rules",
    .kind = KEY_MAPPINGS,
    .offset = DRAFT(rules),
    .count_offset = DRAFT(n_rules),
    .table = &rule_table,
    .example = "[{ name: positive, expr: \"amount > 0\" }]",
    .doc = "Rules in the dataset file itself, behind those of expectations_ref." },
  { .name = "quarantine",
    .kind = KEY_TEXT,
    .offset = DRAFT(dataset.quarantine),
    .if_absent = "quarantine/<id> in the state directory",
    .example = "./lake/quarantine/payments",
    .doc = "Directory for rejected rows, as Parquet below run_id=<id>/." },
  { .name = "max_rejected",
    .kind = KEY_LIMIT,
    .offset = DRAFT(dataset.max_rejected),
    .example = "5%",
    .doc = "A count or a share of all records that may be malformed, quarantined or dropped; past it the data is "
           "refused." },
};
const struct key_table quality_table = {
  .name = "quality", KEY_TABLE(quality_keys), .size = sizeof(struct dataset_draft), .place_offset = NO_PLACE
};
