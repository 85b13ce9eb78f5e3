#include "engine/duckdb/hive.h"

#include <stdlib.h>

enum { NAME_LIMIT = 255 }; /* bytes that a name may have on the usual file systems */

/* What Spark's ExternalCatalogUtils escapes: control characters and those with a meaning in paths or Hive. */
static bool is_escaped(unsigned char c)
{
  return c < 0x20 || c == 0x7F || strchr("\"#%'*/:=?\\{[]^", c) != NULL;
}

static void add_escaped(struct text_buffer *out, const char *text)
{
  for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++)
    if (is_escaped(*p))
      text_buffer_printf(out, "%%%02X", *p);
    else
      text_buffer_add_char(out, (char)*p);
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

bool hive_add_directory(struct text_buffer *out, const struct plan_partition *partition, const char *value,
                        struct error *err)
{
  size_t start = out->length;
  int width = padded_width(partition);
  add_escaped(out, partition->name);
  text_buffer_add_char(out, '=');
  if (value == NULL)
    text_buffer_add_string(out, HIVE_NULL_PARTITION);
  else if (strcmp(value, HIVE_NULL_PARTITION) == 0)
    return fail(err, ERROR_DATA, NOWHERE, "partition column \"%s\" holds the text \"%s\", which stands for null",
                partition->name, value);
  else if (strcmp(value, "NULL") == 0)
    text_buffer_add_string(out, "%4EULL"); /* readers take the bare word for null */
  else if (width > 0)
    text_buffer_printf(out, "%0*ld", width, strtol(value, NULL, 10));
  else
    add_escaped(out, value);
  if (out->length - start <= NAME_LIMIT)
    return true;
  fail(err, ERROR_DATA, NOWHERE, "a value of partition column \"%s\" is too long for a directory's name: \"%.80s...\"",
       partition->name, value == NULL ? "" : value);
  return add_hint(err, "A name holds up to %d bytes when escaped; partition by a shorter column.", NAME_LIMIT);
}
