#include "plan/hive.h"

#include <stdlib.h>

enum { NAME_LIMIT = 255 }; /* bytes that a name may have on the usual file systems */

/* What Spark's ExternalCatalogUtils escapes: control characters and those with a meaning in paths or Hive; and NUL,
 * which no path can hold. */
static bool is_escaped(unsigned char c)
{
  return c < 0x20 || c == 0x7F || strchr("\"#%'*/:=?\\{[]^", c) != NULL;
}

static void add_escaped(struct text_buffer *out, struct text text)
{
  for (size_t i = 0; i < text.length; i++)
    if (is_escaped((unsigned char)text.data[i]))
      text_buffer_printf(out, "%%%02X", (unsigned char)text.data[i]);
    else
      text_buffer_add_char(out, text.data[i]);
}

/* DuckDB takes the bare word, in any case, for null. */
static void add_null_word(struct text_buffer *out, struct text word)
{
  text_buffer_printf(out, "%%%02X%.*s", (unsigned char)word.data[0], (int)word.length - 1, word.data + 1);
}

static bool fail_bytes(const struct plan_partition *partition, struct text value, struct error *err)
{
  enum { MOST = 40 };
  SCOPED(text_buffer_done) struct text_buffer hex = { 0 };
  for (size_t i = 0; i < value.length && i < MOST; i++)
    text_buffer_printf(&hex, "%02X", (unsigned char)value.data[i]);
  fail(err, ERROR_DATA, NOWHERE, "partition column \"%s\" holds bytes that are no UTF-8 text: X'%s%s'", partition->name,
       hex.data, value.length > MOST ? "..." : "");
  return add_hint(err, "A directory's name is text; partition by another column, or by one made with hex or base64.");
}

static const struct {
  const char *name;
  int width;
} padded[] = { { "year", 4 }, { "month", 2 }, { "day", 2 }, { "hour", 2 } };

static int padded_width(const struct plan_partition *partition)
{
  if (partition->column != NO_COLUMN)
    return 0;
  for (size_t i = 0; i < ARRAY_LENGTH(padded); i++)
    if (strcmp(padded[i].name, partition->name) == 0)
      return padded[i].width;
  return 0;
}

void hive_add_name(struct text_buffer *out, const char *name)
{
  add_escaped(out, text_from(name));
}

bool hive_add_directory(struct text_buffer *out, const struct plan_partition *partition, const struct text *value,
                        struct error *err)
{
  size_t start = out->length;
  int width = padded_width(partition);
  hive_add_name(out, partition->name);
  text_buffer_add_char(out, '=');
  if (value == NULL)
    text_buffer_add_string(out, HIVE_NULL_PARTITION);
  else if (text_equal(*value, TEXT(HIVE_NULL_PARTITION)))
    return fail(err, ERROR_DATA, NOWHERE, "partition column \"%s\" holds the text \"%s\", which stands for null",
                partition->name, HIVE_NULL_PARTITION);
  else if (!text_is_utf8(*value))
    return fail_bytes(partition, *value, err);
  else if (text_equal_nocase(*value, TEXT("NULL")))
    add_null_word(out, *value);
  else if (width > 0)
    text_buffer_printf(out, "%0*ld", width, strtol(value->data, NULL, 10));
  else
    add_escaped(out, *value);
  if (out->length - start <= NAME_LIMIT)
    return true;
  struct text start_of_value = value == NULL ? (struct text){ 0 } : text_cut(*value, 80);
  fail(err, ERROR_DATA, NOWHERE, "a value of partition column \"%s\" is too long for a directory's name: \"%.*s...\"",
       partition->name, TEXT_ARGS(start_of_value));
  return add_hint(err, "A name holds up to %d bytes when escaped; partition by a shorter column.", NAME_LIMIT);
}
