/* Spark's types as its DDL writes them. */
#include "engine/spark/session_internal.h"

enum { DEPTH_MOST = 100 };

static bool add_type(const Spark__Connect__DataType *type, int depth, struct text_buffer *out);

/* Types without a parameter. */
static const char *const plain[] = {
  [SPARK__CONNECT__DATA_TYPE__KIND_NULL] = "VOID",
  [SPARK__CONNECT__DATA_TYPE__KIND_BINARY] = "BINARY",
  [SPARK__CONNECT__DATA_TYPE__KIND_BOOLEAN] = "BOOLEAN",
  [SPARK__CONNECT__DATA_TYPE__KIND_BYTE] = "TINYINT",
  [SPARK__CONNECT__DATA_TYPE__KIND_SHORT] = "SMALLINT",
  [SPARK__CONNECT__DATA_TYPE__KIND_INTEGER] = "INT",
  [SPARK__CONNECT__DATA_TYPE__KIND_LONG] = "BIGINT",
  [SPARK__CONNECT__DATA_TYPE__KIND_FLOAT] = "FLOAT",
  [SPARK__CONNECT__DATA_TYPE__KIND_DOUBLE] = "DOUBLE",
  [SPARK__CONNECT__DATA_TYPE__KIND_STRING] = "STRING",
  [SPARK__CONNECT__DATA_TYPE__KIND_DATE] = "DATE",
  [SPARK__CONNECT__DATA_TYPE__KIND_TIMESTAMP] = "TIMESTAMP",
  [SPARK__CONNECT__DATA_TYPE__KIND_TIMESTAMP_NTZ] = "TIMESTAMP_NTZ",
  [SPARK__CONNECT__DATA_TYPE__KIND_CALENDAR_INTERVAL] = "INTERVAL",
  [SPARK__CONNECT__DATA_TYPE__KIND_VARIANT] = "VARIANT",
};

static bool add_struct(const Spark__Connect__DataType__Struct *type, int depth, struct text_buffer *out)
{
  text_buffer_add_string(out, "STRUCT<");
  for (size_t i = 0; i < type->n_fields; i++) {
    const char *name = type->fields[i]->name == NULL ? "" : type->fields[i]->name;
    text_buffer_add_string(out, i == 0 ? "" : ", ");
    text_buffer_add_quoted(out, name, '`');
    text_buffer_add_string(out, ": ");
    if (!add_type(type->fields[i]->data_type, depth + 1, out))
      return false;
  }
  text_buffer_add_char(out, '>');
  return true;
}

/* From its first to its last unit, which are numbers. */
static bool add_interval(const char *const *units, int32_t n_units, int32_t first, int32_t last,
                         struct text_buffer *out)
{
  if (first < 0 || first >= n_units || last < first || last >= n_units)
    return false;
  text_buffer_printf(out, "INTERVAL %s", units[first]);
  if (last > first)
    text_buffer_printf(out, " TO %s", units[last]);
  return true;
}

static bool add_intervals(const Spark__Connect__DataType *type, struct text_buffer *out)
{
  static const char *const months[] = { "YEAR", "MONTH" };
  static const char *const days[] = { "DAY", "HOUR", "MINUTE", "SECOND" };
  if (type->kind_case == SPARK__CONNECT__DATA_TYPE__KIND_YEAR_MONTH_INTERVAL) {
    const Spark__Connect__DataType__YearMonthInterval *interval = type->year_month_interval;
    return add_interval(months, ARRAY_LENGTH(months), interval->start_field,
                        interval->has_end_field ? interval->end_field : interval->start_field, out);
  }
  const Spark__Connect__DataType__DayTimeInterval *interval = type->day_time_interval;
  return add_interval(days, ARRAY_LENGTH(days), interval->start_field,
                      interval->has_end_field ? interval->end_field : interval->start_field, out);
}

static bool add_type(const Spark__Connect__DataType *type, int depth, struct text_buffer *out)
{
  if (type == NULL || depth > DEPTH_MOST)
    return false;
  switch (type->kind_case) {
  case SPARK__CONNECT__DATA_TYPE__KIND_DECIMAL:
    text_buffer_printf(out, "DECIMAL(%d,%d)", type->decimal->has_precision ? type->decimal->precision : 10,
                       type->decimal->has_scale ? type->decimal->scale : 0);
    return true;
  case SPARK__CONNECT__DATA_TYPE__KIND_CHAR:
    text_buffer_printf(out, "CHAR(%d)", type->char_->length);
    return true;
  case SPARK__CONNECT__DATA_TYPE__KIND_VAR_CHAR:
    text_buffer_printf(out, "VARCHAR(%d)", type->var_char->length);
    return true;
  case SPARK__CONNECT__DATA_TYPE__KIND_TIME:
    text_buffer_printf(out, "TIME(%d)", type->time->has_precision ? type->time->precision : 6);
    return true;
  case SPARK__CONNECT__DATA_TYPE__KIND_YEAR_MONTH_INTERVAL:
  case SPARK__CONNECT__DATA_TYPE__KIND_DAY_TIME_INTERVAL:
    return add_intervals(type, out);
  case SPARK__CONNECT__DATA_TYPE__KIND_STRUCT:
    return add_struct(type->struct_, depth, out);
  case SPARK__CONNECT__DATA_TYPE__KIND_ARRAY:
    text_buffer_add_string(out, "ARRAY<");
    if (!add_type(type->array->element_type, depth + 1, out))
      return false;
    text_buffer_add_char(out, '>');
    return true;
  case SPARK__CONNECT__DATA_TYPE__KIND_MAP:
    text_buffer_add_string(out, "MAP<");
    if (!add_type(type->map->key_type, depth + 1, out))
      return false;
    text_buffer_add_string(out, ", ");
    if (!add_type(type->map->value_type, depth + 1, out))
      return false;
    text_buffer_add_char(out, '>');
    return true;
  default:
    break;
  }
  const char *name = (size_t)type->kind_case < ARRAY_LENGTH(plain) ? plain[type->kind_case] : NULL;
  text_buffer_add_string(out, name == NULL ? "" : name);
  return name != NULL;
}

bool add_data_type(const Spark__Connect__DataType *type, struct text_buffer *out)
{
  return add_type(type, 0, out);
}
