#include "config/keys.h"

#include <errno.h>
#include <stdlib.h>

static struct problem *wrong_kind(struct reading *reading, const struct node *node, const char *key,
                                  const char *expected)
{
  return problem_at(reading->problems, node->place, "%s is %s, %s was expected", key, node_kind_name(node), expected);
}

bool read_text(struct reading *reading, const struct node *node, const char *key, struct config_text *ret_text)
{
  if (node->kind != NODE_SCALAR) {
    wrong_kind(reading, node, key, "a text");
    return false;
  }
  *ret_text = (struct config_text){ .value = node->value, .place = node->place };
  return true;
}

bool read_boolean(struct reading *reading, const struct node *node, const char *key, bool *ret_value)
{
  if (node->kind != NODE_SCALAR) {
    wrong_kind(reading, node, key, "true or false");
    return false;
  }
  struct text value = { node->value, node->length };
  bool is_true = text_equal_nocase(value, TEXT("true"));
  if (!is_true && !text_equal_nocase(value, TEXT("false"))) {
    problem_at(reading->problems, node->place, "%s is \"%s\", true or false was expected", key, node->value);
    return false;
  }
  *ret_value = is_true;
  return true;
}

static bool read_number(struct reading *reading, const struct node *node, const struct key *key, bool is_integer,
                        double *ret_value)
{
  if (node->kind != NODE_SCALAR) {
    wrong_kind(reading, node, key->name, "a number");
    return false;
  }
  char *end = NULL;
  errno = 0;
  double value = strtod(node->value, &end);
  bool is_number = end != node->value && *end == '\0' && strpbrk(node->value, "xXnN") == NULL;
  if (!is_number || (is_integer && value != (double)(long long)value) || value < key->least || value > key->most) {
    problem_at(reading->problems, node->place, "%s is \"%s\", %s from %.10g to %.10g was expected", key->name,
               node->value, is_integer ? "a whole number" : "a number", key->least, key->most);
    return false;
  }
  *ret_value = value;
  return true;
}

static size_t count_choices(const char *const *choices)
{
  size_t count = 0;
  while (choices[count] != NULL)
    count++;
  return count;
}

static void add_list(struct text_buffer *out, const char *const *names, size_t count)
{
  for (size_t i = 0; i < count; i++)
    text_buffer_printf(out, "%s%s", i == 0 ? "" : i + 1 == count ? " or " : ", ", names[i]);
}

bool read_choice(struct reading *reading, const struct node *node, const char *key, const char *const *choices,
                 int *ret_index)
{
  size_t count = count_choices(choices);
  SCOPED(text_buffer_done) struct text_buffer list = { 0 };
  add_list(&list, choices, count);
  if (node->kind != NODE_SCALAR) {
    wrong_kind(reading, node, key, list.data);
    return false;
  }
  struct text value = { node->value, node->length };
  for (size_t i = 0; i < count; i++)
    if (text_equal_nocase(value, text_from(choices[i]))) {
      *ret_index = (int)i;
      return true;
    }
  struct problem *problem =
      problem_at(reading->problems, node->place, "%s is \"%s\", it is %s", key, node->value, list.data);
  const char *nearest = text_nearest(value, choices, count);
  if (nearest != NULL)
    add_hint(&problem->error, "Did you mean \"%s\"?", nearest);
  return false;
}

bool read_list(struct reading *reading, const struct node *node, const char *key, struct config_list *ret_list)
{
  struct node *const one = (struct node *)(uintptr_t)node;
  bool is_list = node->kind == NODE_SEQUENCE;
  size_t count = is_list ? node->n_items : 1;
  struct config_list list = { .items = arena_array(reading->arena, count + 1, sizeof(struct config_text)) };
  for (size_t i = 0; i < count; i++) {
    const struct node *item = is_list ? node->items[i] : one;
    if (item->kind != NODE_SCALAR) {
      wrong_kind(reading, item, key, is_list ? "a text" : "a list of texts");
      return false;
    }
    list.items[list.count++] = (struct config_text){ .value = item->value, .place = item->place };
  }
  *ret_list = list;
  return true;
}

/* "5", 5, "1%", "0.5 %". */
static void read_limit(struct reading *reading, const struct node *node, const char *key, struct config_limit *limit)
{
  if (node->kind != NODE_SCALAR) {
    wrong_kind(reading, node, key, "a count or a percentage");
    return;
  }
  char *end = NULL;
  double value = strtod(node->value, &end);
  bool is_number = end != node->value && strpbrk(node->value, "xXnNeE") == NULL;
  while (*end == ' ')
    end++;
  bool is_percentage = is_number && *end == '%';
  end += is_percentage;
  if (!is_number || *end != '\0' || value < 0 || (is_percentage && value > 100) ||
      (!is_percentage && value != (double)(long long)value)) {
    problem_at(reading->problems, node->place,
               "%s is \"%s\", a count such as 100 or a share such as 0.5%% was expected", key, node->value);
    return;
  }
  *limit =
      (struct config_limit){ .is_set = true, .is_percentage = is_percentage, .value = value, .place = node->place };
}

static void read_mappings(struct reading *reading, const struct node *node, const struct key *key, char *target)
{
  if (node->kind != NODE_SEQUENCE) {
    wrong_kind(reading, node, key->name, "a list");
    return;
  }
  size_t size = key->table->size;
  char *items = arena_array(reading->arena, node->n_items + 1, size);
  size_t count = 0;
  for (size_t i = 0; i < node->n_items; i++) {
    if (node->items[i]->kind != NODE_MAPPING)
      wrong_kind(reading, node->items[i], key->table->name, "a mapping");
    else
      keys_read(reading, node->items[i], key->table, items + size * count++);
  }
  *(void **)(void *)(target + key->offset) = items;
  *(size_t *)(void *)(target + key->count_offset) = count;
}

static void read_key(struct reading *reading, const struct node *node, const struct key *key, char *target)
{
  void *field = target + key->offset;
  struct config_text text;
  double number;
  int index;
  switch (key->kind) {
  case KEY_TEXT:
    if (read_text(reading, node, key->name, &text))
      *(struct config_text *)field = text;
    return;
  case KEY_STRING:
    if (read_text(reading, node, key->name, &text))
      *(const char **)field = text.value;
    return;
  case KEY_BOOLEAN:
    if (!read_boolean(reading, node, key->name, (bool *)field))
      return;
    return;
  case KEY_INTEGER:
    if (read_number(reading, node, key, true, &number))
      *(int *)field = (int)number;
    return;
  case KEY_NUMBER:
    if (read_number(reading, node, key, false, &number))
      *(double *)field = number;
    return;
  case KEY_CHOICE:
    if (read_choice(reading, node, key->name, key->choices, &index))
      *(int *)field = index;
    return;
  case KEY_WORD:
    if (read_choice(reading, node, key->name, key->choices, &index))
      *(const char **)field = key->choices[index];
    return;
  case KEY_LIST:
    if (!read_list(reading, node, key->name, (struct config_list *)field))
      return;
    return;
  case KEY_LIMIT:
    read_limit(reading, node, key->name, (struct config_limit *)field);
    return;
  case KEY_MAPPING:
    if (node->kind != NODE_MAPPING)
      wrong_kind(reading, node, key->name, "a mapping");
    else
      keys_read(reading, node, key->table, field);
    return;
  case KEY_MAPPINGS:
    read_mappings(reading, node, key, target);
    return;
  case KEY_CUSTOM:
    key->read(reading, node, target);
    return;
  case KEY_UNUSED:
    return;
  }
}

static const struct key *find_key(const struct key_table *table, const char *name)
{
  for (size_t i = 0; i < table->n_keys; i++)
    if (table->ignores_case ? text_equal_nocase(text_from(table->keys[i].name), text_from(name))
                            : strcmp(table->keys[i].name, name) == 0)
      return &table->keys[i];
  return NULL;
}

/* Reports the key and returns the one that was probably meant, or NULL. */
static const struct key *report_unknown(struct reading *reading, const struct node *key, const struct key_table *table)
{
  enum { MOST = 64, LISTED = 12 };
  const char *names[MOST];
  size_t count = 0;
  for (size_t i = 0; i < table->n_keys && count < MOST; i++)
    names[count++] = table->keys[i].name;
  struct problem *problem =
      problem_at(reading->problems, key->place, "unknown key \"%s\" in %s", key->value, table->name);
  if (reading->holds_secrets)
    error_cut_excerpt(&problem->error);
  const char *nearest = text_nearest(text_from(key->value), names, count);
  SCOPED(text_buffer_done) struct text_buffer list = { 0 };
  if (count == 0) {
    add_hint(&problem->error, "There is none to set.");
    return NULL;
  }
  if (nearest != NULL && !table->ignores_case) {
    add_hint(&problem->error, "Did you mean \"%s\"?", nearest);
    return find_key(table, nearest);
  }
  size_t listed = count > LISTED && !table->ignores_case ? LISTED : count;
  add_list(&list, names, listed);
  if (nearest != NULL) /* readers have other options elsewhere: those that are here are listed too */
    add_hint(&problem->error, "Did you mean \"%s\"? The options are %s.", nearest, list.data);
  else
    add_hint(&problem->error, "It may hold %s%s.", list.data, listed < count ? ", ..." : "");
  return nearest == NULL ? NULL : find_key(table, nearest);
}

static void report_missing(struct reading *reading, const struct node *mapping, const struct key *key,
                           const struct key_table *table)
{
  struct place place = mapping->place;
  place.length = 1;
  struct problem *problem = problem_at(reading->problems, place, "%s lacks the key \"%s\"", table->name, key->name);
  if (key->example != NULL)
    add_hint(&problem->error, "Such as %s: %s", key->name, key->example);
}

/* "key:" with nothing behind it is as if absent; but null may be one of the words. */
static bool is_absent(const struct node *value, const struct key *key)
{
  if (!node_is_null(value))
    return false;
  for (size_t i = 0; key->choices != NULL && key->choices[i] != NULL; i++)
    if (strcmp(key->choices[i], value->value) == 0)
      return false;
  return true;
}

static bool has_form_of(const struct node *value, const struct key *key)
{
  switch (key->kind) {
  case KEY_MAPPING:
    return value->kind == NODE_MAPPING;
  case KEY_MAPPINGS:
    return value->kind == NODE_SEQUENCE;
  case KEY_CUSTOM:
    return true;
  case KEY_LIST:
    return value->kind != NODE_MAPPING;
  default:
    return value->kind == NODE_SCALAR;
  }
}

void keys_read(struct reading *reading, const struct node *mapping, const struct key_table *table, void *target)
{
  bool seen[64] = { false };
  size_t n_unknown = 0;
  size_t errors_before = problem_count_errors(reading->problems);
  if (table->place_offset != NO_PLACE)
    *(struct place *)(void *)((char *)target + table->place_offset) = mapping->place;
  for (size_t i = 0; i < mapping->n_entries; i++) {
    const struct key *key = find_key(table, mapping->entries[i].key->value);
    if (key == NULL) {
      n_unknown++;
      continue;
    }
    if (seen[key - table->keys]) { /* in another case, or reported when the file was parsed: the first one counts */
      problem_at(reading->problems, mapping->entries[i].key->place, "key \"%s\" is there twice",
                 mapping->entries[i].key->value);
      continue;
    }
    if (is_absent(mapping->entries[i].value, key))
      continue;
    seen[key - table->keys] = true;
    read_key(reading, mapping->entries[i].value, key, target);
  }
  /* What stands under a misspelt key is read as what was meant: its own mistakes are found in the same round, and
   * nothing that it says is missed elsewhere. */
  for (size_t i = 0; i < mapping->n_entries && n_unknown > 0; i++) {
    if (find_key(table, mapping->entries[i].key->value) != NULL)
      continue;
    const struct node *value = mapping->entries[i].value;
    const struct key *meant = report_unknown(reading, mapping->entries[i].key, table);
    if (meant == NULL || seen[meant - table->keys] || is_absent(value, meant) || !has_form_of(value, meant))
      continue;
    seen[meant - table->keys] = true;
    read_key(reading, value, meant, target);
  }
  for (size_t i = 0; i < table->n_keys && !reading->is_template; i++)
    if (table->keys[i].is_required && !seen[i])
      report_missing(reading, mapping, &table->keys[i], table);
  if (table->check != NULL && (table->checks_broken || problem_count_errors(reading->problems) == errors_before))
    table->check(reading, mapping, target);
}
