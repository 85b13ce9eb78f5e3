#include "schema/canonical.h"

#include "base/log.h"
#include "schema/number.h"

static void add_string(const struct json_reader *reader, struct text_buffer *out)
{
  if (!reader->has_escapes) {
    json_add_string(out, reader->raw);
    return;
  }
  SCOPED(text_buffer_done) struct text_buffer text = { 0 };
  json_unescape(reader->raw, &text);
  json_add_string(out, text_buffer_text(&text));
}

static void add_as_written(struct text number, struct text_buffer *out)
{
  text_buffer_add_text(out, number);
}

static void add_by_value(struct text number, struct text_buffer *out)
{
  struct decimal decimal;
  if (decimal_read(number, &decimal))
    decimal_add_normal(&decimal, out);
  else
    text_buffer_add_text(out, number);
}

bool canonical_add(struct text json, enum canonical_numbers numbers, struct text_buffer *out)
{
  static const struct json_style styles[] = {
    [CANONICAL_AS_WRITTEN] = { .add_string = add_string, .add_number = add_as_written, .sorts_names = true },
    [CANONICAL_BY_VALUE] = { .add_string = add_string, .add_number = add_by_value, .sorts_names = true },
  };
  return json_rewrite(json, JSON_STRICT, &styles[numbers], out);
}
