#include "warehouse/sqlstate.h"

static const char by_function[] = "A function or trigger of the database says so; look at those of the table.";
static const char by_server[] = "The server's log says more.";
static const char by_change[] =
    "The table or a function of it is not what the run found at its start: look at it (\\d in psql), then run again.";

/* A row of a state stands before that of its class. */
static const struct sqlstate states[] = {
  { "00", ERROR_ENVIRONMENT, false, by_function }, /* success, warnings and no data: only a function raises them */
  { "01", ERROR_ENVIRONMENT, false, by_function },
  { "02", ERROR_ENVIRONMENT, false, by_function },
  { "03", ERROR_ENVIRONMENT, false, by_server },
  { "08P01", ERROR_ENVIRONMENT, false,
    "Something between crisol and the server changes what is sent: a pooler or proxy." },
  { "08", ERROR_ENVIRONMENT, true, "Look at host, port and the network between." },
  { "09", ERROR_CONFIG, false, by_function },
  { "0A", ERROR_CONFIG, false,
    "The table has what the server cannot load or change in this way; the message names it." },
  { "0B", ERROR_ENVIRONMENT, false, by_server },
  { "0F", ERROR_ENVIRONMENT, false, by_server },
  { "0L", ERROR_ENVIRONMENT, false, "`crisol db check` lists the privileges that a run needs." },
  { "0P", ERROR_ENVIRONMENT, false, "Look at user in database.yml, and at the roles that it may take." },
  { "0Z", ERROR_ENVIRONMENT, false, by_function },
  { "20", ERROR_CONFIG, false, by_function },
  { "21", ERROR_DATA, false,
    "A statement met several rows where one is taken: look at the key, and at functions of the table." },
  { "22", ERROR_DATA, false, "A value does not fit its column, or a function of the table: the message names it." },
  { "23502", ERROR_DATA, false, "A column takes no null: give it a default, or a rule in quality.rules." },
  { "23503", ERROR_DATA, false,
    "Load the table that is referred to first; a key that other tables refer to can be replaced where theirs is "
    "DEFERRABLE "
    "(ALTER TABLE ... ALTER CONSTRAINT ... DEFERRABLE)." },
  { "23505", ERROR_DATA, false,
    "Rows share a key of the table: deduplicate by it, or choose gold.mode: upsert with that key." },
  { "23514", ERROR_DATA, false,
    "Write the condition as a rule in quality.rules, so that such rows are quarantined; a partitioned "
    "table needs a partition for each row (CREATE TABLE ... PARTITION OF ... DEFAULT)." },
  { "23", ERROR_DATA, false, "A row breaks a constraint of the table: the message names it." },
  { "24", ERROR_ENVIRONMENT, false, by_server },
  { "25006", ERROR_ENVIRONMENT, false,
    "The server takes no writes: it is a standby, or default_transaction_read_only is on for it, the database or the "
    "role "
    "(ALTER ROLE ... RESET default_transaction_read_only)." },
  { "25P03", ERROR_ENVIRONMENT, false,
    "Raise idle_in_transaction_session_timeout: ALTER ROLE ... SET idle_in_transaction_session_timeout = 0." },
  { "25P04", ERROR_ENVIRONMENT, false, "Raise transaction_timeout: ALTER ROLE ... SET transaction_timeout = 0." },
  { "25", ERROR_ENVIRONMENT, false, by_server },
  { "26", ERROR_ENVIRONMENT, false,
    "A pooler between crisol and the server may have changed the session: let it pool sessions." },
  { "27", ERROR_CONFIG, false, by_function },
  { "28", ERROR_ENVIRONMENT, false, "Look at user, password_env and the server's pg_hba.conf." },
  { "2B", ERROR_CONFIG, false, by_server },
  { "2D", ERROR_CONFIG, false, by_function },
  { "2F", ERROR_CONFIG, false, by_function },
  { "34", ERROR_ENVIRONMENT, false, by_server },
  { "38", ERROR_CONFIG, false, by_function },
  { "39", ERROR_CONFIG, false, by_function },
  { "3B", ERROR_ENVIRONMENT, false, by_server },
  { "3D", ERROR_ENVIRONMENT, false, "Create the database, or correct `database` in database.yml." },
  { "3F", ERROR_ENVIRONMENT, false,
    "`crisol db init` creates the schema of the metadata; a run creates that of gold." },
  { "40001", ERROR_ENVIRONMENT, true, "Others write the same rows: run again when they are done." },
  { "40P01", ERROR_ENVIRONMENT, true, "Others lock the same tables: run again when they are done." },
  { "40002", ERROR_DATA, false, "A row breaks a constraint of the table: the message names it." },
  { "40", ERROR_ENVIRONMENT, false, by_server },
  { "42501", ERROR_ENVIRONMENT, false, "`crisol db check` lists the privileges that a run needs." },
  { "42P01", ERROR_ENVIRONMENT, false, by_change },
  { "42P07", ERROR_ENVIRONMENT, false, by_change },
  { "42601", ERROR_ENVIRONMENT, false,
    "Is this a PostgreSQL of version 12 or later, and a function of the table sound?" },
  { "42", ERROR_CONFIG, false, by_change },
  { "44", ERROR_DATA, false, "A row breaks the condition of a view: load the table itself." },
  { "53100", ERROR_ENVIRONMENT, false, "The server's disk is full." },
  { "53200", ERROR_ENVIRONMENT, false, "The server has no memory left: look at its work_mem and what else it runs." },
  { "53300", ERROR_ENVIRONMENT, true,
    "The server has no room for another session: raise max_connections, or end some." },
  { "53", ERROR_ENVIRONMENT, false, by_server },
  { "54011", ERROR_CONFIG, false, "Leave columns out (output.gold.exclude_columns)." },
  { "54", ERROR_DATA, false,
    "A row, or the key of an index, is larger than the server holds: leave columns out (output.gold.exclude_columns), "
    "or drop "
    "the index that the message names." },
  { "55006", ERROR_ENVIRONMENT, false, "Something else uses it: run again when that is done." },
  { "55P03", ERROR_ENVIRONMENT, true, "Something else holds the table's lock: run again when that is done." },
  { "55", ERROR_CONFIG, false, "The table is in a state that does not take this: the message says which." },
  { "57014", ERROR_ENVIRONMENT, false,
    "The server ended the statement: by statement_timeout (ALTER ROLE ... SET statement_timeout = 0), or at a person's "
    "wish." },
  { "57P04", ERROR_ENVIRONMENT, false, "The database was dropped." },
  { "57P05", ERROR_ENVIRONMENT, true, "Raise idle_session_timeout: ALTER ROLE ... SET idle_session_timeout = 0." },
  { "57P", ERROR_ENVIRONMENT, true, "The server stops or starts: run again when it is up." },
  { "57", ERROR_ENVIRONMENT, false, by_server },
  { "58", ERROR_ENVIRONMENT, false, "The server's system failed it: its log says more." },
  { "72", ERROR_ENVIRONMENT, true, by_server },
  { "F0", ERROR_ENVIRONMENT, false, "The server's configuration file is not sound." },
  { "HV", ERROR_ENVIRONMENT, false, "A foreign table failed: look at its server." },
  { "P0001", ERROR_DATA, false,
    "A trigger or function of the table refuses the row: its words are those of who wrote it." },
  { "P0", ERROR_CONFIG, false, by_function },
  { "XX001", ERROR_ENVIRONMENT, false, "The server's data is damaged: restore it from a backup." },
  { "XX002", ERROR_ENVIRONMENT, false, "An index is damaged: REINDEX it." },
  { "XX", ERROR_ENVIRONMENT, false, "The server met a fault of its own: its log says more." },
  { "", ERROR_ENVIRONMENT, false,
    "This state is none of PostgreSQL's: an extension or a function of the database made it." },
};

const struct sqlstate *sqlstate_find(const char *state)
{
  for (size_t i = 0; i + 1 < ARRAY_LENGTH(states); i++)
    if (strncmp(state, states[i].prefix, strlen(states[i].prefix)) == 0)
      return &states[i];
  return &states[ARRAY_LENGTH(states) - 1];
}
