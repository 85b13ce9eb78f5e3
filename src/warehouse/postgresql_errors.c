/* What PostgreSQL answers where it cannot do what was asked, as an error of crisol. A password is never part of it. */
#include "warehouse/postgresql_internal.h"
#include "warehouse/sqlstate.h"

#include <stdio.h>

/* Without a SQLSTATE it is libpq that speaks: of a connection that broke. */
static bool is_transient(const PGconn *connection, const char *state)
{
  return state == NULL ? PQstatus(connection) != CONNECTION_OK : sqlstate_find(state)->is_transient;
}

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
  enum error_kind kind = state == NULL ? ERROR_ENVIRONMENT : sqlstate_find(state)->kind;
  const char *hint = state == NULL ? NULL : sqlstate_find(state)->hint;
  snprintf(postgresql->state, sizeof(postgresql->state), "%s", state == NULL ? "" : state);
  postgresql->is_transient = is_transient(postgresql->connection, state);
  if (atomic_load(&postgresql->is_cancelled))
    kind = ERROR_INTERRUPTED;
  fail(err, kind, NOWHERE, "PostgreSQL at %s: %s%s%s%s", warehouse->name, text.data == NULL ? "no answer" : text.data,
       state == NULL ? "" : " (", state == NULL ? "" : state, state == NULL ? "" : ")");
  return hint == NULL ? false : add_hint(err, "%s", hint);
}

/* Where the server was: "PL/pgSQL function check_row() line 3 at RAISE". What quotes is SQL or a row, and is left out.
 */
static void add_where(const char *context, struct text_buffer *out)
{
  while (context != NULL && *context != '\0') {
    struct text line = { context, strcspn(context, "\n") };
    if (memchr(line.data, '"', line.length) == NULL) {
      text_buffer_add_string(out, "\n");
      text_buffer_add_text(out, line);
    }
    context += line.length + (context[line.length] == '\n');
  }
}

/* By its parts: as a whole it would show the statement. */
bool postgresql_fail_result(struct warehouse *warehouse, const PGresult *result, struct error *err)
{
  const char *state = result == NULL ? NULL : PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char *primary = state == NULL ? NULL : PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  if (primary == NULL)
    return postgresql_fail(warehouse, PQerrorMessage(postgresql_of(warehouse)->connection), state, err);
  SCOPED(text_buffer_done) struct text_buffer message = { 0 };
  const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
  const char *hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
  text_buffer_add_string(&message, primary);
  if (detail != NULL && !warehouse->hides_values)
    text_buffer_printf(&message, "\n%s", detail);
  add_where(PQresultErrorField(result, PG_DIAG_CONTEXT), &message);
  postgresql_fail(warehouse, message.data, state, err);
  return hint == NULL ? false : add_hint(err, "%s", hint);
}

bool postgresql_has_failed_with(struct warehouse *warehouse, const char *prefix)
{
  const struct postgresql *postgresql = postgresql_of(warehouse);
  return postgresql->state[0] != '\0' && !atomic_load(&postgresql->is_cancelled) &&
         strncmp(postgresql->state, prefix, strlen(prefix)) == 0;
}
