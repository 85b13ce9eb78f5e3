/* What a schema and a column's type make impossible together: a keyword that no value of the type can pass. */
#include "schema/node.h"

/* JSON's types that the values of a column's type are of; none where that is not followed. */
static unsigned json_types_of(const struct type *type)
{
  switch (type->id) {
  case TYPE_BOOLEAN:
    return JSON_TYPE_BOOLEAN;
  case TYPE_TINYINT:
  case TYPE_SMALLINT:
  case TYPE_INT:
  case TYPE_BIGINT:
    return JSON_TYPE_INTEGER;
  case TYPE_DECIMAL:
    return type->scale == 0 ? JSON_TYPE_INTEGER : JSON_TYPE_NUMBER; /* 5.00 is an integer */
  case TYPE_FLOAT:
  case TYPE_DOUBLE:
    return JSON_TYPE_NUMBER;
  case TYPE_STRING:
  case TYPE_DATE:
  case TYPE_TIMESTAMP:
    return JSON_TYPE_STRING;
  case TYPE_ARRAY:
    return JSON_TYPE_ARRAY;
  default:
    return 0;
  }
}

static bool is_moment(const struct type *type)
{
  return type->id == TYPE_DATE || type->id == TYPE_TIMESTAMP;
}

static bool is_integral(const struct bound *bound)
{
  return number_is_integral(&(struct number){ .form = NUMBER_DECIMAL, .decimal = bound->decimal });
}

static bool has_constant_of(const struct constants *constants, unsigned types)
{
  if (constants == NULL || constants->has_null)
    return true;
  if ((types & JSON_TYPE_BOOLEAN) != 0)
    return constants->has_true || constants->has_false;
  if ((types & JSON_TYPE_STRING) != 0)
    return constants->n_strings > 0;
  if ((types & JSON_TYPE_ARRAY) != 0)
    return constants->n_nested > 0;
  for (size_t i = 0; i < constants->n_numbers; i++)
    if ((types & JSON_TYPE_FRACTION) != 0 || is_integral(&constants->numbers[i]))
      return true;
  return false;
}

/* Every value of a date or a timestamp is the same to a format. */
static bool is_refused_moment(const struct schema_node *node, const struct type *type)
{
  bool stopped = false;
  struct schema_value value = { .kind = type->id == TYPE_DATE ? SCHEMA_DATE : SCHEMA_TIMESTAMP, .is_typed = true };
  return (schema_check(node, &value, &stopped) & KEYWORD_BIT(KEYWORD_FORMAT)) != 0;
}

static bool is_above(const struct bound *low, const struct bound *high, bool is_exclusive)
{
  if (low == NULL || high == NULL)
    return false;
  int order = decimal_compare(&low->decimal, &high->decimal);
  return order > 0 || (order == 0 && is_exclusive);
}

static bool has_no_number(const struct schema_node *node)
{
  return is_above(node->minimum, node->maximum, false) || is_above(node->exclusive_minimum, node->maximum, true) ||
         is_above(node->minimum, node->exclusive_maximum, true) ||
         is_above(node->exclusive_minimum, node->exclusive_maximum, true);
}

static enum keyword find(const struct schema_node *node, const struct type *type)
{
  unsigned types = json_types_of(type);
  if (types == 0)
    return N_KEYWORDS;
  if ((node->types & types) == 0)
    return KEYWORD_TYPE;
  if (is_moment(type))
    return is_refused_moment(node, type) ? KEYWORD_FORMAT : N_KEYWORDS;
  if (!has_constant_of(node->enumeration, types))
    return KEYWORD_ENUM;
  if (!has_constant_of(node->constant, types))
    return KEYWORD_CONST;
  if ((types & JSON_TYPE_NUMBER) != 0 && has_no_number(node))
    return KEYWORD_MINIMUM;
  if (types == JSON_TYPE_STRING && node->has_string_keywords && node->min_length > node->max_length)
    return KEYWORD_MIN_LENGTH;
  if (types == JSON_TYPE_ARRAY && node->has_array_keywords && node->min_items > node->max_items)
    return KEYWORD_MIN_ITEMS;
  if (node->ref != NULL && find(node->ref, type) != N_KEYWORDS)
    return find(node->ref, type);
  for (size_t i = 0; i < node->n_all_of; i++)
    if (find(node->all_of[i], type) != N_KEYWORDS)
      return find(node->all_of[i], type);
  return N_KEYWORDS;
}

const char *schema_find_exclusion(const struct schema_property *property, const struct type *type)
{
  enum keyword keyword = find(property->node, type);
  return keyword == N_KEYWORDS ? NULL : schema_keywords[keyword].name;
}
