/* What is written to the metadata tables, and who refuses it: they are crisol's own, but a person may have put
 * constraints, keys and triggers on them. */
#include "ledger/ledger_internal.h"

#include <inttypes.h>
#include <time.h>

void ledger_add_string(struct text_buffer *sql, const char *value)
{
  if (value == NULL)
    text_buffer_add_string(sql, "NULL");
  else
    sql_add_string(sql, text_from(value));
}

void ledger_add(struct text_buffer *sql, const struct warehouse *warehouse, const char *text)
{
  for (const char *p = text; *p != '\0'; p++)
    if (*p == '@')
      text_buffer_printf(sql, "%smetadata.", warehouse->prefix);
    else
      text_buffer_add_char(sql, *p);
}

void ledger_add_instant(struct text_buffer *sql, int64_t instant_us)
{
  int64_t fraction = instant_us % 1000000;
  fraction += fraction < 0 ? 1000000 : 0; /* a time before 1970 has its fraction after its second, too */
  time_t seconds = (time_t)((instant_us - fraction) / 1000000);
  struct tm utc;
  gmtime_r(&seconds, &utc);
  text_buffer_printf(sql, "CAST('%04d-%02d-%02d %02d:%02d:%02d.%06" PRId64 "+00' AS TIMESTAMP WITH TIME ZONE)",
                     utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, fraction);
}

bool ledger_write(struct warehouse *warehouse, const char *sql, struct error *err)
{
  if (warehouse_execute(warehouse, sql, err))
    return true;
  if (err->kind != ERROR_DATA)
    return false;
  bool is_of_encoding = warehouse->encoding != NULL && strstr(err->message, "(22P05)") != NULL;
  err->kind = ERROR_ENVIRONMENT;
  add_context(err, "while recording the run in the metadata tables");
  if (is_of_encoding)
    return add_hint(err, "A name that the run records, such as that of a partition, has a character that the database "
                         "lacks: use one that was made with ENCODING 'UTF8'.");
  const char *remedy = warehouse->driver->loads_elsewhere
                           ? "ALTER TABLE metadata.pipeline_executions DROP CONSTRAINT ..."
                           : "DROP INDEX warehouse.metadata...";
  return add_hint(err,
                  "What a person has put on a table of schema metadata refuses the record of the run: take away what "
                  "the message names, such as by %s",
                  remedy);
}
