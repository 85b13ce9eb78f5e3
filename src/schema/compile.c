/* From the document to nodes: one row a keyword, one function a row. */
#include "schema/canonical.h"
#include "schema/node.h"

#include <stdlib.h>

/* A keyword at hand: its name and its value. */
struct clause {
  const char *name;
  enum keyword keyword;
  struct document_value *value;
};

static void refuse_value(struct schema_compiler *compiler, const struct clause *clause,
                         const struct document_value *value, const char *expected)
{
  problem_at(compiler->problems, value->place, "\"%s\" must be %s, found %s", clause->name, expected,
             document_describe(compiler->arena, value));
}

static bool is_kind(struct schema_compiler *compiler, const struct clause *clause, enum json_token kind,
                    const char *expected)
{
  if (clause->value->kind == kind)
    return true;
  refuse_value(compiler, clause, clause->value, expected);
  return false;
}

/* Types. */

static const struct {
  struct text name;
  unsigned types;
} type_names[] = {
  { { "string", 6 }, JSON_TYPE_STRING },   { { "number", 6 }, JSON_TYPE_NUMBER },
  { { "integer", 7 }, JSON_TYPE_INTEGER }, { { "boolean", 7 }, JSON_TYPE_BOOLEAN },
  { { "object", 6 }, JSON_TYPE_OBJECT },   { { "array", 5 }, JSON_TYPE_ARRAY },
  { { "null", 4 }, JSON_TYPE_NULL },
};

static void add_type(struct schema_compiler *compiler, struct schema_node *node, const struct clause *clause,
                     const struct document_value *value)
{
  if (value->kind != JSON_STRING) {
    refuse_value(compiler, clause, value, "the name of a type or a list of them");
    return;
  }
  for (size_t i = 0; i < ARRAY_LENGTH(type_names); i++)
    if (text_equal(value->text, type_names[i].name)) {
      node->types |= type_names[i].types;
      return;
    }
  struct problem *problem =
      problem_at(compiler->problems, value->place, "unknown type \"%.*s\"", TEXT_ARGS(value->text));
  add_hint(&problem->error, "The types are string, number, integer, boolean, object, array and null.");
}

static void compile_type(struct schema_compiler *compiler, struct schema_node *node, const struct clause *clause)
{
  const struct document_value *value = clause->value;
  node->types = 0;
  if (value->kind != JSON_ARRAY_START)
    add_type(compiler, node, clause, value);
  else if (value->n_items == 0)
    refuse_value(compiler, clause, value, "the name of a type or a list of them");
  for (size_t i = 0; i < value->n_items; i++)
    add_type(compiler, node, clause, &value->items[i]);
  node->lists_null = (node->types & JSON_TYPE_NULL) != 0;
}

/* Strings. */

static void compile_pattern(struct schema_compiler *compiler, struct schema_node *node, const struct clause *clause)
{
  if (!is_kind(compiler, clause, JSON_STRING, "a regular expression"))
    return;
  struct error err;
  if (pattern_find_or_compile(clause->value->text, clause->value->place, &node->pattern, &err))
    node->has_string_keywords = true;
  else
    problem_add(compiler->problems, &err, false);
}

static void compile_format(struct schema_compiler *compiler, struct schema_node *node, const struct clause *clause)
{
  if (!is_kind(compiler, clause, JSON_STRING, "the name of a format"))
    return;
  node->format = format_find(clause->value->text);
  node->has_string_keywords = true;
  if (node->format == FORMAT_NONE) {
    struct problem *problem = problem_at(compiler->problems, clause->value->place, "format \"%.*s\" is not supported",
                                         TEXT_ARGS(clause->value->text));
    add_hint(&problem->error, "The formats are %s.", format_names);
  }
}

/* A size: an integer, which may be written 2.0. */
static bool read_size(struct schema_compiler *compiler, const struct clause *clause, size_t *ret_size)
{
  struct bound bound = { 0 };
  if (clause->value->kind == JSON_NUMBER)
    bound = bound_from(clause->value->text);
  bool is_size = clause->value->kind == JSON_NUMBER && !bound.decimal.is_negative && bound.decimal.exponent >= 0;
  if (is_size)
    *ret_size = bound.is_small ? (size_t)bound.unscaled : SIZE_MAX;
  else
    refuse_value(compiler, clause, clause->value, "a non-negative integer");
  return is_size;
}

static void compile_length(struct schema_compiler *compiler, struct schema_node *node, const struct clause *clause)
{
  node->has_string_keywords |=
      read_size(compiler, clause, clause->keyword == KEYWORD_MIN_LENGTH ? &node->min_length : &node->max_length);
}

/* Numbers. */

static const struct bound *new_bound(struct schema_compiler *compiler, struct text text)
{
  struct bound *bound = arena_alloc(compiler->arena, sizeof(*bound));
  *bound = bound_from(text);
  return bound;
}

static void compile_bound(struct schema_compiler *compiler, struct schema_node *node, const struct clause *clause)
{
  if (!is_kind(compiler, clause, JSON_NUMBER, "a number"))
    return;
  const struct bound **bound = clause->keyword == KEYWORD_MINIMUM             ? &node->minimum
                               : clause->keyword == KEYWORD_MAXIMUM           ? &node->maximum
                               : clause->keyword == KEYWORD_EXCLUSIVE_MINIMUM ? &node->exclusive_minimum
                                                                              : &node->exclusive_maximum;
  *bound = new_bound(compiler, clause->value->text);
  node->has_number_keywords = true;
}

static void compile_multiple(struct schema_compiler *compiler, struct schema_node *node, const struct clause *clause)
{
  if (!is_kind(compiler, clause, JSON_NUMBER, "a number above 0"))
    return;
  const struct bound *divisor = new_bound(compiler, clause->value->text);
  if (divisor->decimal.n_digits == 0 || divisor->decimal.is_negative) {
    refuse_value(compiler, clause, clause->value, "a number above 0");
    return;
  }
  if (divisor->decimal.n_digits > DIVISOR_MAX_DIGITS) {
    refuse_value(compiler, clause, clause->value, "a number of at most 36 digits");
    return;
  }
  node->multiple_of = divisor;
  node->has_number_keywords = true;
}

/* Enum and const. */

static int compare_texts(const void *a, const void *b)
{
  return text_compare(*(const struct text *)a, *(const struct text *)b);
}

static struct text canonical_copy(struct schema_compiler *compiler, struct text json)
{
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  canonical_add(json, CANONICAL_BY_VALUE, &out);
  return (struct text){ arena_copy(compiler->arena, out.data, out.length), out.length };
}

static void add_constant(struct schema_compiler *compiler, struct constants *constants,
                         const struct document_value *value)
{
  switch (value->kind) {
  case JSON_STRING:
    constants->strings[constants->n_strings++] = value->text;
    break;
  case JSON_NUMBER:
    constants->numbers[constants->n_numbers++] = bound_from(value->text);
    break;
  case JSON_NULL:
    constants->has_null = true;
    break;
  case JSON_TRUE:
    constants->has_true = true;
    break;
  case JSON_FALSE:
    constants->has_false = true;
    break;
  default:
    constants->nested[constants->n_nested++] = canonical_copy(compiler, value->text);
  }
}

static const struct constants *constants_from(struct schema_compiler *compiler, const struct document_value *values,
                                              size_t count)
{
  struct constants *constants = arena_alloc(compiler->arena, sizeof(*constants));
  constants->strings = arena_array(compiler->arena, count + 1, sizeof(*constants->strings));
  constants->numbers = arena_array(compiler->arena, count + 1, sizeof(*constants->numbers));
  constants->nested = arena_array(compiler->arena, count + 1, sizeof(*constants->nested));
  for (size_t i = 0; i < count; i++)
    add_constant(compiler, constants, &values[i]);
  qsort(constants->strings, constants->n_strings, sizeof(*constants->strings), compare_texts);
  qsort(constants->nested, constants->n_nested, sizeof(*constants->nested), compare_texts);
  return constants;
}

static void compile_enum(struct schema_compiler *compiler, struct schema_node *node, const struct clause *clause)
{
  if (!is_kind(compiler, clause, JSON_ARRAY_START, "a list of values"))
    return;
  if (clause->value->n_items == 0)
    problem_at(compiler->problems, clause->value->place, "\"enum\" lists no value");
  node->enumeration = constants_from(compiler, clause->value->items, clause->value->n_items);
}

static void compile_const(struct schema_compiler *compiler, struct schema_node *node, const struct clause *clause)
{
  node->constant = constants_from(compiler, clause->value, 1);
}

/* Objects. */

static struct node_member *find_or_add_member(struct schema_node *node, struct text name)
{
  for (size_t i = 0; i < node->n_members; i++)
    if (text_equal(node->members[i].name, name))
      return &node->members[i];
  struct node_member *member = &node->members[node->n_members++];
  *member = (struct node_member){ .name = name, .required = NOT_REQUIRED };
  return member;
}

static void make_room(struct schema_compiler *compiler, struct schema_node *node, size_t extra)
{
  struct node_member *members = arena_array(compiler->arena, node->n_members + extra + 1, sizeof(*members));
  if (node->n_members > 0)
    memcpy(members, node->members, node->n_members * sizeof(*members));
  node->members = members;
}

static void compile_properties(struct schema_compiler *compiler, struct schema_node *node, const struct clause *clause)
{
  if (!is_kind(compiler, clause, JSON_OBJECT_START, "an object of schemas"))
    return;
  make_room(compiler, node, clause->value->n_members);
  for (size_t i = 0; i < clause->value->n_members; i++) {
    struct document_member *property = &clause->value->members[i];
    find_or_add_member(node, property->name)->node = node_compile(compiler, &property->value, KEYWORD_PROPERTIES);
  }
}

static void compile_required(struct schema_compiler *compiler, struct schema_node *node, const struct clause *clause)
{
  if (!is_kind(compiler, clause, JSON_ARRAY_START, "a list of names"))
    return;
  if (clause->value->n_items > MAX_REQUIRED) {
    refuse_value(compiler, clause, clause->value, "a list of at most 256 names");
    return;
  }
  make_room(compiler, node, clause->value->n_items);
  for (size_t i = 0; i < clause->value->n_items; i++) {
    const struct document_value *name = &clause->value->items[i];
    if (name->kind != JSON_STRING) {
      refuse_value(compiler, clause, name, "a list of names");
      continue;
    }
    struct node_member *member = find_or_add_member(node, name->text);
    if (member->required != NOT_REQUIRED)
      problem_at(compiler->problems, name->place, "\"%.*s\" stands twice in \"required\"", TEXT_ARGS(name->text));
    else
      member->required = (int)node->n_required++;
  }
}

static void compile_additional(struct schema_compiler *compiler, struct schema_node *node, const struct clause *clause)
{
  node->additional = node_compile(compiler, clause->value, KEYWORD_ADDITIONAL_PROPERTIES);
}

/* Arrays. */

static void compile_items(struct schema_compiler *compiler, struct schema_node *node, const struct clause *clause)
{
  if (clause->value->kind == JSON_ARRAY_START) {
    refuse_value(compiler, clause, clause->value, "one schema for all items");
    return;
  }
  node->items = node_compile(compiler, clause->value, KEYWORD_ITEMS);
  node->has_array_keywords = true;
}

static void compile_count(struct schema_compiler *compiler, struct schema_node *node, const struct clause *clause)
{
  node->has_array_keywords |=
      read_size(compiler, clause, clause->keyword == KEYWORD_MIN_ITEMS ? &node->min_items : &node->max_items);
}

static void compile_unique(struct schema_compiler *compiler, struct schema_node *node, const struct clause *clause)
{
  if (clause->value->kind != JSON_TRUE && clause->value->kind != JSON_FALSE)
    refuse_value(compiler, clause, clause->value, "true or false");
  node->is_unique = clause->value->kind == JSON_TRUE;
}

/* Schemas applied to the same value. */

static void compile_list(struct schema_compiler *compiler, struct schema_node *node, const struct clause *clause)
{
  if (!is_kind(compiler, clause, JSON_ARRAY_START, "a list of schemas"))
    return;
  size_t count = clause->value->n_items;
  if (count == 0)
    problem_at(compiler->problems, clause->value->place, "\"%s\" lists no schema", clause->name);
  const struct schema_node **nodes = arena_array(compiler->arena, count + 1, sizeof(struct schema_node *));
  for (size_t i = 0; i < count; i++)
    nodes[i] = node_compile(compiler, &clause->value->items[i], clause->keyword);
  node->has_applied = true;
  switch (clause->keyword) {
  case KEYWORD_ALL_OF:
    node->all_of = nodes;
    node->n_all_of = count;
    break;
  case KEYWORD_ANY_OF:
    node->any_of = nodes;
    node->n_any_of = count;
    break;
  default:
    node->one_of = nodes;
    node->n_one_of = count;
  }
}

static void compile_not(struct schema_compiler *compiler, struct schema_node *node, const struct clause *clause)
{
  node->not_of = node_compile(compiler, clause->value, KEYWORD_NOT);
  node->has_applied = true;
}

static void compile_condition(struct schema_compiler *compiler, struct schema_node *node, const struct clause *clause)
{
  const struct schema_node **branch = strcmp(clause->name, "if") == 0     ? &node->if_of
                                      : strcmp(clause->name, "then") == 0 ? &node->then_of
                                                                          : &node->else_of;
  *branch = node_compile(compiler, clause->value, KEYWORD_IF);
  node->has_applied = true;
}

static void compile_definitions(struct schema_compiler *compiler, struct schema_node *node, const struct clause *clause)
{
  (void)node;
  if (!is_kind(compiler, clause, JSON_OBJECT_START, "an object of schemas"))
    return;
  for (size_t i = 0; i < clause->value->n_members; i++)
    node_compile(compiler, &clause->value->members[i].value, KEYWORD_REF);
}

/* References. */

/* One step of a JSON pointer inside a URI: %XX, then ~1 for a slash and ~0 for a tilde. */
static void add_step(struct text step, struct text_buffer *out)
{
  text_buffer_clear(out);
  text_buffer_add_string(out, "");
  for (size_t i = 0; i < step.length; i++) {
    char c = step.data[i];
    if (c == '%' && step.length - i > 2 && hex_digit(step.data[i + 1]) >= 0 && hex_digit(step.data[i + 2]) >= 0) {
      c = (char)(hex_digit(step.data[i + 1]) * 16 + hex_digit(step.data[i + 2]));
      i += 2;
    } else if (c == '~' && step.length - i > 1) {
      c = step.data[++i] == '1' ? '/' : '~';
    }
    text_buffer_add_char(out, c);
  }
}

static struct document_value *take_step(struct document_value *value, struct text step)
{
  if (value->kind != JSON_ARRAY_START)
    return document_find(value, step);
  size_t index = 0;
  for (size_t i = 0; i < step.length; i++) {
    if (step.data[i] < '0' || step.data[i] > '9' || index > value->n_items)
      return NULL;
    index = index * 10 + (size_t)(step.data[i] - '0');
  }
  return step.length > 0 && index < value->n_items ? &value->items[index] : NULL;
}

/* What "#/$defs/a" points to; NULL where there is nothing. */
static struct document_value *follow_pointer(struct document_value *root, struct text pointer)
{
  SCOPED(text_buffer_done) struct text_buffer step = { 0 };
  struct document_value *value = root;
  for (size_t at = 1; at < pointer.length && value != NULL;) {
    size_t start = at + 1;
    const char *slash = start < pointer.length ? memchr(pointer.data + start, '/', pointer.length - start) : NULL;
    at = slash == NULL ? pointer.length : (size_t)(slash - pointer.data);
    add_step((struct text){ pointer.data + start, at - start }, &step);
    value = take_step(value, text_buffer_text(&step));
  }
  return value;
}

static void compile_ref(struct schema_compiler *compiler, struct schema_node *node, const struct clause *clause)
{
  if (!is_kind(compiler, clause, JSON_STRING, "a reference"))
    return;
  struct text pointer = clause->value->text;
  bool is_pointer = text_equal(pointer, TEXT("#")) || text_starts_with(pointer, TEXT("#/"));
  if (!is_pointer) {
    struct problem *problem =
        problem_at(compiler->problems, clause->value->place, "reference \"%.*s\" is not supported", TEXT_ARGS(pointer));
    add_hint(&problem->error, "A reference points into the same file, such as \"#/$defs/name\".");
    return;
  }
  struct document_value *target = follow_pointer(compiler->root, pointer);
  if (target == NULL) {
    problem_at(compiler->problems, clause->value->place, "reference \"%.*s\" points to nothing in the file",
               TEXT_ARGS(pointer));
    return;
  }
  node->ref = node_compile(compiler, target, KEYWORD_REF);
  node->has_applied = true;
}

/* The table. */

static void compile_id(struct schema_compiler *compiler, struct schema_node *node, const struct clause *clause)
{
  if (node->document != compiler->root)
    problem_at(compiler->problems, clause->value->place, "\"$id\" is supported at the top of a schema only");
}

typedef void keyword_compiler(struct schema_compiler *compiler, struct schema_node *node, const struct clause *clause);

enum where {
  ANYWHERE,
  IN_COLUMNS, /* not at the top, where it would tie columns to one another */
};

/* Those without a function are annotations. */
static const struct {
  const char *name;
  keyword_compiler *compile;
  enum keyword keyword;
  enum where where;
} rules[] = {
  { "type", compile_type, KEYWORD_TYPE, ANYWHERE },
  { "required", compile_required, KEYWORD_REQUIRED, ANYWHERE },
  { "properties", compile_properties, KEYWORD_PROPERTIES, ANYWHERE },
  { "additionalProperties", compile_additional, KEYWORD_ADDITIONAL_PROPERTIES, ANYWHERE },
  { "items", compile_items, KEYWORD_ITEMS, IN_COLUMNS },
  { "pattern", compile_pattern, KEYWORD_PATTERN, IN_COLUMNS },
  { "format", compile_format, KEYWORD_FORMAT, IN_COLUMNS },
  { "minimum", compile_bound, KEYWORD_MINIMUM, IN_COLUMNS },
  { "maximum", compile_bound, KEYWORD_MAXIMUM, IN_COLUMNS },
  { "exclusiveMinimum", compile_bound, KEYWORD_EXCLUSIVE_MINIMUM, IN_COLUMNS },
  { "exclusiveMaximum", compile_bound, KEYWORD_EXCLUSIVE_MAXIMUM, IN_COLUMNS },
  { "multipleOf", compile_multiple, KEYWORD_MULTIPLE_OF, IN_COLUMNS },
  { "minLength", compile_length, KEYWORD_MIN_LENGTH, IN_COLUMNS },
  { "maxLength", compile_length, KEYWORD_MAX_LENGTH, IN_COLUMNS },
  { "enum", compile_enum, KEYWORD_ENUM, IN_COLUMNS },
  { "const", compile_const, KEYWORD_CONST, IN_COLUMNS },
  { "minItems", compile_count, KEYWORD_MIN_ITEMS, IN_COLUMNS },
  { "maxItems", compile_count, KEYWORD_MAX_ITEMS, IN_COLUMNS },
  { "uniqueItems", compile_unique, KEYWORD_UNIQUE_ITEMS, IN_COLUMNS },
  { "$ref", compile_ref, KEYWORD_REF, IN_COLUMNS },
  { "allOf", compile_list, KEYWORD_ALL_OF, IN_COLUMNS },
  { "anyOf", compile_list, KEYWORD_ANY_OF, IN_COLUMNS },
  { "oneOf", compile_list, KEYWORD_ONE_OF, IN_COLUMNS },
  { "not", compile_not, KEYWORD_NOT, IN_COLUMNS },
  { "if", compile_condition, KEYWORD_IF, IN_COLUMNS },
  { "then", compile_condition, KEYWORD_IF, IN_COLUMNS },
  { "else", compile_condition, KEYWORD_IF, IN_COLUMNS },
  { "$defs", compile_definitions, KEYWORD_REF, ANYWHERE },
  { "definitions", compile_definitions, KEYWORD_REF, ANYWHERE }, /* its name before 2019-09 */
  { "$id", compile_id, KEYWORD_REF, ANYWHERE },
  { .name = "$schema" },
  { .name = "$comment" },
  { .name = "title" },
  { .name = "description" },
  { .name = "default" },
  { .name = "examples" },
  { .name = "deprecated" },
  { .name = "readOnly" },
  { .name = "writeOnly" },
};

/* Of the standard, but not supported: told from a misspelt one. */
static const char *const unsupported[] = {
  "$anchor",           "$dynamicAnchor",   "$dynamicRef",           "$recursiveAnchor",
  "$recursiveRef",     "$vocabulary",      "additionalItems",       "contains",
  "contentEncoding",   "contentMediaType", "contentSchema",         "dependencies",
  "dependentRequired", "dependentSchemas", "maxContains",           "maxProperties",
  "minContains",       "minProperties",    "patternProperties",     "prefixItems",
  "propertyNames",     "unevaluatedItems", "unevaluatedProperties",
};

static void refuse_unknown(struct schema_compiler *compiler, const struct document_member *member)
{
  for (size_t i = 0; i < ARRAY_LENGTH(unsupported); i++)
    if (text_equal(member->name, text_from(unsupported[i]))) {
      problem_at(compiler->problems, member->place, "keyword \"%s\" is not supported", unsupported[i]);
      return;
    }
  struct problem *problem =
      problem_at(compiler->problems, member->place, "unknown keyword \"%.*s\"", TEXT_ARGS(member->name));
  const char *names[ARRAY_LENGTH(rules)];
  for (size_t i = 0; i < ARRAY_LENGTH(rules); i++)
    names[i] = rules[i].name;
  const char *nearest = text_nearest(member->name, names, ARRAY_LENGTH(names));
  if (nearest != NULL)
    add_hint(&problem->error, "The nearest keyword is \"%s\".", nearest);
}

static void compile_keyword(struct schema_compiler *compiler, struct schema_node *node, struct document_member *member)
{
  size_t i = 0;
  while (i < ARRAY_LENGTH(rules) && !text_equal(member->name, text_from(rules[i].name)))
    i++;
  if (i == ARRAY_LENGTH(rules)) {
    refuse_unknown(compiler, member);
    return;
  }
  if (rules[i].where == IN_COLUMNS && node->document == compiler->root) {
    struct problem *problem = problem_at(compiler->problems, member->place,
                                         "keyword \"%s\" is not supported at the top of a schema", rules[i].name);
    add_hint(&problem->error, "It may stand inside a property, where it judges one column.");
    return;
  }
  if (rules[i].compile != NULL)
    rules[i].compile(compiler, node, &(struct clause){ rules[i].name, rules[i].keyword, &member->value });
}

static int compare_members(const void *a, const void *b)
{
  return text_compare(((const struct node_member *)a)->name, ((const struct node_member *)b)->name);
}

static struct schema_node *add_node(struct schema_compiler *compiler, struct document_value *value)
{
  struct schema_node *node = arena_alloc(compiler->arena, sizeof(*node));
  node->types = JSON_TYPES_ALL;
  node->max_length = node->max_items = SIZE_MAX;
  node->document = value;
  value->node = node;
  compiler->nodes = arena_grow(compiler->arena, compiler->nodes, compiler->n_nodes, &compiler->nodes_capacity,
                               sizeof(struct schema_node *));
  compiler->nodes[compiler->n_nodes++] = node;
  return node;
}

struct schema_node *node_compile(struct schema_compiler *compiler, struct document_value *value, enum keyword under)
{
  if (value->node != NULL)
    return value->node;
  struct schema_node *node = add_node(compiler, value);
  if (value->kind == JSON_FALSE)
    node->refuses = KEYWORD_BIT(under);
  else if (value->kind != JSON_TRUE && value->kind != JSON_OBJECT_START)
    problem_at(compiler->problems, value->place, "a schema must be an object, true or false, found %s",
               document_describe(compiler->arena, value));
  if (++compiler->depth > MAX_COMPILE_DEPTH)
    problem_at(compiler->problems, value->place, "the schema refers too deep, over %d levels", MAX_COMPILE_DEPTH);
  else
    for (size_t i = 0; i < value->n_members; i++)
      compile_keyword(compiler, node, &value->members[i]);
  compiler->depth--;
  if (node->n_members > 0)
    qsort(node->members, node->n_members, sizeof(*node->members), compare_members);
  return node;
}

/* Loops. */

static unsigned measure(struct schema_compiler *compiler, const struct schema_node *node);

static unsigned measure_all(struct schema_compiler *compiler, const struct schema_node **nodes, size_t count)
{
  unsigned weight = 0;
  for (size_t i = 0; i < count && weight <= MAX_WEIGHT; i++)
    weight += measure(compiler, nodes[i]);
  return weight;
}

static unsigned measure_parts(struct schema_compiler *compiler, const struct schema_node *node)
{
  const struct schema_node *single[] = { node->ref, node->not_of, node->if_of, node->then_of, node->else_of };
  return measure_all(compiler, single, ARRAY_LENGTH(single)) + measure_all(compiler, node->all_of, node->n_all_of) +
         measure_all(compiler, node->any_of, node->n_any_of) + measure_all(compiler, node->one_of, node->n_one_of);
}

/* Depth first over what judges the same value. */
static unsigned measure(struct schema_compiler *compiler, const struct schema_node *node)
{
  if (node == NULL || node->mark == MARK_DONE)
    return node == NULL ? 0 : node->weight;
  struct schema_node *marked = node->document->node;
  if (marked->mark == MARK_OPEN) {
    problem_at(compiler->problems, node->document->place, "the schema refers to itself without end");
    return 0;
  }
  marked->mark = MARK_OPEN;
  marked->weight = measure_parts(compiler, node) + 1;
  marked->mark = MARK_DONE;
  if (marked->weight > MAX_WEIGHT) {
    problem_at(compiler->problems, node->document->place, "over %d schemas apply to one value", MAX_WEIGHT);
    marked->weight = 1; /* said once */
  }
  return marked->weight;
}

void node_refuse_loops(struct schema_compiler *compiler)
{
  for (size_t i = 0; i < compiler->n_nodes; i++)
    measure(compiler, compiler->nodes[i]);
  for (size_t i = 0; i < compiler->n_nodes; i++)
    compiler->nodes[i]->mark = MARK_NONE;
}
