/* Files of cases: orders_test.yml. */
#include "config/cases.h"

#include "base/file.h"
#include "base/log.h"
#include "config/tables.h"
#include "value/cast.h"
#include "value/timezone.h"

#include <errno.h>
#include <stdlib.h>

const char *const case_outcome_names[N_CASE_OUTCOMES] = {
  [CASE_SILVER] = "silver",   [CASE_QUARANTINE] = "quarantine",
  [CASE_GOLD] = "gold",       [CASE_DUPLICATES] = "duplicates",
  [CASE_DROPPED] = "dropped", [CASE_MALFORMED] = "malformed",
  [CASE_WARNED] = "warned",   [CASE_READ] = "read",
};
const char *const case_fate_names[] = { "silver", "quarantine", "dropped", "duplicate", "malformed", NULL };

/* values */

static void expected_kind(struct reading *reading, const struct node *node, const char *key, const char *expected)
{
  problem_at(reading->problems, node->place, "%s is %s, %s was expected", key, node_kind_name(node), expected);
}

static bool read_count(struct reading *reading, const struct node *node, const char *key, uint64_t *ret_count)
{
  char *end = NULL;
  if (node->kind == NODE_SCALAR && node->length > 0 && strspn(node->value, "0123456789") == node->length) {
    errno = 0;
    *ret_count = strtoull(node->value, &end, 10);
    if (errno == 0)
      return true;
  }
  if (node->kind == NODE_SCALAR)
    problem_at(reading->problems, node->place, "%s is \"%s\", a number of rows was expected", key, node->value);
  else
    expected_kind(reading, node, key, "a number of rows");
  return false;
}

static void read_instant(struct reading *reading, const struct node *node, struct config_text *ret_text,
                         int64_t *ret_instant_us)
{
  if (!read_text(reading, node, "now", ret_text))
    return;
  if (text_to_timestamp(text_from(ret_text->value), timezone_find(TEXT("UTC")), ret_instant_us) && *ret_instant_us != 0)
    return;
  problem_at(reading->problems, node->place, "now is \"%s\", an instant such as 2026-11-24T10:00:00Z was expected",
             ret_text->value);
}

static bool check_row(struct reading *reading, const struct node *node, const char *key)
{
  if (node->kind == NODE_MAPPING)
    return true;
  problem_at(reading->problems, node->place, "a row of %s is %s, a mapping of columns was expected", key,
             node_kind_name(node));
  return false;
}

/* A list of rows; NULL where a problem was added. */
static const struct node *read_rows(struct reading *reading, const struct node *node, const char *key)
{
  if (node->kind != NODE_SEQUENCE) {
    expected_kind(reading, node, key, "a list of rows");
    return NULL;
  }
  bool is_sound = true;
  for (size_t i = 0; i < node->n_items; i++)
    is_sound = check_row(reading, node->items[i], key) && is_sound;
  return is_sound ? node : NULL;
}

/* given */

#define RECORDS(name) offsetof(struct case_records, name)

static void read_given_rows(struct reading *reading, const struct node *node, void *target)
{
  struct case_records *records = target;
  records->rows = read_rows(reading, node, "rows");
}

static void read_types(struct reading *reading, const struct node *node, void *target)
{
  struct case_records *records = target;
  if (node->kind != NODE_MAPPING) {
    expected_kind(reading, node, "types", "a mapping of columns to types");
    return;
  }
  records->types = arena_array(reading->arena, node->n_entries + 1, sizeof(*records->types));
  for (size_t i = 0; i < node->n_entries; i++) {
    const struct node *key = node->entries[i].key;
    struct config_text name;
    struct error err;
    struct case_type *type = &records->types[records->n_types];
    if (!read_text(reading, node->entries[i].value, key->value, &name))
      continue;
    if (!type_parse(reading->arena, text_from(name.value), name.place, &type->type, &err)) {
      problem_add(reading->problems, &err, false);
      continue;
    }
    type->column = (struct config_text){ .value = key->value, .place = key->place };
    records->n_types++;
  }
}

static void check_records(struct reading *reading, const struct node *node, void *target)
{
  const struct case_records *records = target;
  size_t count =
      (size_t)(records->rows != NULL) + (size_t)(records->text.value != NULL) + (size_t)(records->files.count > 0);
  if (count == 1)
    return;
  struct problem *problem = problem_at(reading->problems, node->place, "given has %s of rows, text and file",
                                       count == 0 ? "none" : "several");
  add_hint(&problem->error, "Give a list of rows, or text: the text of a file, or file: its path.");
}

static const struct key records_keys[] = {
  { .name = "rows",
    .kind = KEY_CUSTOM,
    .read = read_given_rows,
    .example = "[{ id: 1, amount: \"10.5\" }]",
    .doc = "Records as mappings, in whatever dialect the source has; what stands plain is a number, a boolean or null "
           "to JSON, and text to CSV." },
  { .name = "text",
    .kind = KEY_TEXT,
    .offset = RECORDS(text),
    .example = "\"id;amount\\n1;10,5\\n\"",
    .doc = "The text of a file in the source's format and dialect, as UTF-8." },
  { .name = "file",
    .kind = KEY_LIST,
    .offset = RECORDS(files),
    .example = "fixtures/orders.csv",
    .doc = "Files, directories or patterns in the place of the source's path, from the directory of this file." },
  { .name = "types",
    .kind = KEY_CUSTOM,
    .read = read_types,
    .example = "{ amount: \"decimal(18,2)\" }",
    .doc = "Types of the rows' columns where the source is Parquet; else numbers, booleans and text as they look." },
};
const struct key_table case_records_table = { .name = "given",
                                              KEY_TABLE(records_keys),
                                              .size = sizeof(struct case_records),
                                              .check = check_records,
                                              .place_offset = RECORDS(place) };

static void read_records(struct reading *reading, const struct node *node, struct case_records *records)
{
  records->place = node->place;
  if (node->kind == NODE_SEQUENCE)
    records->rows = read_rows(reading, node, "given");
  else if (node->kind == NODE_MAPPING)
    keys_read(reading, node, &case_records_table, records);
  else
    expected_kind(reading, node, "given", "a list of rows");
}

/* `given: {sources: {web: [...], api: {text: ...}}}` */
static void read_sources_given(struct reading *reading, const struct node *node, struct test_case *test)
{
  if (node->kind != NODE_MAPPING) {
    expected_kind(reading, node, "sources", "a mapping of the sources' names");
    return;
  }
  test->given = arena_array(reading->arena, node->n_entries + 1, sizeof(*test->given));
  for (size_t i = 0; i < node->n_entries; i++) {
    struct case_records *records = &test->given[test->n_given++];
    records->source =
        (struct config_text){ .value = node->entries[i].key->value, .place = node->entries[i].key->place };
    read_records(reading, node->entries[i].value, records);
  }
}

static void read_given(struct reading *reading, const struct node *node, void *target)
{
  struct test_case *test = target;
  const struct node *sources = node->kind == NODE_MAPPING ? node_find(node, "sources") : NULL;
  if (sources != NULL && node->n_entries == 1) {
    read_sources_given(reading, sources, test);
    return;
  }
  if (sources != NULL) {
    problem_at(reading->problems, sources->place, "given has sources beside other keys");
    return;
  }
  test->given = arena_alloc(reading->arena, sizeof(*test->given));
  *test->given = (struct case_records){ 0 };
  test->n_given = 1;
  read_records(reading, node, test->given);
}

/* expect */

static void read_outcome(struct reading *reading, const struct node *node, enum case_outcome which,
                         struct case_expected *expected)
{
  struct case_count *count = &expected->counts[which];
  const char *key = case_outcome_names[which];
  bool may_have_rows = which <= CASE_GOLD;
  count->place = node->place;
  if (node->kind == NODE_SCALAR || !may_have_rows) {
    count->is_set = read_count(reading, node, key, &count->value);
    return;
  }
  if (node->kind == NODE_MAPPING) {
    expected_kind(reading, node, key, "a number of rows, or a list of them,");
    return;
  }
  count->rows = read_rows(reading, node, key);
  count->is_set = count->rows != NULL;
  count->value = node->n_items;
}

#define OUTCOME_READER(name, which)                                                                                    \
  static void name(struct reading *reading, const struct node *node, void *target)                                     \
  {                                                                                                                    \
    read_outcome(reading, node, which, target);                                                                        \
  }
OUTCOME_READER(read_silver, CASE_SILVER)
OUTCOME_READER(read_quarantine, CASE_QUARANTINE)
OUTCOME_READER(read_gold, CASE_GOLD)
OUTCOME_READER(read_duplicates, CASE_DUPLICATES)
OUTCOME_READER(read_dropped, CASE_DROPPED)
OUTCOME_READER(read_malformed, CASE_MALFORMED)
OUTCOME_READER(read_warned, CASE_WARNED)
OUTCOME_READER(read_read, CASE_READ)

static void read_row_fates(struct reading *reading, const struct node *node, struct case_row_fates *fates)
{
  bool is_list = node->kind == NODE_SEQUENCE;
  size_t count = is_list ? node->n_items : 1;
  fates->place = node->place;
  fates->fates = arena_array(reading->arena, count + 1, sizeof(*fates->fates));
  for (size_t i = 0; i < count; i++)
    if (read_choice(reading, is_list ? node->items[i] : node, "a fate", case_fate_names, &fates->fates[fates->count]))
      fates->count++;
}

static void read_fates(struct reading *reading, const struct node *node, void *target)
{
  struct case_expected *expected = target;
  if (node->kind != NODE_SEQUENCE) {
    expected_kind(reading, node, "fates", "a list with a fate for each given row");
    return;
  }
  expected->fates_place = (struct config_text){ .value = "fates", .place = node->place };
  expected->fates = arena_array(reading->arena, node->n_items + 1, sizeof(*expected->fates));
  for (size_t i = 0; i < node->n_items; i++)
    read_row_fates(reading, node->items[i], &expected->fates[expected->n_fates++]);
}

static void read_rule_names(struct reading *reading, const struct node *node, void *target)
{
  struct case_expected *expected = target;
  size_t count = node->kind == NODE_MAPPING ? node->n_entries : node->n_items;
  expected->rules_place = node->place;
  if (node->kind == NODE_SCALAR) {
    expected_kind(reading, node, "rules", "a list of rules, or a mapping of rules to numbers of rows,");
    return;
  }
  expected->names_rules = true;
  expected->rules = arena_array(reading->arena, count + 1, sizeof(*expected->rules));
  for (size_t i = 0; i < count; i++) {
    struct case_rule *rule = &expected->rules[expected->n_rules];
    *rule = (struct case_rule){ 0 };
    const struct node *name = node->kind == NODE_MAPPING ? node->entries[i].key : node->items[i];
    if (!read_text(reading, name, "a rule", &rule->name))
      continue;
    if (node->kind == NODE_MAPPING)
      rule->has_count = read_count(reading, node->entries[i].value, rule->name.value, &rule->count);
    expected->n_rules++;
  }
  check_unique(reading, "reasons", NAMED_ITEMS(struct case_rule, expected->rules, expected->n_rules, name));
}

static void read_refused(struct reading *reading, const struct node *node, void *target)
{
  struct case_expected *expected = target;
  struct config_text text;
  if (!read_text(reading, node, "refused", &text) || (node->is_plain && strcmp(text.value, "false") == 0))
    return;
  expected->is_refused = true;
  if (!node->is_plain || strcmp(text.value, "true") != 0)
    expected->refusal = text;
}

static const struct key expect_keys[] = {
  { .name = "silver",
    .kind = KEY_CUSTOM,
    .read = read_silver,
    .example = "[{ id: 1, amount: 10.5 }]",
    .doc = "How many rows silver holds, or all of its rows, in any order. A row names the columns that it is about; a "
           "value is read as the column's type." },
  { .name = "quarantine",
    .kind = KEY_CUSTOM,
    .read = read_quarantine,
    .example = "1",
    .doc = "The same of the quarantine; its columns hold values as they were read, _failed_rules the reasons. As a "
           "number, without malformed records; as a list, with them, since they are there." },
  { .name = "gold",
    .kind = KEY_CUSTOM,
    .read = read_gold,
    .example = "[{ id: 1 }]",
    .doc = "The same of the rows that go to gold, business rules applied." },
  { .name = "duplicates",
    .kind = KEY_CUSTOM,
    .read = read_duplicates,
    .example = "1",
    .doc = "How many rows deduplication removes." },
  { .name = "dropped", .kind = KEY_CUSTOM, .read = read_dropped, .example = "1", .doc = "How many rows are dropped." },
  { .name = "malformed",
    .kind = KEY_CUSTOM,
    .read = read_malformed,
    .example = "1",
    .doc = "How many records are malformed." },
  { .name = "warned",
    .kind = KEY_CUSTOM,
    .read = read_warned,
    .example = "1",
    .doc = "How many rows of silver fail a rule with on_fail: warn." },
  { .name = "read", .kind = KEY_CUSTOM, .read = read_read, .example = "3", .doc = "How many records are read." },
  { .name = "fates",
    .kind = KEY_CUSTOM,
    .read = read_fates,
    .example = "[silver, quarantine, dropped, duplicate, malformed]",
    .doc = "What becomes of each given record, in order; a list where a record becomes several rows." },
  { .name = "rules",
    .kind = KEY_CUSTOM,
    .read = read_rule_names,
    .example = "{ amount_positive: 1 }",
    .doc = "All rules that rows fail (warn ones too), and cast:<column>:<type> and schema:<column>:<keyword> of the "
           "quarantine: a list of names, or how many rows fail each." },
  { .name = "refused",
    .kind = KEY_CUSTOM,
    .read = read_refused,
    .if_absent = "false",
    .example = "\"fail rule\"",
    .doc = "true, or a part of the message: the data is refused, as by a rule with on_fail: fail." },
};

static void check_expected(struct reading *reading, const struct node *node, void *target)
{
  const struct case_expected *expected = target;
  if (node->n_entries == 0)
    problem_at(reading->problems, node->place, "expect says nothing: the case could not fail");
  for (size_t i = 0; expected->is_refused && i < node->n_entries; i++)
    if (strcmp(node->entries[i].key->value, "refused") != 0)
      problem_at(reading->problems, node->entries[i].key->place,
                 "%s is expected of data that is refused: nothing becomes of it", node->entries[i].key->value);
}

static const struct key_table expect_table = { .name = "expect",
                                               KEY_TABLE(expect_keys),
                                               .size = sizeof(struct case_expected),
                                               .check = check_expected,
                                               .place_offset = NO_PLACE };

/* cases */

#define TEST(name) offsetof(struct test_case, name)

static void read_case_now(struct reading *reading, const struct node *node, void *target)
{
  struct test_case *test = target;
  read_instant(reading, node, &test->now, &test->now_us);
}

static void read_case_row(struct reading *reading, const struct node *node, void *target)
{
  if (check_row(reading, node, "row"))
    ((struct test_case *)target)->row = node;
}

static void check_case(struct reading *reading, const struct node *node, void *target)
{
  const struct test_case *test = target;
  (void)node;
  if (test->name.value[0] == '\0')
    problem_at(reading->problems, test->name.place, "the name of a case is empty");
}

static const struct key case_keys[] = {
  { .name = "name",
    .kind = KEY_TEXT,
    .is_required = true,
    .offset = TEST(name),
    .example = "a negative amount is quarantined",
    .doc = "What holds; --case chooses by it." },
  { .name = "given",
    .kind = KEY_CUSTOM,
    .is_required = true,
    .read = read_given,
    .table = &case_records_table,
    .example = "[{ id: 1, amount: \"-3\" }]",
    .doc = "The records: a list of rows, or a mapping (below); of a dataset with sources, {sources: {<name>: ...}}, "
           "where one that is not named gives none." },
  { .name = "expect",
    .kind = KEY_MAPPING,
    .is_required = true,
    .offset = TEST(expected),
    .table = &expect_table,
    .example = "{ quarantine: 1 }",
    .doc = "What becomes of them. What is not named is not looked at." },
  { .name = "row",
    .kind = KEY_CUSTOM,
    .read = read_case_row,
    .if_absent = "the file's",
    .example = "{ currency: USD }",
    .doc = "What a given row has where it leaves a column out." },
  { .name = "now",
    .kind = KEY_CUSTOM,
    .read = read_case_now,
    .if_absent = "the file's",
    .example = "2026-11-24T10:00:00Z",
    .doc = "What current_timestamp() and current_date() answer." },
};
static const struct key_table case_table = { .name = "cases[]",
                                             KEY_TABLE(case_keys),
                                             .size = sizeof(struct test_case),
                                             .check = check_case,
                                             .place_offset = TEST(place) };

#define FILE_OF(name) offsetof(struct case_file, name)

static void read_file_now(struct reading *reading, const struct node *node, void *target)
{
  struct case_file *file = target;
  read_instant(reading, node, &file->now, &file->now_us);
}

static void read_file_row(struct reading *reading, const struct node *node, void *target)
{
  if (check_row(reading, node, "row"))
    ((struct case_file *)target)->row = node;
}

static const struct key file_keys[] = {
  { .name = "dataset",
    .kind = KEY_TEXT,
    .is_required = true,
    .offset = FILE_OF(dataset),
    .example = "orders.yml",
    .doc = "The dataset, from the directory of this file." },
  { .name = "cases",
    .kind = KEY_MAPPINGS,
    .is_required = true,
    .offset = FILE_OF(cases),
    .count_offset = FILE_OF(n_cases),
    .table = &case_table,
    .example = "[{ name: one, given: [{ id: 1 }], expect: { silver: 1 } }]",
    .doc = "The cases." },
  { .name = "row",
    .kind = KEY_CUSTOM,
    .read = read_file_row,
    .example = "{ currency: USD }",
    .doc = "What a given row of any case has where it leaves a column out." },
  { .name = "now",
    .kind = KEY_CUSTOM,
    .read = read_file_now,
    .if_absent = "the time of the test",
    .example = "2026-11-24T10:00:00Z",
    .doc = "What current_timestamp() and current_date() answer in each case." },
};

static void check_file(struct reading *reading, const struct node *node, void *target)
{
  struct case_file *file = target;
  (void)node;
  check_unique(reading, "cases named", NAMED_ITEMS(struct test_case, file->cases, file->n_cases, name));
}

const struct key_table case_file_table = {
  .name = "*_test.yml",
  KEY_TABLE(file_keys),
  .size = sizeof(struct case_file),
  .check = check_file,
  .place_offset = NO_PLACE,
};

static void inherit(struct case_file *file)
{
  for (size_t i = 0; i < file->n_cases; i++) {
    struct test_case *test = &file->cases[i];
    if (test->row == NULL)
      test->row = file->row;
    if (test->now_us == 0)
      test->now_us = file->now_us;
  }
}

bool case_file_load(struct arena *arena, const char *path, struct problem_list *problems, struct case_file **ret_file)
{
  struct case_file *file = arena_alloc(arena, sizeof(*file));
  struct reading reading = { .arena = arena, .problems = problems };
  struct text text;
  struct error err;
  size_t before = problem_count_errors(problems);
  *file = (struct case_file){ .path = path };
  *ret_file = file;
  if (!file_read(arena, path, CONFIG_FILE_LIMIT, ERROR_CONFIG, &text, &err)) {
    problem_add(problems, &err, false);
    return false;
  }
  file->source = (struct source){ .name = path, .text = text, .may_hold_secrets = true };
  const struct node *root = node_parse(arena, &file->source, problems);
  if (root == NULL)
    return false;
  if (root->kind != NODE_MAPPING)
    problem_at(problems, root->place, "the file holds %s, a mapping was expected", node_kind_name(root));
  else
    keys_read(&reading, root, &case_file_table, file);
  if (file->dataset.value != NULL)
    file->dataset_path = strchr(path, '/') == NULL ? file->dataset.value
                                                   : path_join(arena, path_directory(arena, path), file->dataset.value);
  inherit(file);
  return problem_count_errors(problems) == before;
}

bool case_file_has_name(const char *path)
{
  struct text name = text_from(path);
  return text_ends_with(name, TEXT("_test.yml")) || text_ends_with(name, TEXT("_test.yaml"));
}

/* printing */

/* Whether a quoted text would be read as the same one without its quotes, in a mapping on one line. */
static bool may_be_plain(const struct node *node)
{
  if (node->is_plain)
    return true;
  for (size_t i = 0; i < node->length; i++) {
    unsigned char c = (unsigned char)node->value[i];
    bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    if (!is_letter && (i == 0 || (strchr("0123456789-.@/", c) == NULL)))
      return false;
  }
  static const char *const words[] = { "", "null", "true", "false", "~" };
  for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
    if (text_equal_nocase((struct text){ node->value, node->length }, text_from(words[i])))
      return false;
  return true;
}

static void add_flow_scalar(const struct node *scalar, bool is_key, struct text_buffer *out)
{
  (void)is_key;
  if (may_be_plain(scalar))
    text_buffer_add(out, scalar->value, scalar->length);
  else
    json_add_string(out, (struct text){ scalar->value, scalar->length });
}

static void print_node(const struct node *node, bool is_key, node_scalar_printer *add_scalar, struct text_buffer *out)
{
  if (node->kind == NODE_SCALAR) {
    add_scalar(node, is_key, out);
    return;
  }
  bool is_mapping = node->kind == NODE_MAPPING;
  size_t count = is_mapping ? node->n_entries : node->n_items;
  text_buffer_add_char(out, is_mapping ? '{' : '[');
  for (size_t i = 0; i < count; i++) {
    text_buffer_add_string(out, i == 0 ? "" : ", ");
    if (is_mapping) {
      print_node(node->entries[i].key, true, add_scalar, out);
      text_buffer_add_string(out, ": ");
    }
    print_node(is_mapping ? node->entries[i].value : node->items[i], false, add_scalar, out);
  }
  text_buffer_add_char(out, is_mapping ? '}' : ']');
}

void node_print(const struct node *node, node_scalar_printer *add_scalar, struct text_buffer *out)
{
  print_node(node, false, add_scalar, out);
}

void node_add_flow(const struct node *node, struct text_buffer *out)
{
  node_print(node, add_flow_scalar, out);
}
