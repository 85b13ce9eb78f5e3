/* Values that a configuration writes as text: whether their type can hold them. */
#include "plan/plan_internal.h"
#include "value/cast.h"

static bool is_integer(struct text text, int64_t least, int64_t most)
{
  int64_t value;
  return text_to_bigint(text, &value) && value >= least && value <= most;
}

static bool is_decimal(struct text text, const struct type *type)
{
  int128 unscaled;
  return text_to_decimal(text, type->precision, type->scale, &unscaled);
}

static bool is_instant(struct text text, const char *timezone)
{
  int64_t instant_us;
  const struct timezone *zone = timezone_find(text_from(timezone));
  return zone != NULL && text_to_timestamp(text, zone, &instant_us);
}

bool literal_fits(struct text text, const struct type *type, const char *timezone)
{
  bool boolean;
  double number;
  int32_t days;
  int64_t local_us;
  switch (type->id) {
  case TYPE_BOOLEAN:
    return text_to_boolean(text, &boolean);
  case TYPE_TINYINT:
    return is_integer(text, INT8_MIN, INT8_MAX);
  case TYPE_SMALLINT:
    return is_integer(text, INT16_MIN, INT16_MAX);
  case TYPE_INT:
    return is_integer(text, INT32_MIN, INT32_MAX);
  case TYPE_BIGINT:
    return is_integer(text, INT64_MIN, INT64_MAX);
  case TYPE_FLOAT:
  case TYPE_DOUBLE:
    return text_to_double(text, &number);
  case TYPE_DECIMAL:
    return is_decimal(text, type);
  case TYPE_DATE:
    return text_to_date(text, &days);
  case TYPE_TIMESTAMP:
    return is_instant(text, timezone);
  case TYPE_TIMESTAMP_NTZ:
    return text_to_timestamp_ntz(text, &local_us);
  default:
    return true;
  }
}
