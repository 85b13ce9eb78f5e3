/** One cast a function, for one value; cast.c chooses by the types. */
#ifndef CRISOL_DUCKDB_FUNCTIONS_CAST_H
#define CRISOL_DUCKDB_FUNCTIONS_CAST_H

#include "duckdb/functions/internal.h"

/** Casts the value at `row` of `in`; false where the result is null. */
typedef bool cast_one(struct udf_call *call, const struct vector *in, size_t row, struct vector *out, size_t out_row);

#define IN(c_type) (((const c_type *)in->data)[row])
#define OUT(c_type) (((c_type *)out->data)[out_row])

/* cast_number.c */
cast_one integer_to_integer, integer_to_integer_exactly, integer_to_floating, integer_to_decimal, integer_to_boolean,
    integer_to_timestamp, integer_to_binary, boolean_to_integer, boolean_to_floating, boolean_to_decimal,
    boolean_to_timestamp, floating_to_integer, floating_to_integer_exactly, floating_to_floating, floating_to_decimal,
    floating_to_boolean, floating_to_timestamp, decimal_to_integer, decimal_to_integer_exactly, decimal_to_floating,
    decimal_to_decimal, decimal_to_boolean, decimal_to_timestamp;
/* cast_time.c */
cast_one always_null, date_to_timestamp, timestamp_to_date, timestamp_to_ntz, ntz_to_timestamp, timestamp_to_integer,
    timestamp_to_floating, timestamp_to_decimal, timestamp_to_boolean, interval_to_interval, interval_to_integer,
    interval_to_decimal, integer_to_interval, decimal_to_interval;

/** Whether this is try_cast, which makes null of what does not fit. */
static inline bool cast_is_try(const struct udf_call *call)
{
  return strcmp(call->function->name, "spark_try_cast") == 0;
}

static inline int64_t cast_read_integer(const struct vector *in, size_t row)
{
  switch (in->type->id) {
  case TYPE_TINYINT:
    return IN(int8_t);
  case TYPE_SMALLINT:
    return IN(int16_t);
  case TYPE_INT:
    return IN(int32_t);
  default:
    return IN(int64_t);
  }
}

/* Keeps the low bits, as Java's narrowing does. */
static inline bool cast_write_integer(struct vector *out, size_t out_row, int64_t value)
{
  switch (out->type->id) {
  case TYPE_TINYINT:
    OUT(int8_t) = (int8_t)value;
    return true;
  case TYPE_SMALLINT:
    OUT(int16_t) = (int16_t)value;
    return true;
  case TYPE_INT:
    OUT(int32_t) = (int32_t)value;
    return true;
  default:
    OUT(int64_t) = value;
    return true;
  }
}

static inline bool cast_fits(const struct type *type, int128 value)
{
  static const int bits[] = { [TYPE_TINYINT] = 7, [TYPE_SMALLINT] = 15, [TYPE_INT] = 31, [TYPE_BIGINT] = 63 };
  int128 limit = (int128)1 << bits[type->id];
  return value >= -limit && value < limit;
}

static inline double cast_read_floating(const struct vector *in, size_t row)
{
  return in->type->id == TYPE_FLOAT ? (double)IN(float) : IN(double);
}

static inline bool cast_write_floating(struct vector *out, size_t out_row, double value)
{
  if (out->type->id == TYPE_FLOAT)
    OUT(float) = (float)value;
  else
    OUT(double) = value;
  return true;
}

static inline int128 cast_power_of_ten(int exponent)
{
  int128 power = 1;
  while (exponent-- > 0)
    power *= 10;
  return power;
}

#endif
