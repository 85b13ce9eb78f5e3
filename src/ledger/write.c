/* What is written to the metadata tables, and who refuses it: they are crisol's own, but a person may have put
 * constraints, keys and triggers on them. */
#include "ledger/ledger_internal.h"

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
