/* Casts between all types, as Spark does them with ANSI off (spark_cast) and as try_cast does (spark_try_cast). */

#include "duckdb/functions/cast.h"

static cast_one *find_cast(const struct type *from, const struct type *to, bool is_try);
static bool cast_value(struct udf_call *call, const struct vector *in, size_t row, struct vector *out, size_t out_row);

/* From text. */

static bool text_to_boolean_cast(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                                 size_t out_row)
{
  (void)call;
  return text_to_boolean(vector_text(in, row), &OUT(bool));
}

static bool text_to_tinyint_cast(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                                 size_t out_row)
{
  (void)call;
  return text_to_tinyint(vector_text(in, row), &OUT(int8_t));
}

static bool text_to_smallint_cast(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                                  size_t out_row)
{
  (void)call;
  return text_to_smallint(vector_text(in, row), &OUT(int16_t));
}

static bool text_to_int_cast(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                             size_t out_row)
{
  (void)call;
  return text_to_int(vector_text(in, row), &OUT(int32_t));
}

static bool text_to_bigint_cast(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                                size_t out_row)
{
  (void)call;
  return text_to_bigint(vector_text(in, row), &OUT(int64_t));
}

static bool text_to_integer_exactly(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                                    size_t out_row)
{
  (void)call;
  int64_t value;
  return text_to_integer_exact(vector_text(in, row), &value) && cast_fits(out->type, value) &&
         cast_write_integer(out, out_row, value);
}

static bool text_to_float_cast(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                               size_t out_row)
{
  (void)call;
  return text_to_float(vector_text(in, row), &OUT(float));
}

static bool text_to_double_cast(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                                size_t out_row)
{
  (void)call;
  return text_to_double(vector_text(in, row), &OUT(double));
}

static bool text_to_decimal_cast(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                                 size_t out_row)
{
  (void)call;
  int128 unscaled;
  if (!text_to_decimal(vector_text(in, row), out->type->precision, out->type->scale, &unscaled))
    return false;
  vector_set_decimal(out, out_row, unscaled);
  return true;
}

static bool text_to_date_cast(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                              size_t out_row)
{
  (void)call;
  return text_to_date(vector_text(in, row), &OUT(int32_t));
}

static bool text_to_timestamp_cast(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                                   size_t out_row)
{
  return text_to_timestamp(vector_text(in, row), call->zone, &OUT(int64_t));
}

static bool text_to_ntz_cast(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                             size_t out_row)
{
  (void)call;
  return text_to_timestamp_ntz(vector_text(in, row), &OUT(int64_t));
}

static bool copy_bytes(struct udf_call *call, const struct vector *in, size_t row, struct vector *out, size_t out_row)
{
  (void)call;
  vector_set_text(out, out_row, vector_text(in, row));
  return true;
}

/* To text. */

static bool to_text(struct udf_call *call, const struct vector *in, size_t row, struct vector *out, size_t out_row)
{
  text_buffer_clear(&call->buffer);
  vector_add_text(call, in, row, &call->buffer);
  struct text text = text_buffer_text(&call->buffer);
  if (text_is_utf8(text)) {
    vector_set_text(out, out_row, text);
    return true;
  }
  struct udf_call copy = *call; /* bytes that are no text become U+FFFD */
  copy.result = *out;
  return return_bytes_as_text(&copy, out_row, text);
}

/* Arrays, maps and structs: part by part. */

static bool list_to_list(struct udf_call *call, const struct vector *in, size_t row, struct vector *out, size_t out_row)
{
  duckdb_list_entry list = vector_list(in, row);
  size_t n_children = out->type->id == TYPE_MAP ? 2 : 1;
  size_t start = duckdb_list_vector_get_size(out->handle);
  duckdb_list_vector_reserve(out->handle, start + list.length);
  duckdb_list_vector_set_size(out->handle, start + list.length);
  struct vector opened;
  vector_open(&call->arena, out->type, out->handle, true, &opened);
  for (size_t i = 0; i < list.length; i++) {
    for (size_t child = 0; child < n_children; child++) {
      bool is_value = cast_value(call, &in->children[child], list.offset + i, &opened.children[child], start + i);
      if (!is_value && out->type->id == TYPE_MAP && child == 0)
        return false; /* a map has no null keys */
      if (!is_value)
        vector_set_null(&opened.children[child], start + i);
    }
  }
  ((duckdb_list_entry *)opened.data)[out_row] = (duckdb_list_entry){ .offset = start, .length = list.length };
  *out = opened;
  return true;
}

static bool struct_to_struct(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                             size_t out_row)
{
  for (size_t i = 0; i < out->type->n_fields; i++)
    if (!cast_value(call, &in->children[i], row, &out->children[i], out_row))
      vector_set_null(&out->children[i], out_row);
  return true;
}

/* Which cast is for which types: the first row that fits. Sets of types are written as bits. */
#define BIT(id) (1u << (id))
#define INTEGERS (BIT(TYPE_TINYINT) | BIT(TYPE_SMALLINT) | BIT(TYPE_INT) | BIT(TYPE_BIGINT))
#define FLOATINGS (BIT(TYPE_FLOAT) | BIT(TYPE_DOUBLE))
#define DECIMALS BIT(TYPE_DECIMAL)
#define TEXTS BIT(TYPE_STRING)
#define INSTANTS (BIT(TYPE_TIMESTAMP) | BIT(TYPE_TIMESTAMP_NTZ))
#define INTERVALS (BIT(TYPE_INTERVAL_YEAR_MONTH) | BIT(TYPE_INTERVAL_DAY_TIME))

static const struct cast_row {
  unsigned from, to;
  cast_one *cast, *try_cast; /* try_cast: NULL where it is the same */
} cast_rows[] = {
  { TEXTS, BIT(TYPE_BOOLEAN), text_to_boolean_cast, NULL },
  { TEXTS, BIT(TYPE_TINYINT), text_to_tinyint_cast, text_to_integer_exactly },
  { TEXTS, BIT(TYPE_SMALLINT), text_to_smallint_cast, text_to_integer_exactly },
  { TEXTS, BIT(TYPE_INT), text_to_int_cast, text_to_integer_exactly },
  { TEXTS, BIT(TYPE_BIGINT), text_to_bigint_cast, text_to_integer_exactly },
  { TEXTS, BIT(TYPE_FLOAT), text_to_float_cast, NULL },
  { TEXTS, BIT(TYPE_DOUBLE), text_to_double_cast, NULL },
  { TEXTS, DECIMALS, text_to_decimal_cast, NULL },
  { TEXTS, BIT(TYPE_DATE), text_to_date_cast, NULL },
  { TEXTS, BIT(TYPE_TIMESTAMP), text_to_timestamp_cast, NULL },
  { TEXTS, BIT(TYPE_TIMESTAMP_NTZ), text_to_ntz_cast, NULL },
  { TEXTS | BIT(TYPE_BINARY), BIT(TYPE_BINARY), copy_bytes, NULL },
  { ~0u, TEXTS, to_text, NULL },
  { INTEGERS, INTEGERS, integer_to_integer, integer_to_integer_exactly },
  { INTEGERS, FLOATINGS, integer_to_floating, NULL },
  { INTEGERS, DECIMALS, integer_to_decimal, NULL },
  { INTEGERS, BIT(TYPE_BOOLEAN), integer_to_boolean, NULL },
  { INTEGERS, BIT(TYPE_TIMESTAMP), integer_to_timestamp, NULL },
  { INTEGERS, BIT(TYPE_BINARY), integer_to_binary, NULL },
  { BIT(TYPE_BOOLEAN), INTEGERS, boolean_to_integer, NULL },
  { BIT(TYPE_BOOLEAN), FLOATINGS, boolean_to_floating, NULL },
  { BIT(TYPE_BOOLEAN), DECIMALS, boolean_to_decimal, NULL },
  { BIT(TYPE_BOOLEAN), BIT(TYPE_TIMESTAMP), boolean_to_timestamp, NULL },
  { FLOATINGS, INTEGERS, floating_to_integer, floating_to_integer_exactly },
  { FLOATINGS, FLOATINGS, floating_to_floating, NULL },
  { FLOATINGS, DECIMALS, floating_to_decimal, NULL },
  { FLOATINGS, BIT(TYPE_BOOLEAN), floating_to_boolean, NULL },
  { FLOATINGS, BIT(TYPE_TIMESTAMP), floating_to_timestamp, NULL },
  { DECIMALS, INTEGERS, decimal_to_integer, decimal_to_integer_exactly },
  { DECIMALS, FLOATINGS, decimal_to_floating, NULL },
  { DECIMALS, DECIMALS, decimal_to_decimal, NULL },
  { DECIMALS, BIT(TYPE_BOOLEAN), decimal_to_boolean, NULL },
  { DECIMALS, BIT(TYPE_TIMESTAMP), decimal_to_timestamp, NULL },
  { BIT(TYPE_DATE), INSTANTS, date_to_timestamp, NULL },
  { INSTANTS, BIT(TYPE_DATE), timestamp_to_date, NULL },
  { BIT(TYPE_TIMESTAMP), BIT(TYPE_TIMESTAMP_NTZ), timestamp_to_ntz, NULL },
  { BIT(TYPE_TIMESTAMP_NTZ), BIT(TYPE_TIMESTAMP), ntz_to_timestamp, NULL },
  { BIT(TYPE_TIMESTAMP), INTEGERS, timestamp_to_integer, NULL },
  { BIT(TYPE_TIMESTAMP), FLOATINGS, timestamp_to_floating, NULL },
  { BIT(TYPE_TIMESTAMP), DECIMALS, timestamp_to_decimal, NULL },
  { BIT(TYPE_TIMESTAMP), BIT(TYPE_BOOLEAN), timestamp_to_boolean, NULL },
  { INTERVALS, INTERVALS, interval_to_interval, NULL },
  { INTERVALS, INTEGERS, interval_to_integer, NULL },
  { INTERVALS, DECIMALS, interval_to_decimal, NULL },
  { INTEGERS, INTERVALS, integer_to_interval, NULL },
  { DECIMALS, INTERVALS, decimal_to_interval, NULL },
  { BIT(TYPE_ARRAY), BIT(TYPE_ARRAY), list_to_list, NULL },
  { BIT(TYPE_MAP), BIT(TYPE_MAP), list_to_list, NULL },
  { BIT(TYPE_STRUCT), BIT(TYPE_STRUCT), struct_to_struct, NULL },
};

static bool copy_value(struct udf_call *call, const struct vector *in, size_t row, struct vector *out, size_t out_row)
{
  vector_copy(call, out, out_row, in, row);
  return true;
}

static cast_one *find_cast(const struct type *from, const struct type *to, bool is_trying)
{
  if (type_equal(from, to))
    return copy_value;
  for (size_t i = 0; i < ARRAY_LENGTH(cast_rows); i++) {
    const struct cast_row *row = &cast_rows[i];
    if ((row->from & BIT(from->id)) != 0 && (row->to & BIT(to->id)) != 0)
      return is_trying && row->try_cast != NULL ? row->try_cast : row->cast;
  }
  return always_null; /* a date as a number, NULL as anything */
}

static bool cast_value(struct udf_call *call, const struct vector *in, size_t row, struct vector *out, size_t out_row)
{
  return !vector_is_null(in, row) && find_cast(in->type, out->type, cast_is_try(call))(call, in, row, out, out_row);
}

static void cast_chunk(struct udf_call *call)
{
  const struct vector *in = &call->args[0];
  struct vector *out = &call->result;
  cast_one *cast = find_cast(in->type, out->type, cast_is_try(call));
  for (size_t row = 0; row < call->n_rows; row++)
    if (vector_is_null(in, row) || !cast(call, in, row, out, row))
      vector_set_null(out, row);
}

static const struct udf rows[] = {
  { .name = "spark_cast", .all = cast_chunk },
  { .name = "spark_try_cast", .all = cast_chunk },
};

UDF_FAMILY(cast_udfs, rows);
