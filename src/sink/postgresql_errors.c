/* What PostgreSQL answers where it cannot do what was asked, as an error of crisol. A password is never part of it. */
#include "sink/postgresql_internal.h"

/* What another try may mend: connections, serialization, deadlocks, a server that restarts or has no room for another
 * session. */
static const char *const transient_states[] = { "08", "40001", "40P01", "53300", "57P01", "57P02", "57P03", "57P05" };

/* Without a SQLSTATE it is libpq that speaks: of a connection that broke. */
static bool is_transient(const PGconn *connection, const char *state)
{
  if (state == NULL)
    return PQstatus(connection) != CONNECTION_OK;
  for (size_t i = 0; i < ARRAY_LENGTH(transient_states); i++)
    if (strncmp(state, transient_states[i], strlen(transient_states[i])) == 0)
      return true;
  return false;
}

/* The first class that the SQLSTATE begins with decides; the table is that of PostgreSQL's documentation, appendix A.
 */
static const struct {
  const char *state;
  enum error_kind kind;
  const char *hint;
} states[] = {
  { "42501", ERROR_ENVIRONMENT, "`crisol db check` lists the privileges that a run needs." },
  { "28", ERROR_ENVIRONMENT, "Look at user, password_env and the server's pg_hba.conf." },
  { "3D000", ERROR_ENVIRONMENT, "Create the database, or correct `database` in database.yml." },
  { "57014", ERROR_ENVIRONMENT, NULL }, /* cancelled, by a signal or by statement_timeout */
  { "22", ERROR_DATA, NULL },
  { "23", ERROR_DATA, NULL },
  { "42", ERROR_DEFECT, NULL },
};

/* Takes the line out that names a place in the server's source: "LOCATION:  auth_failed, auth.c:338", in any language.
 */
static void take_location(char *message)
{
  char *place = strstr(message, ".c:");
  if (place == NULL)
    return;
  char *end = place + strcspn(place, "\n");
  while (place > message && *place != '\n')
    place--;
  memmove(place, end, strlen(end) + 1);
}

/* The SQLSTATE within the words of a connection that failed: "FATAL:  28P01: password ..."; of several hosts the last
 * one's. Takes it out. */
static bool take_state(char *message, char ret_state[STATE_SIZE])
{
  static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  bool is_found = false;
  for (char *at = strstr(message, ":  "); at != NULL; at = strstr(at + 1, ":  ")) {
    char *state = at + strlen(":  ");
    if (strspn(state, digits) != STATE_SIZE - 1 || strncmp(state + STATE_SIZE - 1, ": ", 2) != 0)
      continue;
    memcpy(ret_state, state, STATE_SIZE - 1);
    ret_state[STATE_SIZE - 1] = '\0';
    char *rest = state + STATE_SIZE - 1 + strlen(": ");
    memmove(state, rest, strlen(rest) + 1);
    take_location(state);
    is_found = true;
  }
  return is_found;
}

/* libpq's message: "ERROR:  relation ..." in several lines; the first ones say it. */
static void add_message(const char *message, struct text_buffer *out)
{
  struct text text = text_trim(text_from(message));
  static const char severity[] = "ERROR:  ";
  if (text.length > strlen(severity) && strncmp(text.data, severity, strlen(severity)) == 0)
    text = (struct text){ text.data + strlen(severity), text.length - strlen(severity) };
  for (size_t i = 0; i < text.length; i++)
    if (text.data[i] == '\n')
      text_buffer_add_string(out, "; ");
    else if (text.data[i] != '\t')
      text_buffer_add_char(out, text.data[i]);
}

bool postgresql_fail(struct warehouse *warehouse, const char *message, const char *state, struct error *err)
{
  struct postgresql *postgresql = postgresql_of(warehouse);
  SCOPED(text_buffer_done) struct text_buffer text = { 0 };
  char found[STATE_SIZE];
  SCOPED(text_buffer_done) struct text_buffer words = { 0 };
  text_buffer_add_string(&words, message);
  if (state == NULL && take_state(words.data, found))
    state = found;
  add_message(words.data, &text);
  enum error_kind kind = ERROR_ENVIRONMENT;
  const char *hint = NULL;
  for (size_t i = 0; state != NULL && i < ARRAY_LENGTH(states); i++)
    if (strncmp(state, states[i].state, strlen(states[i].state)) == 0) {
      kind = states[i].kind;
      hint = states[i].hint;
      break;
    }
  postgresql->is_transient = is_transient(postgresql->connection, state);
  if (atomic_load(&postgresql->is_cancelled))
    kind = ERROR_INTERRUPTED;
  fail(err, kind, NOWHERE, "PostgreSQL at %s: %s%s%s%s", warehouse->name, text.data == NULL ? "no answer" : text.data,
       state == NULL ? "" : " (", state == NULL ? "" : state, state == NULL ? "" : ")");
  return hint == NULL ? false : add_hint(err, "%s", hint);
}

bool postgresql_fail_result(struct warehouse *warehouse, const PGresult *result, struct error *err)
{
  const char *state = result == NULL ? NULL : PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char *message = result == NULL ? "" : PQresultErrorMessage(result);
  return postgresql_fail(warehouse, message[0] == '\0' ? PQerrorMessage(postgresql_of(warehouse)->connection) : message,
                         state, err);
}
