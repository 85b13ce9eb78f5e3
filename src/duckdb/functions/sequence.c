/* sequence(): numbers, dates and times from one to another. */
#include "duckdb/functions/elements.h"

static void write_integer(struct vector *vector, size_t row, int64_t value)
{
  switch (vector->type->id) {
  case TYPE_TINYINT:
    ((int8_t *)vector->data)[row] = (int8_t)value;
    return;
  case TYPE_SMALLINT:
    ((int16_t *)vector->data)[row] = (int16_t)value;
    return;
  case TYPE_INT:
  case TYPE_DATE:
    ((int32_t *)vector->data)[row] = (int32_t)value;
    return;
  default:
    ((int64_t *)vector->data)[row] = value;
  }
}

/* The n-th member: each is counted from the start, so that months keep the day where they can. */
static int128 nth(int64_t start, int64_t step, bool by_months, int64_t n)
{
  return by_months ? days_plus_months(start, step * n) : start + (int128)step * n;
}

static bool fail_endless(struct udf_call *call, int64_t start, int64_t stop, int64_t step)
{
  return udf_fail(call, "INVALID_SEQUENCE", "a sequence from %lld to %lld cannot step by %lld", (long long)start,
                  (long long)stop, (long long)step);
}

/* Times by an interval, a day where there is none; each is counted from the start, on its wall clock. */
static bool sequence_of_times(struct udf_call *call, size_t row)
{
  static const int64_t day_us = INT64_C(86400000000);
  const struct timezone *zone = call->args[0].type->id == TYPE_TIMESTAMP ? call->zone : NULL;
  int64_t start = vector_integer(&call->args[0], row);
  int64_t stop = vector_integer(&call->args[1], row);
  duckdb_interval step = { .days = start <= stop ? 1 : -1 };
  if (call->n_args == 3)
    step = ARG(call, 2, row, duckdb_interval);
  if (call->n_args == 3 && call->args[2].type->id == TYPE_INTERVAL_DAY_TIME) {
    step.days = (int32_t)(step.micros / day_us);
    step.micros %= day_us;
  }
  int128 length = step.micros + ((int128)step.months * 28 + step.days) * day_us;
  if ((length == 0 && start != stop) || (length > 0 && start > stop) || (length < 0 && start < stop))
    return fail_endless(call, start, stop, (int64_t)length);
  if (length != 0 && ((int128)stop - start) / length >= MAX_ELEMENTS)
    return elements_fail_size(call);
  list_begin(call);
  int128 value = start;
  for (int64_t n = 1; length >= 0 ? value <= stop : value >= stop; n++) {
    size_t at;
    struct vector *elements = list_add(call, &at);
    ((int64_t *)elements->data)[at] = (int64_t)value;
    if (length == 0)
      break;
    value = instant_plus(zone, start, step.months * n, step.days * n, (int128)step.micros * n);
  }
  return list_end(call, row);
}

static bool sequence(struct udf_call *call, size_t row)
{
  if (call->args[0].type->id == TYPE_TIMESTAMP || call->args[0].type->id == TYPE_TIMESTAMP_NTZ)
    return sequence_of_times(call, row);
  int64_t start = vector_integer(&call->args[0], row);
  int64_t stop = vector_integer(&call->args[1], row);
  int64_t step = start <= stop ? 1 : -1;
  bool by_interval = call->n_args == 3 && call->args[2].type->id >= TYPE_INTERVAL_YEAR_MONTH;
  bool by_months = by_interval && call->args[2].type->id == TYPE_INTERVAL_YEAR_MONTH;
  if (by_interval) {
    const duckdb_interval *interval = &ARG(call, 2, row, duckdb_interval);
    step = by_months ? interval->months : interval->micros / INT64_C(86400000000);
    if (interval->micros % INT64_C(86400000000) != 0)
      return udf_fail(call, "INVALID_SEQUENCE", "a sequence of dates steps by whole days or months");
  } else if (call->n_args == 3) {
    step = vector_integer(&call->args[2], row);
  }
  bool is_endless = (step == 0 && start != stop) || (step > 0 && start > stop) || (step < 0 && start < stop);
  if (is_endless)
    return fail_endless(call, start, stop, step);
  if (step != 0 && !by_months && ((int128)stop - start) / step >= MAX_ELEMENTS)
    return elements_fail_size(call);
  list_begin(call);
  int128 value = start;
  for (int64_t n = 1; step >= 0 ? value <= stop : value >= stop; n++) {
    size_t at;
    struct vector *elements = list_add(call, &at);
    write_integer(elements, at, (int64_t)value);
    if (n > MAX_ELEMENTS)
      return elements_fail_size(call);
    if (step == 0)
      break;
    value = nth(start, step, by_months, n);
  }
  return list_end(call, row);
}

static const struct udf rows[] = {
  { .name = "spark_sequence", .each = sequence },
};

UDF_FAMILY(sequence_udfs, rows);
