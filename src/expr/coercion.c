/* The types that Spark finds for operands of different types, with ANSI off: TypeCoercion.scala,
 * DecimalPrecision.scala. */
#include "expr/expr_internal.h"

static int minimum(int a, int b)
{
  return a < b ? a : b;
}

static int maximum(int a, int b)
{
  return a > b ? a : b;
}

const struct type *type_decimal_bounded(struct arena *arena, int precision, int scale)
{
  return type_decimal(arena, minimum(precision, 38), minimum(scale, 38));
}

const struct type *type_decimal_adjusted(struct arena *arena, int precision, int scale)
{
  if (precision <= 38)
    return type_decimal(arena, precision, scale);
  int kept_scale = minimum(scale, 6); /* what a fraction keeps at least, for the sake of the integer digits */
  return type_decimal(arena, 38, maximum(38 - (precision - scale), kept_scale));
}

const struct type *type_decimal_of_type(struct arena *arena, const struct type *type)
{
  static const int digits[] = { [TYPE_TINYINT] = 3, [TYPE_SMALLINT] = 5, [TYPE_INT] = 10, [TYPE_BIGINT] = 20 };
  if (type->id == TYPE_DECIMAL)
    return type;
  if (type->id == TYPE_FLOAT)
    return type_decimal(arena, 14, 7);
  if (type->id == TYPE_DOUBLE)
    return type_decimal(arena, 30, 15);
  return type_decimal(arena, type->id < ARRAY_LENGTH(digits) ? digits[type->id] : 0, 0);
}

const struct type *type_decimal_of(struct arena *arena, const struct expr *expr)
{
  bool is_number = type_is_integral(expr->type) && expr->type->id != TYPE_TINYINT; /* Spark passes bytes over */
  if (expr->kind != EXPR_LITERAL || expr->literal.is_null || !is_number)
    return type_decimal_of_type(arena, expr->type);
  int digits = 1;
  for (int64_t rest = expr->literal.integer / 10; rest != 0; rest /= 10)
    digits++;
  return type_decimal(arena, digits, 0);
}

/* Spark's AtomicType, of which a calendar interval is none: what becomes text where text is wanted. */
static bool is_atomic(const struct type *type)
{
  return type->id != TYPE_VOID && type->id < TYPE_INTERVAL;
}

static const struct type *wider_decimal(struct arena *arena, const struct type *a, const struct type *b)
{
  int scale = maximum(a->scale, b->scale);
  int range = maximum(a->precision - a->scale, b->precision - b->scale);
  int excess = maximum(range + scale - 38, 0); /* integer digits go before the fraction (boundedPreferIntegralDigits) */
  return type_decimal(arena, range + scale - excess, maximum(scale - excess, 0));
}

/* How two types become one within arrays, maps and structs. */
typedef const struct type *find_type(struct arena *arena, const struct type *a, const struct type *b, bool with_text);

static const struct type *tightest_of_two(struct arena *arena, const struct type *a, const struct type *b,
                                          bool with_text)
{
  (void)with_text;
  return type_tightest(arena, a, b);
}

static const struct type *common_struct(struct arena *arena, const struct type *a, const struct type *b,
                                        find_type *find, bool with_text)
{
  if (a->n_fields != b->n_fields)
    return NULL;
  struct type_field *fields = arena_array(arena, a->n_fields, sizeof *fields);
  for (size_t i = 0; i < a->n_fields; i++) {
    if (!text_equal_nocase(text_from(a->fields[i].name), text_from(b->fields[i].name)))
      return NULL;
    fields[i].name = a->fields[i].name;
    fields[i].type = find(arena, a->fields[i].type, b->fields[i].type, with_text);
    if (fields[i].type == NULL)
      return NULL;
  }
  return type_struct(arena, fields, a->n_fields);
}

/* Of two arrays, maps or structs: what is common to their parts. */
static const struct type *common_complex(struct arena *arena, const struct type *a, const struct type *b,
                                         find_type *find, bool with_text)
{
  if (a->id != b->id)
    return NULL;
  if (a->id == TYPE_STRUCT)
    return common_struct(arena, a, b, find, with_text);
  const struct type *key = a->id == TYPE_MAP ? find(arena, a->key, b->key, with_text) : NULL;
  const struct type *element =
      a->id == TYPE_ARRAY || a->id == TYPE_MAP ? find(arena, a->element, b->element, with_text) : NULL;
  if (element == NULL || (a->id == TYPE_MAP && key == NULL))
    return NULL;
  return a->id == TYPE_ARRAY ? type_array(arena, element) : type_map(arena, key, element);
}

static bool is_datetime(const struct type *type)
{
  return type->id == TYPE_DATE || type->id == TYPE_TIMESTAMP || type->id == TYPE_TIMESTAMP_NTZ;
}

static const struct type *common_datetime(const struct type *a, const struct type *b)
{
  if (a->id == TYPE_TIMESTAMP || b->id == TYPE_TIMESTAMP)
    return type_simple(TYPE_TIMESTAMP);
  return type_simple(TYPE_TIMESTAMP_NTZ);
}

static const struct type *common_interval(struct arena *arena, const struct type *a, const struct type *b)
{
  enum interval_unit first = a->first_unit < b->first_unit ? a->first_unit : b->first_unit;
  enum interval_unit last = a->last_unit > b->last_unit ? a->last_unit : b->last_unit;
  return type_interval(arena, first, last);
}

/* A decimal that an integral type fits into without change; NULL otherwise. */
static const struct type *tightest_decimal(struct arena *arena, const struct type *a, const struct type *b)
{
  const struct type *decimal = a->id == TYPE_DECIMAL ? a : b;
  const struct type *other = a->id == TYPE_DECIMAL ? b : a;
  if (!type_is_integral(other))
    return NULL;
  const struct type *needed = type_decimal_of_type(arena, other);
  return decimal->precision - decimal->scale >= needed->precision ? decimal : NULL;
}

const struct type *type_tightest(struct arena *arena, const struct type *a, const struct type *b)
{
  if (type_equal(a, b))
    return a;
  if (a->id == TYPE_VOID || b->id == TYPE_VOID)
    return a->id == TYPE_VOID ? b : a;
  if (type_is_numeric(a) && type_is_numeric(b)) {
    if (a->id == TYPE_DECIMAL && b->id == TYPE_DECIMAL)
      return NULL;
    if (a->id == TYPE_DECIMAL || b->id == TYPE_DECIMAL)
      return tightest_decimal(arena, a, b);
    return a->id > b->id ? a : b;
  }
  if (is_datetime(a) && is_datetime(b))
    return common_datetime(a, b);
  if (a->id == b->id && (a->id == TYPE_INTERVAL_YEAR_MONTH || a->id == TYPE_INTERVAL_DAY_TIME))
    return common_interval(arena, a, b);
  return common_complex(arena, a, b, tightest_of_two, false);
}

static const struct type *wider_with_decimal(struct arena *arena, const struct type *a, const struct type *b)
{
  if (a->id == TYPE_FLOAT || a->id == TYPE_DOUBLE || b->id == TYPE_FLOAT || b->id == TYPE_DOUBLE)
    return type_simple(TYPE_DOUBLE);
  return wider_decimal(arena, type_decimal_of_type(arena, a), type_decimal_of_type(arena, b));
}

static bool becomes_text(const struct type *type)
{
  return is_atomic(type) && type->id != TYPE_BINARY && type->id != TYPE_BOOLEAN;
}

const struct type *type_wider(struct arena *arena, const struct type *a, const struct type *b, bool with_text)
{
  const struct type *type = type_tightest(arena, a, b);
  if (type != NULL)
    return type;
  if (type_is_numeric(a) && type_is_numeric(b) && (a->id == TYPE_DECIMAL || b->id == TYPE_DECIMAL))
    return wider_with_decimal(arena, a, b);
  if (with_text && ((a->id == TYPE_STRING && becomes_text(b)) || (b->id == TYPE_STRING && becomes_text(a))))
    return type_simple(TYPE_STRING);
  return common_complex(arena, a, b, type_wider, with_text);
}

static bool has_text(const struct type *type)
{
  while (type->id == TYPE_ARRAY)
    type = type->element;
  return type->id == TYPE_STRING;
}

const struct type *type_wider_all(struct arena *arena, const struct expr *const *args, size_t n_args, bool with_text)
{
  const struct type *common = type_simple(TYPE_VOID);
  for (int texts_first = with_text; texts_first >= 0; texts_first--) {
    for (size_t i = 0; i < n_args && common != NULL; i++)
      if (!with_text || has_text(args[i]->type) == (texts_first == 1))
        common = type_wider(arena, common, args[i]->type, with_text);
  }
  return common;
}

const struct type *type_for_comparison(struct arena *arena, const struct type *a, const struct type *b)
{
  if (type_equal(a, b))
    return a;
  if (a->id == TYPE_STRING || b->id == TYPE_STRING) {
    const struct type *other = a->id == TYPE_STRING ? b : a;
    if (other->id == TYPE_DECIMAL)
      return type_simple(TYPE_DOUBLE);
    if (other->id == TYPE_VOID)
      return type_simple(TYPE_STRING);
    bool is_interval = other->id >= TYPE_INTERVAL_YEAR_MONTH && other->id <= TYPE_INTERVAL;
    return is_atomic(other) && !is_interval ? other : NULL;
  }
  if (type_is_numeric(a) && type_is_numeric(b))
    return type_wider(arena, a, b, false);
  return type_tightest(arena, a, b);
}

bool type_is_orderable(const struct type *type)
{
  if (type->id == TYPE_ARRAY)
    return type_is_orderable(type->element);
  for (size_t i = 0; type->id == TYPE_STRUCT && i < type->n_fields; i++)
    if (!type_is_orderable(type->fields[i].type))
      return false;
  return type->id != TYPE_MAP && type->id != TYPE_INTERVAL && type->id != TYPE_VARIANT;
}

/* Words of a function's row that stand for several types. */
struct type_class {
  const char *name;
  bool (*accepts)(const struct type *type);
  const char *default_type; /* what NULL and, where that is a number, text becomes */
};

static bool accepts_any(const struct type *type)
{
  (void)type;
  return true;
}

static bool accepts_decimal(const struct type *type)
{
  return type->id == TYPE_DECIMAL;
}

static bool accepts_array(const struct type *type)
{
  return type->id == TYPE_ARRAY;
}

static bool accepts_map(const struct type *type)
{
  return type->id == TYPE_MAP;
}

static bool accepts_struct(const struct type *type)
{
  return type->id == TYPE_STRUCT;
}

static bool accepts_interval(const struct type *type)
{
  return type->id >= TYPE_INTERVAL_YEAR_MONTH && type->id <= TYPE_INTERVAL;
}

static bool accepts_year_month(const struct type *type)
{
  return type->id == TYPE_INTERVAL_YEAR_MONTH;
}

static bool accepts_day_time(const struct type *type)
{
  return type->id == TYPE_INTERVAL_DAY_TIME;
}

static const struct type_class type_classes[] = {
  { .name = "any", .accepts = accepts_any },
  { .name = "numeric", .accepts = type_is_numeric, .default_type = "double" },
  { .name = "integral", .accepts = type_is_integral, .default_type = "int" },
  { .name = "decimal", .accepts = accepts_decimal, .default_type = "decimal(38,18)" },
  { .name = "array", .accepts = accepts_array, .default_type = "array<void>" },
  { .name = "map", .accepts = accepts_map, .default_type = "map<void,void>" },
  { .name = "struct", .accepts = accepts_struct, .default_type = "struct<>" },
  { .name = "interval", .accepts = accepts_interval, .default_type = "interval" },
  { .name = "year_month", .accepts = accepts_year_month, .default_type = "interval year to month" },
  { .name = "day_time", .accepts = accepts_day_time, .default_type = "interval day to second" },
};

static const struct type_class *find_class(struct text word)
{
  for (size_t i = 0; i < ARRAY_LENGTH(type_classes); i++)
    if (text_equal(word, text_from(type_classes[i].name)))
      return &type_classes[i];
  return NULL;
}

static const struct type *parse_known_type(struct arena *arena, struct text text)
{
  const struct type *type;
  struct error err;
  if (!type_parse(arena, text, NOWHERE, &type, &err))
    BUG("a function's row names an unknown type");
  return type;
}

/* TypeCoercion.implicitCast to one concrete type. */
static const struct type *implicit_cast(struct arena *arena, const struct type *from, const struct type *to)
{
  if (type_equal(from, to) || from->id == TYPE_VOID)
    return to;
  if (type_is_numeric(from) && type_is_numeric(to))
    return to;
  if (is_datetime(from) && is_datetime(to))
    return to;
  if (from->id == TYPE_STRING && (type_is_numeric(to) || is_datetime(to) || to->id == TYPE_BINARY))
    return to;
  if (to->id == TYPE_STRING && is_atomic(from))
    return to;
  if ((to->id == TYPE_INTERVAL_YEAR_MONTH || to->id == TYPE_INTERVAL_DAY_TIME) &&
      (from->id == to->id || from->id == TYPE_STRING))
    return from->id == to->id ? from : to;
  if (from->id == TYPE_ARRAY && to->id == TYPE_ARRAY) {
    const struct type *element = implicit_cast(arena, from->element, to->element);
    return element == NULL ? NULL : type_array(arena, element);
  }
  return NULL;
}

static bool word_accepts(struct arena *arena, const struct type *from, struct text word);

static const struct type *type_for_word(struct arena *arena, const struct type *from, struct text word)
{
  if (word.data[0] == '=') {
    struct text exact = { word.data + 1, word.length - 1 };
    return from->id == TYPE_VOID || word_accepts(arena, from, exact) ? type_for_word(arena, from, exact) : NULL;
  }
  const struct type_class *class = find_class(word);
  if (class == NULL)
    return implicit_cast(arena, from, parse_known_type(arena, word));
  if (class->accepts(from))
    return from;
  if (from->id == TYPE_VOID)
    return parse_known_type(arena, text_from(class->default_type));
  if (class->accepts == accepts_decimal && type_is_numeric(from))
    return type_decimal_of_type(arena, from);
  if (from->id == TYPE_STRING && (class->accepts == type_is_numeric || class->accepts == accepts_decimal))
    return parse_known_type(arena, text_from(class->default_type));
  return NULL;
}

static bool word_accepts(struct arena *arena, const struct type *from, struct text word)
{
  if (word.data[0] == '=')
    return word_accepts(arena, from, (struct text){ word.data + 1, word.length - 1 });
  const struct type_class *class = find_class(word);
  if (class != NULL)
    return class->accepts(from);
  const struct type *type = parse_known_type(arena, word);
  return type_equal(type, from) ||
         (type->id == from->id && (type->id == TYPE_INTERVAL_YEAR_MONTH || type->id == TYPE_INTERVAL_DAY_TIME));
}

static struct text next_alternative(struct text *rest)
{
  const char *bar = rest->length == 0 ? NULL : memchr(rest->data, '|', rest->length);
  struct text word = { rest->data, bar == NULL ? rest->length : (size_t)(bar - rest->data) };
  size_t used = word.length + (bar != NULL);
  *rest = (struct text){ rest->data + used, rest->length - used };
  return word;
}

const struct type *type_for_argument(struct arena *arena, const struct type *from, struct text expected)
{
  for (struct text rest = expected; rest.length > 0;)
    if (word_accepts(arena, from, next_alternative(&rest)))
      return from;
  for (struct text rest = expected; rest.length > 0;) {
    const struct type *type = type_for_word(arena, from, next_alternative(&rest));
    if (type != NULL)
      return type;
  }
  return NULL;
}
