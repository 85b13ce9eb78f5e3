/* What a property's schema says of its column: type, nullability, bounds. */
#include "schema/node.h"

/* What a schema and those that it applies to the same value say together. */
struct facts {
  unsigned types;
  enum format format;
  const struct schema_node *members_of; /* the one with `properties` */
  size_t n_members_of;
  const struct schema_node *items_of; /* the one with `items` */
  size_t n_items_of;
  bool has_minimum, has_maximum;
  int64_t minimum, maximum;
  bool has_numbers, has_strings; /* keywords of either */
};

/* Bounds. */

/* The least integer that is not below the bound, or the greatest not above it; exclusive bounds are taken in. False
 * where it is beyond an int64. */
static bool integer_bound(const struct bound *bound, bool is_minimum, bool is_exclusive, int64_t *ret_value)
{
  if (!bound->is_small)
    return false;
  wide power = 1;
  for (int i = 0; i < bound->scale; i++)
    power *= 10;
  wide whole = bound->unscaled / power, rest = bound->unscaled % power;
  if (rest == 0)
    whole += !is_exclusive ? 0 : is_minimum ? 1 : -1;
  else if (is_minimum && rest > 0)
    whole++;
  else if (!is_minimum && rest < 0)
    whole--;
  *ret_value = (int64_t)whole;
  return true;
}

static void take_bounds(struct facts *facts, const struct schema_node *node)
{
  const struct {
    const struct bound *bound;
    bool is_minimum, is_exclusive;
  } bounds[] = {
    { node->minimum, true, false },
    { node->exclusive_minimum, true, true },
    { node->maximum, false, false },
    { node->exclusive_maximum, false, true },
  };
  for (size_t i = 0; i < ARRAY_LENGTH(bounds); i++) {
    int64_t value;
    if (bounds[i].bound == NULL ||
        !integer_bound(bounds[i].bound, bounds[i].is_minimum, bounds[i].is_exclusive, &value))
      continue;
    if (bounds[i].is_minimum && (!facts->has_minimum || value > facts->minimum)) {
      facts->has_minimum = true;
      facts->minimum = value;
    } else if (!bounds[i].is_minimum && (!facts->has_maximum || value < facts->maximum)) {
      facts->has_maximum = true;
      facts->maximum = value;
    }
  }
}

/* Gathering. */

static unsigned types_of_constants(const struct constants *constants)
{
  unsigned types = constants->has_null ? JSON_TYPE_NULL : 0;
  types |= constants->has_true || constants->has_false ? JSON_TYPE_BOOLEAN : 0;
  types |= constants->n_strings > 0 ? JSON_TYPE_STRING : 0;
  types |= constants->n_nested > 0 ? JSON_TYPE_OBJECT | JSON_TYPE_ARRAY : 0;
  for (size_t i = 0; i < constants->n_numbers; i++)
    types |= constants->numbers[i].decimal.exponent >= 0 ? JSON_TYPE_INTEGER : JSON_TYPE_FRACTION;
  return types;
}

static unsigned types_of(const struct schema_node *node);

/* Of a union: what one of them allows. */
static unsigned types_of_any(const struct schema_node **nodes, size_t count)
{
  unsigned types = count == 0 ? JSON_TYPES_ALL : 0;
  for (size_t i = 0; i < count; i++)
    types |= types_of(nodes[i]);
  return types;
}

/* The schemas that are walked here number at most MAX_WEIGHT. */
static unsigned types_of(const struct schema_node *node)
{
  unsigned types = node->refuses != 0 ? 0 : node->types;
  if (node->enumeration != NULL)
    types &= types_of_constants(node->enumeration) | (node->lists_null ? JSON_TYPE_NULL : 0U);
  if (node->constant != NULL)
    types &= types_of_constants(node->constant);
  if (node->ref != NULL)
    types &= types_of(node->ref);
  for (size_t i = 0; i < node->n_all_of; i++)
    types &= types_of(node->all_of[i]);
  return types & types_of_any(node->any_of, node->n_any_of) & types_of_any(node->one_of, node->n_one_of);
}

static void gather(struct facts *facts, const struct schema_node *node)
{
  if (facts->format == FORMAT_NONE)
    facts->format = node->format;
  bool has_properties = false;
  for (size_t i = 0; i < node->n_members; i++)
    has_properties |= node->members[i].node != NULL;
  if (has_properties && facts->n_members_of++ == 0)
    facts->members_of = node;
  if (node->items != NULL && facts->n_items_of++ == 0)
    facts->items_of = node;
  facts->has_numbers |= node->has_number_keywords;
  facts->has_strings |= node->has_string_keywords;
  take_bounds(facts, node);
  if (node->ref != NULL)
    gather(facts, node->ref);
  for (size_t i = 0; i < node->n_all_of; i++)
    gather(facts, node->all_of[i]);
}

static struct facts facts_of(const struct schema_node *node)
{
  struct facts facts = { .types = types_of(node) };
  gather(&facts, node);
  return facts;
}

/* Types. */

static const struct type *derive(struct schema_compiler *compiler, struct schema_node *node, bool *ret_is_json);

/* Names of a struct are compared without case by the engine, and none may be empty. */
static bool can_be_fields(const struct schema_node *node)
{
  for (size_t i = 0; i < node->n_members; i++) {
    if (node->members[i].name.length == 0 || memchr(node->members[i].name.data, '\0', node->members[i].name.length))
      return false;
    for (size_t j = 0; j < i; j++)
      if (text_equal_nocase(node->members[i].name, node->members[j].name))
        return false;
  }
  return true;
}

/* The fields are in the file's order. */
static const struct type *derive_struct(struct schema_compiler *compiler, const struct schema_node *members_of)
{
  const struct document_value *properties = document_find(members_of->document, TEXT("properties"));
  struct type_field *fields = arena_array(compiler->arena, properties->n_members, sizeof(*fields));
  for (size_t i = 0; i < properties->n_members; i++) {
    bool is_json;
    fields[i].name = text_copy(compiler->arena, properties->members[i].name);
    fields[i].type = derive(compiler, properties->members[i].value.node, &is_json);
  }
  return type_struct(compiler->arena, fields, properties->n_members);
}

static const struct type *derive_object(struct schema_compiler *compiler, struct schema_node *node,
                                        const struct facts *facts, bool *ret_is_json)
{
  const struct type *string = type_simple(TYPE_STRING);
  *ret_is_json = facts->n_members_of != 1 || !can_be_fields(facts->members_of);
  if (facts->n_members_of == 0)
    return type_map(compiler->arena, string, string);
  if (*ret_is_json)
    return string;
  node->shape = SHAPE_STRUCT;
  node->shaped_by = facts->members_of;
  return derive_struct(compiler, facts->members_of);
}

static const struct type *derive_array(struct schema_compiler *compiler, struct schema_node *node,
                                       const struct facts *facts, bool *ret_is_json)
{
  *ret_is_json = facts->n_items_of != 1;
  if (*ret_is_json)
    return type_array(compiler->arena, type_simple(TYPE_STRING));
  node->shape = SHAPE_ARRAY;
  node->shaped_by = facts->items_of;
  return type_array(compiler->arena, derive(compiler, facts->items_of->items->document->node, ret_is_json));
}

/* What a value inside another becomes; a date-time there stays text. A schema inside itself has no type: JSON text. */
static const struct type *derive(struct schema_compiler *compiler, struct schema_node *node, bool *ret_is_json)
{
  *ret_is_json = false;
  if (node->mark == MARK_OPEN) {
    *ret_is_json = true;
    return type_simple(TYPE_STRING);
  }
  const unsigned nested = JSON_TYPE_OBJECT | JSON_TYPE_ARRAY;
  struct facts facts = facts_of(node);
  node->mark = MARK_OPEN;
  const struct type *type = type_simple(TYPE_STRING);
  switch (facts.types & ~(unsigned)JSON_TYPE_NULL) {
  case JSON_TYPE_INTEGER:
    node->holds = HOLDS_BIGINT;
    type = type_simple(TYPE_BIGINT);
    break;
  case JSON_TYPE_NUMBER:
  case JSON_TYPE_FRACTION:
    node->holds = HOLDS_DOUBLE;
    type = type_simple(TYPE_DOUBLE);
    break;
  case JSON_TYPE_BOOLEAN:
    type = type_simple(TYPE_BOOLEAN);
    break;
  case JSON_TYPE_OBJECT:
    type = derive_object(compiler, node, &facts, ret_is_json);
    break;
  case JSON_TYPE_ARRAY:
    type = derive_array(compiler, node, &facts, ret_is_json);
    break;
  case JSON_TYPE_STRING:
    break;
  default:
    *ret_is_json = (facts.types & nested) != 0 && (facts.types & ~(nested | JSON_TYPE_NULL)) == 0;
  }
  node->mark = MARK_NONE;
  return type;
}

static void derive_moment(struct schema_property *property, struct schema_node *node, enum format format)
{
  if (format == FORMAT_DATE_TIME) {
    node->holds = HOLDS_TIMESTAMP;
    property->type = type_simple(TYPE_TIMESTAMP);
  } else if (format == FORMAT_DATE) {
    node->holds = HOLDS_DATE;
    property->type = type_simple(TYPE_DATE);
  }
}

/* Without a type, only keywords for numbers alone say that a text is meant as one. */
static unsigned csv_types_of(const struct facts *facts)
{
  if (facts->types != JSON_TYPES_ALL)
    return facts->types;
  bool is_number = facts->has_numbers && !facts->has_strings;
  return is_number ? (unsigned)JSON_TYPE_NUMBER | JSON_TYPE_STRING : JSON_TYPE_STRING;
}

void property_describe(struct schema_compiler *compiler, struct schema_property *property, struct schema_node *node)
{
  struct facts facts = facts_of(node);
  unsigned types = facts.types & ~(unsigned)JSON_TYPE_NULL;
  property->node = node;
  property->is_nullable = (facts.types & JSON_TYPE_NULL) != 0;
  property->is_integer = types == JSON_TYPE_INTEGER;
  property->has_minimum = facts.has_minimum;
  property->has_maximum = facts.has_maximum;
  property->minimum = facts.minimum;
  property->maximum = facts.maximum;
  property->type = derive(compiler, node, &property->is_json);
  if (types == JSON_TYPE_STRING)
    derive_moment(property, node, facts.format);
  node->csv_types = csv_types_of(&facts);
}
