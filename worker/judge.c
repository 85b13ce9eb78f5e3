#include "worker/judge.h"

uint64_t judge_bit(const char *keyword)
{
  for (size_t i = 0; i < n_schema_keywords; i++)
    if (strcmp(schema_keywords[i].name, keyword) == 0)
      return UINT64_C(1) << i;
  BUG("a keyword of the schema is missing");
}

/* A null cell of CSV is not told from an absent one: where the type does not allow null, a required column misses it.
 */
uint64_t judge_null(const struct job_column *column, unsigned kind)
{
  const struct schema_property *property = column->property;
  bool is_absent = (kind & ~(unsigned)KIND_CSV) == KIND_MISSING;
  if (is_absent || (kind & KIND_CSV) != 0) {
    bool is_fine = !property->is_required || (!is_absent && property->is_nullable);
    return is_fine ? 0 : judge_bit("required");
  }
  bool stopped = false;
  return schema_check(property->node, &(struct schema_value){ .kind = SCHEMA_NULL }, &stopped);
}

uint64_t judge_raw(const struct job_column *column, struct text text, unsigned kind, bool *ret_stopped)
{
  struct schema_value value = { .kind = SCHEMA_JSON, .text = text };
  if ((kind & KIND_CSV) != 0) {
    value.kind = SCHEMA_CSV_TEXT;
  } else if (kind == KIND_STRING) {
    value.kind = SCHEMA_STRING;
  } else if (kind == KIND_BOOLEAN) {
    value.kind = SCHEMA_BOOLEAN;
    value.boolean = text.length > 0 && text.data[0] == 't';
  } else {
    value.is_well_formed = kind == KIND_OBJECT || kind == KIND_ARRAY;
  }
  return schema_check(column->property->node, &value, ret_stopped);
}

/* Bytes as DuckDB casts them to text: what is not plain ASCII, and quotes and backslashes, as \xNN. */
static struct text binary_text(struct text bytes, struct text_buffer *scratch)
{
  text_buffer_clear(scratch);
  for (size_t i = 0; i < bytes.length; i++) {
    unsigned char c = (unsigned char)bytes.data[i];
    if (c >= ' ' && c <= '~' && c != '\\' && c != '\'' && c != '"')
      text_buffer_add_char(scratch, (char)c);
    else
      text_buffer_printf(scratch, "\\x%02X", c);
  }
  return text_buffer_text(scratch);
}

uint64_t judge_value(const struct job_column *column, const struct column *values, size_t row,
                     struct text_buffer *scratch, bool *ret_stopped)
{
  struct schema_value value = { .kind = SCHEMA_INTEGER };
  switch (column->type->id) {
  case TYPE_BOOLEAN:
    value.kind = SCHEMA_BOOLEAN;
    value.boolean = COLUMN(values, bool)[row];
    break;
  case TYPE_TINYINT:
    value.integer = COLUMN(values, int8_t)[row]; /* NOLINT(bugprone-signed-char-misuse,cert-str34-c): a number */
    break;
  case TYPE_SMALLINT:
    value.integer = COLUMN(values, int16_t)[row];
    break;
  case TYPE_INT:
    value.integer = COLUMN(values, int32_t)[row];
    break;
  case TYPE_BIGINT:
    value.integer = COLUMN(values, int64_t)[row];
    break;
  case TYPE_FLOAT:
    value.kind = SCHEMA_DOUBLE;
    value.real = (double)COLUMN(values, float)[row];
    break;
  case TYPE_DOUBLE:
    value.kind = SCHEMA_DOUBLE;
    value.real = COLUMN(values, double)[row];
    break;
  case TYPE_DECIMAL:
    value.kind = SCHEMA_DECIMAL;
    value.unscaled = column_decimal(values, row);
    value.scale = column->type->scale;
    break;
  case TYPE_DATE:
    value.kind = SCHEMA_DATE;
    break;
  case TYPE_TIMESTAMP:
  case TYPE_TIMESTAMP_NTZ:
    value.kind = SCHEMA_TIMESTAMP;
    break;
  case TYPE_BINARY:
    value.kind = SCHEMA_STRING;
    value.text = binary_text(COLUMN(values, struct text)[row], scratch);
    break;
  case TYPE_STRING:
    value.kind = SCHEMA_STRING;
    value.text = COLUMN(values, struct text)[row];
    break;
  default:
    BUG("a nested value of text is judged as it was read");
  }
  return schema_check(column->property->node, &value, ret_stopped);
}
