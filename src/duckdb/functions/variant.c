/* Variants: parsed, looked into, cast, changed. */
#include "duckdb/functions/internal.h"

#include "value/variant.h"

#include <math.h>

static bool is_try(const struct udf_call *call)
{
  return strncmp(call->function->name, "spark_try_", strlen("spark_try_")) == 0;
}

/* Fails, or makes the answer null in the functions that try. */
#define REFUSE(call, class, ...) (is_try(call) ? false : udf_fail((call), (class), __VA_ARGS__))

static struct variant *arg_variant(struct udf_call *call, struct arena *arena, size_t index, size_t row)
{
  struct variant *variant = variant_read(arena, arg_text(call, index, row), VARIANT_OF_TEXT);
  if (variant == NULL)
    BUG("the text of a variant cannot be read");
  return variant;
}

static bool return_variant(struct udf_call *call, size_t row, const struct variant *variant)
{
  text_buffer_clear(&call->buffer);
  variant_add_text(variant, &call->buffer);
  return return_buffer(call, row);
}

static bool parse_json(struct udf_call *call, size_t row)
{
  SCOPED(arena_done) struct arena arena = { 0 };
  const struct variant *variant = variant_read(&arena, arg_text(call, 0, row), VARIANT_OF_JSON);
  if (variant == NULL)
    return REFUSE(call, "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION", "the text is no JSON: \"%.*s\"",
                  TEXT_ARGS(text_cut(arg_text(call, 0, row), 80)));
  return return_variant(call, row, variant);
}

static bool to_json(struct udf_call *call, size_t row)
{
  SCOPED(arena_done) struct arena arena = { 0 };
  text_buffer_clear(&call->buffer);
  variant_add_json(arg_variant(call, &arena, 0, row), &call->buffer);
  return return_buffer(call, row);
}

static bool is_null(struct udf_call *call, size_t row)
{
  bool is_there = !arg_is_null(call, 0, row);
  return return_boolean(call, row, is_there && text_equal(arg_text(call, 0, row), TEXT("null")));
}

static bool schema_of(struct udf_call *call, size_t row)
{
  SCOPED(arena_done) struct arena arena = { 0 };
  text_buffer_clear(&call->buffer);
  variant_add_schema(arg_variant(call, &arena, 0, row), &call->buffer);
  return return_buffer(call, row);
}

/* casts: each tells whether the variant has a value of the result's type, and writes it */

static bool set_integer(struct udf_call *call, size_t row, int64_t value)
{
  switch (call->result.type->id) {
  case TYPE_TINYINT:
    RESULT(call, row, int8_t) = (int8_t)value;
    return value == (int8_t)value;
  case TYPE_SMALLINT:
    RESULT(call, row, int16_t) = (int16_t)value;
    return value == (int16_t)value;
  case TYPE_INT:
    RESULT(call, row, int32_t) = (int32_t)value;
    return value == (int32_t)value;
  default:
    return return_bigint(call, row, value);
  }
}

static bool cast_to_integer(struct udf_call *call, size_t row, const struct variant *variant)
{
  int64_t value = variant->boolean;
  double number;
  struct text text = variant->text;
  switch (variant->kind) {
  case VARIANT_BOOLEAN:
    break;
  case VARIANT_DOUBLE:
    if (!text_to_double(text, &number) || !(fabs(number) < 0x1p63))
      return false;
    value = (int64_t)number;
    break;
  case VARIANT_STRING:
    TRY(text_to_integer_exact(text, &value));
    break;
  default:
    TRY(text_to_bigint(text, &value)); /* which cuts the fraction */
  }
  return set_integer(call, row, value);
}

static bool cast_to_boolean(struct udf_call *call, size_t row, const struct variant *variant)
{
  double number;
  if (variant->kind == VARIANT_BOOLEAN)
    return return_boolean(call, row, variant->boolean);
  if (variant->kind == VARIANT_STRING)
    return text_to_boolean(variant->text, &RESULT(call, row, bool));
  return text_to_double(variant->text, &number) && return_boolean(call, row, number != 0);
}

static bool cast_to_double(struct udf_call *call, size_t row, const struct variant *variant)
{
  struct text text = variant->kind == VARIANT_BOOLEAN ? (variant->boolean ? TEXT("1") : TEXT("0")) : variant->text;
  if (call->result.type->id == TYPE_FLOAT)
    return text_to_float(text, &RESULT(call, row, float));
  return text_to_double(text, &RESULT(call, row, double));
}

static bool cast_to_decimal(struct udf_call *call, size_t row, const struct variant *variant)
{
  const struct type *type = call->result.type;
  struct text text = variant->kind == VARIANT_BOOLEAN ? (variant->boolean ? TEXT("1") : TEXT("0")) : variant->text;
  int128 unscaled;
  return text_to_decimal(text, type->precision, type->scale, &unscaled) && return_decimal(call, row, unscaled);
}

/* Numbers are seconds since 1970. */
static bool cast_to_timestamp(struct udf_call *call, size_t row, const struct variant *variant)
{
  int128 micros;
  if (variant->kind == VARIANT_STRING)
    return text_to_timestamp(variant->text, call->zone, &RESULT(call, row, int64_t));
  return variant->kind != VARIANT_BOOLEAN && text_to_decimal(variant->text, 38, 6, &micros) &&
         micros == (int64_t)micros && return_bigint(call, row, (int64_t)micros);
}

static bool cast_to_text(struct udf_call *call, size_t row, const struct variant *variant)
{
  text_buffer_clear(&call->buffer);
  if (variant->kind == VARIANT_STRING)
    text_buffer_add_text(&call->buffer, variant->text);
  else
    variant_add_json(variant, &call->buffer);
  return return_buffer(call, row);
}

static bool cast(struct udf_call *call, size_t row, const struct variant *variant)
{
  enum type_id id = call->result.type->id;
  bool is_text = variant->kind == VARIANT_STRING;
  if (id == TYPE_STRING)
    return cast_to_text(call, row, variant);
  if (variant->kind == VARIANT_ARRAY || variant->kind == VARIANT_OBJECT)
    return false;
  switch (id) {
  case TYPE_BOOLEAN:
    return cast_to_boolean(call, row, variant);
  case TYPE_FLOAT:
  case TYPE_DOUBLE:
    return cast_to_double(call, row, variant);
  case TYPE_DECIMAL:
    return cast_to_decimal(call, row, variant);
  case TYPE_BINARY:
    return is_text && return_text(call, row, variant->text);
  case TYPE_DATE:
    return is_text && text_to_date(variant->text, &RESULT(call, row, int32_t));
  case TYPE_TIMESTAMP:
    return cast_to_timestamp(call, row, variant);
  case TYPE_TIMESTAMP_NTZ:
    return is_text && text_to_timestamp_ntz(variant->text, &RESULT(call, row, int64_t));
  default:
    return cast_to_integer(call, row, variant);
  }
}

static bool fail_cast(struct udf_call *call, const struct variant *variant)
{
  SCOPED(text_buffer_done) struct text_buffer json = { 0 }, type = { 0 };
  variant_add_json(variant, &json);
  type_print_sql(call->result.type, &type);
  return udf_fail(call, "INVALID_VARIANT_CAST",
                  "the variant %.*s cannot be cast to %s; try_variant_get() makes null of it",
                  TEXT_ARGS(text_cut(text_buffer_text(&json), 80)), type.data);
}

static bool get(struct udf_call *call, size_t row)
{
  SCOPED(arena_done) struct arena arena = { 0 };
  struct variant_step *steps = NULL;
  size_t count = 0;
  struct text path = arg_text(call, 1, row);
  if (!variant_read_path(&arena, path, &steps, &count))
    return udf_fail(call, "INVALID_VARIANT_GET_PATH", "\"%.*s\" is no path such as $.a[0]['b']", TEXT_ARGS(path));
  const struct variant *found = variant_find(arg_variant(call, &arena, 0, row), steps, count);
  if (found == NULL)
    return false;
  if (call->result.type->id == TYPE_VARIANT)
    return return_variant(call, row, found);
  if (found->kind == VARIANT_NULL)
    return false;
  return cast(call, row, found) || (!is_try(call) && fail_cast(call, found));
}

/* values as variants */

static struct variant *variant_of(struct udf_call *call, struct arena *arena, const struct vector *vector, size_t row);

static struct variant *variant_of_parts(struct udf_call *call, struct arena *arena, const struct vector *vector,
                                        size_t row)
{
  bool is_array = vector->type->id == TYPE_ARRAY;
  struct variant *whole = arena_alloc(arena, sizeof(*whole));
  *whole = (struct variant){ .kind = is_array ? VARIANT_ARRAY : VARIANT_OBJECT };
  for (size_t i = 0; vector->type->id == TYPE_STRUCT && i < vector->type->n_fields; i++)
    variant_put_member(arena, whole, text_from(text_copy(arena, text_from(vector->type->fields[i].name))),
                       variant_of(call, arena, &vector->children[i], row));
  if (vector->type->id == TYPE_STRUCT)
    return whole;
  duckdb_list_entry list = vector_list(vector, row);
  for (size_t i = 0; i < list.length; i++) {
    struct variant *item = variant_of(call, arena, &vector->children[is_array ? 0 : 1], list.offset + i);
    if (is_array)
      variant_put(arena, whole, whole->n_items, item);
    else
      variant_put_member(arena, whole, vector_text(&vector->children[0], list.offset + i), item);
  }
  return whole;
}

static struct variant *variant_of_number(struct udf_call *call, struct arena *arena, const struct vector *vector,
                                         size_t row)
{
  SCOPED(text_buffer_done) struct text_buffer text = { 0 };
  if (vector->type->id == TYPE_DECIMAL)
    decimal_add_plain(vector_decimal(vector, row), vector->type->scale, &text);
  else
    vector_add_text(call, vector, row, &text);
  bool is_double = vector->type->id == TYPE_DOUBLE;
  if (is_double && memchr(text.data, 'E', text.length) == NULL)
    text_buffer_add_string(&text, "E0");
  else if (vector->type->id == TYPE_DECIMAL && vector->type->scale == 0)
    text_buffer_add_string(&text, ".0");
  return variant_number(arena, (struct text){ text_copy(arena, text_buffer_text(&text)), text.length });
}

static struct variant *variant_of(struct udf_call *call, struct arena *arena, const struct vector *vector, size_t row)
{
  struct variant *variant;
  if (!vector_is_null(vector, row)) {
    switch (vector->type->id) {
    case TYPE_ARRAY:
    case TYPE_MAP:
    case TYPE_STRUCT:
      return variant_of_parts(call, arena, vector, row);
    case TYPE_VARIANT:
      variant = variant_read(arena, vector_text(vector, row), VARIANT_OF_TEXT);
      if (variant == NULL)
        BUG("the text of a variant cannot be read");
      return variant;
    case TYPE_BOOLEAN:
    case TYPE_STRING:
    case TYPE_VOID:
      break;
    default:
      return variant_of_number(call, arena, vector, row);
    }
  }
  variant = arena_alloc(arena, sizeof(*variant));
  *variant = (struct variant){ .kind = VARIANT_NULL };
  if (vector_is_null(vector, row) || vector->type->id == TYPE_VOID)
    return variant;
  variant->kind = vector->type->id == TYPE_BOOLEAN ? VARIANT_BOOLEAN : VARIANT_STRING;
  if (variant->kind == VARIANT_BOOLEAN)
    variant->boolean = ((const bool *)vector->data)[row];
  else
    variant->text = vector_text(vector, row);
  return variant;
}

static bool to_variant(struct udf_call *call, size_t row)
{
  SCOPED(arena_done) struct arena arena = { 0 };
  return return_variant(call, row, variant_of(call, &arena, &call->args[0], row));
}

/* changes */

struct change {
  struct udf_call *call;
  struct arena *arena;
  struct text path;
  struct variant_step *steps;
  size_t count;
  struct variant *value; /* NULL: none is given */
  bool inserts, creates;
};

static bool change_start(struct udf_call *call, struct arena *arena, size_t row, bool may_be_root,
                         struct change *ret_change)
{
  *ret_change = (struct change){ .call = call, .arena = arena, .path = arg_text(call, 1, row), .creates = true };
  if (variant_read_path(arena, ret_change->path, &ret_change->steps, &ret_change->count) &&
      (may_be_root || ret_change->count > 0))
    return true;
  return udf_fail(call, "INVALID_VARIANT_PATH", "\"%.*s\" is no path below $ such as $.a[0]['b']",
                  TEXT_ARGS(ret_change->path));
}

static bool fail_mismatch(const struct change *change)
{
  return REFUSE(change->call, "VARIANT_PATH_TYPE_MISMATCH",
                "the path \"%.*s\" leads through a value that is no such array or object", TEXT_ARGS(change->path));
}

static struct variant *new_null(struct arena *arena, enum variant_kind kind)
{
  struct variant *variant = arena_alloc(arena, sizeof(*variant));
  *variant = (struct variant){ .kind = kind };
  return variant;
}

static void fill_up(const struct change *change, struct variant *array, size_t length)
{
  while (array->n_items < length)
    variant_put(change->arena, array, array->n_items, new_null(change->arena, VARIANT_NULL));
}

/* What lies at the step, made where it is not there: an array or an object, as the step behind it wants. */
static struct variant *enter(const struct change *change, struct variant *at, size_t step)
{
  const struct variant_step *here = &change->steps[step];
  bool is_name = here->name.data != NULL;
  struct variant *next = variant_find(at, here, 1);
  if (next != NULL || !change->creates)
    return next;
  next = new_null(change->arena, change->steps[step + 1].name.data != NULL ? VARIANT_OBJECT : VARIANT_ARRAY);
  if (is_name) {
    variant_put_member(change->arena, at, here->name, next);
  } else {
    fill_up(change, at, here->index);
    variant_put(change->arena, at, here->index, next);
  }
  return next;
}

static bool is_fit(const struct variant *at, const struct variant_step *step)
{
  return at->kind == (step->name.data != NULL ? VARIANT_OBJECT : VARIANT_ARRAY);
}

/* At the last step. */
static bool place(const struct change *change, struct variant *at, const struct variant_step *step)
{
  struct variant *old = variant_find(at, step, 1);
  bool is_name = step->name.data != NULL;
  if (old != NULL && !change->inserts) {
    struct text name = old->name;
    *old = *change->value;
    old->name = name;
    return true;
  }
  if (old != NULL && is_name)
    return REFUSE(change->call, "VARIANT_DUPLICATE_KEY", "there is a member \"%.*s\" already", TEXT_ARGS(step->name));
  if (old == NULL && !change->creates)
    return true;
  if (is_name) {
    variant_put_member(change->arena, at, step->name, change->value);
  } else if (step->index > MAX_ELEMENTS) {
    return udf_fail(change->call, "COLLECTION_SIZE_LIMIT_EXCEEDED.FUNCTION",
                    "%s would make an array of more than %d elements", udf_shown_name(change->call), MAX_ELEMENTS);
  } else {
    fill_up(change, at, step->index);
    variant_put(change->arena, at, step->index, change->value);
  }
  return true;
}

static bool put(const struct change *change, struct variant *at)
{
  for (size_t i = 0; i + 1 < change->count && at != NULL; i++) {
    if (!is_fit(at, &change->steps[i]))
      return fail_mismatch(change);
    if (change->steps[i].name.data == NULL && change->steps[i].index > MAX_ELEMENTS)
      return fail_mismatch(change);
    at = enter(change, at, i);
  }
  if (at == NULL)
    return true; /* nothing is there, and nothing is to be made */
  const struct variant_step *last = &change->steps[change->count - 1];
  return is_fit(at, last) ? place(change, at, last) : fail_mismatch(change);
}

static bool put_value(struct udf_call *call, size_t row, bool inserts, bool creates)
{
  SCOPED(arena_done) struct arena arena = { 0 };
  struct change change;
  TRY(change_start(call, &arena, row, false, &change));
  struct variant *root = arg_variant(call, &arena, 0, row);
  change.value = arg_variant(call, &arena, 2, row);
  change.inserts = inserts;
  change.creates = creates;
  return put(&change, root) && return_variant(call, row, root);
}

static bool insert(struct udf_call *call, size_t row)
{
  return put_value(call, row, true, true);
}

static bool set(struct udf_call *call, size_t row)
{
  return put_value(call, row, false, arg_boolean(call, 3, row));
}

/* A path that finds nothing changes nothing. */
static bool remove_at(struct udf_call *call, size_t row)
{
  SCOPED(arena_done) struct arena arena = { 0 };
  struct change change;
  if (arg_is_null(call, 0, row))
    return false;
  if (arg_is_null(call, 1, row))
    return return_text(call, row, arg_text(call, 0, row));
  TRY(change_start(call, &arena, row, false, &change));
  struct variant *root = arg_variant(call, &arena, 0, row);
  struct variant *parent = variant_find(root, change.steps, change.count - 1);
  const struct variant *old = parent == NULL ? NULL : variant_find(parent, &change.steps[change.count - 1], 1);
  for (size_t i = 0; old != NULL && i < parent->n_items; i++) {
    if (parent->items[i] != old)
      continue;
    parent->n_items--;
    memmove(parent->items + i, parent->items + i + 1, (parent->n_items - i) * sizeof(struct variant *));
    break;
  }
  return return_variant(call, row, root);
}

static bool array_append(struct udf_call *call, size_t row)
{
  SCOPED(arena_done) struct arena arena = { 0 };
  struct change change;
  TRY(change_start(call, &arena, row, true, &change));
  struct variant *root = arg_variant(call, &arena, 0, row);
  struct variant *array = variant_find(root, change.steps, change.count);
  if (array != NULL && array->kind != VARIANT_ARRAY)
    return fail_mismatch(&change);
  if (array != NULL)
    variant_put(&arena, array, array->n_items, arg_variant(call, &arena, 2, row));
  return return_variant(call, row, root);
}

static bool strip_nulls(struct udf_call *call, size_t row)
{
  SCOPED(arena_done) struct arena arena = { 0 };
  struct variant *root = arg_variant(call, &arena, 0, row);
  variant_strip_nulls(root, arg_boolean(call, 1, row));
  return return_variant(call, row, root);
}

static const struct udf rows[] = {
  { .name = "spark_parse_json", .signature = "string > variant", .each = parse_json },
  { .name = "spark_try_parse_json", .signature = "string > variant", .each = parse_json },
  { .name = "spark_variant_to_json", .signature = "variant > string", .each = to_json },
  { .name = "spark_is_variant_null", .signature = "variant > boolean", .flags = UDF_NULLS, .each = is_null },
  { .name = "spark_schema_of_variant", .signature = "variant > string", .each = schema_of },
  { .name = "spark_variant_get", .each = get },
  { .name = "spark_try_variant_get", .each = get },
  { .name = "spark_to_variant", .each = to_variant },
  { .name = "spark_variant_insert", .signature = "variant string variant > variant", .each = insert },
  { .name = "spark_try_variant_insert", .signature = "variant string variant > variant", .each = insert },
  { .name = "spark_variant_set", .signature = "variant string variant boolean > variant", .each = set },
  { .name = "spark_try_variant_set", .signature = "variant string variant boolean > variant", .each = set },
  { .name = "spark_variant_delete", .signature = "variant string > variant", .flags = UDF_NULLS, .each = remove_at },
  { .name = "spark_variant_array_append", .signature = "variant string variant > variant", .each = array_append },
  { .name = "spark_try_variant_array_append", .signature = "variant string variant > variant", .each = array_append },
  { .name = "spark_variant_strip_nulls", .signature = "variant boolean > variant", .each = strip_nulls },
};

UDF_FAMILY(variant_udfs, rows);
