#include "worker/convert.h"

static const int64_t day_us = INT64_C(86400000000);

/* Casts */

bool convert_cast(struct converter *converter, const struct job_column *column, struct text text, struct column *out,
                  size_t row)
{
  int128 unscaled;
  switch (column->type->id) {
  case TYPE_BOOLEAN:
    return text_to_boolean(text, &COLUMN(out, bool)[row]);
  case TYPE_TINYINT:
    return text_to_tinyint(text, &COLUMN(out, int8_t)[row]);
  case TYPE_SMALLINT:
    return text_to_smallint(text, &COLUMN(out, int16_t)[row]);
  case TYPE_INT:
    return text_to_int(text, &COLUMN(out, int32_t)[row]);
  case TYPE_BIGINT:
    return text_to_bigint(text, &COLUMN(out, int64_t)[row]);
  case TYPE_FLOAT:
    return text_to_float(text, &COLUMN(out, float)[row]);
  case TYPE_DOUBLE:
    return text_to_double(text, &COLUMN(out, double)[row]);
  case TYPE_DECIMAL:
    if (!text_to_decimal(text, column->type->precision, column->type->scale, &unscaled))
      return false;
    column_set_decimal(out, row, unscaled);
    return true;
  case TYPE_DATE:
    return text_to_date(text, &COLUMN(out, int32_t)[row]);
  case TYPE_TIMESTAMP:
    return text_to_timestamp(text, converter->zone, &COLUMN(out, int64_t)[row]);
  case TYPE_TIMESTAMP_NTZ:
    return text_to_timestamp_ntz(text, &COLUMN(out, int64_t)[row]);
  case TYPE_STRING:
  case TYPE_BINARY:
    COLUMN(out, struct text)[row] = text;
    return true;
  default:
    BUG("no text is cast to this type");
  }
}

/* Patterns */

static bool write_instant(const struct converter *converter, const struct job_column *column, int64_t instant_us,
                          struct column *out, size_t row)
{
  if (column->type->id != TYPE_DATE) {
    COLUMN(out, int64_t)[row] = instant_us;
    return true;
  }
  int64_t local_us = timezone_to_local(converter->zone, instant_us);
  COLUMN(out, int32_t)[row] = (int32_t)(local_us / day_us - (local_us % day_us < 0));
  return true;
}

static bool convert_pattern(struct converter *converter, const struct job_column *column, struct text text,
                            struct column *out, size_t row)
{
  int64_t instant_us;
  return datetime_pattern_parse(column->pattern, text, converter->zone, &instant_us) &&
         write_instant(converter, column, instant_us, out, row);
}

/* The day on which the text says it is, wherever its offset puts the instant: Spark's to_date reads the wall clock. */
static bool convert_iso_date(struct text text, int32_t *ret_days)
{
  enum { DATE_LENGTH = 10 };
  int64_t instant_us;
  struct text date = { text.data, text.length < DATE_LENGTH ? text.length : DATE_LENGTH };
  return datetime_parse_iso(text, timezone_find(TEXT("UTC")), &instant_us) && text_to_date(date, ret_days);
}

bool convert_iso(struct converter *converter, const struct job_column *column, struct text text, struct column *out,
                 size_t row)
{
  return column->type->id == TYPE_DATE ? convert_iso_date(text, &COLUMN(out, int32_t)[row])
                                       : datetime_parse_iso(text, converter->zone, &COLUMN(out, int64_t)[row]);
}

/* Of a schema's columns */

static bool convert_integer(struct converter *converter, const struct job_column *column, struct text text,
                            struct column *out, size_t row)
{
  (void)converter;
  (void)column;
  int128 value;
  if (!text_to_decimal(text, 38, 0, &value) || value < INT64_MIN || value > INT64_MAX)
    return false;
  COLUMN(out, int64_t)[row] = (int64_t)value;
  return true;
}

/* The letters of other alphabets that are Latin ones in capitals; no name of a zone has any other. */
static void add_upper(struct text text, struct text_buffer *out)
{
  static const struct {
    const char *small, *capital;
  } foreign[] = {
    { "\xC4\xB1", "I" }, { "\xC5\xBF", "S" }, { "\xC3\x9F", "SS" }, { "\xEF\xAC\x85", "ST" }, { "\xEF\xAC\x86", "ST" }
  };
  for (size_t i = 0; i < text.length; i++) {
    struct text rest = { text.data + i, text.length - i };
    size_t n = 0;
    while (n < ARRAY_LENGTH(foreign) && !text_starts_with(rest, text_from(foreign[n].small)))
      n++;
    if (n < ARRAY_LENGTH(foreign)) {
      text_buffer_add_string(out, foreign[n].capital);
      i += strlen(foreign[n].small) - 1;
      continue;
    }
    char c = text.data[i];
    text_buffer_add_char(out, c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c);
  }
}

static bool convert_timestamp(struct converter *converter, const struct job_column *column, struct text text,
                              struct column *out, size_t row)
{
  (void)column;
  if (text_to_timestamp(text, converter->zone, &COLUMN(out, int64_t)[row]))
    return true;
  text_buffer_clear(&converter->buffer);
  add_upper(text, &converter->buffer);
  return text_to_timestamp(text_buffer_text(&converter->buffer), converter->zone, &COLUMN(out, int64_t)[row]);
}

static bool convert_json(struct converter *converter, const struct job_column *column, struct text text,
                         struct column *out, size_t row)
{
  return json_read_value(&worker_columns, out, column->type, row, text, converter->zone, JSON_PARTS,
                         &converter->buffer);
}

bool convert_text(struct converter *converter, convert_one *convert, const struct job_column *column, struct text text,
                  struct column *out, size_t row)
{
  char buffer[NUMBER_TEXT_MOST];
  struct text plain = { buffer, 0 };
  if (column->is_parsed)
    return json_read_value(&worker_columns, out, column->type, row, text, converter->zone, JSON_WHOLE,
                           &converter->buffer);
  if (column->localized == NULL)
    return convert(converter, column, text, out, row);
  return localized_read(column->localized, text, buffer, &plain.length) && convert(converter, column, plain, out, row);
}

convert_one *convert_find(const struct job_column *column)
{
  static convert_one *const conversions[] = {
    [CONVERT_NOTHING] = NULL,
    [CONVERT_CAST] = convert_cast,
    [CONVERT_PATTERN] = convert_pattern,
    [CONVERT_INTEGER] = convert_integer,
    [CONVERT_TIMESTAMP] = convert_timestamp,
    [CONVERT_JSON] = convert_json,
  };
  return conversions[column->conversion];
}
